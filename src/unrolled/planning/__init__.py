"""How much to build: from joint sample paths of the demand to an order, and what that order's policy costs."""

from unrolled.planning.comparison import PolicyComparison, compare_policies
from unrolled.planning.held_out import Window, largest_step, review_step
from unrolled.planning.orders import Order, Orders, plan
from unrolled.planning.reading import read_stock
from unrolled.planning.stock import Article, Stock

__all__ = [
    "Article",
    "Order",
    "Orders",
    "PolicyComparison",
    "Stock",
    "Window",
    "compare_policies",
    "largest_step",
    "plan",
    "read_stock",
    "review_step",
]
