"""The picture of orders, beside the demand that they are for."""

from typing import TYPE_CHECKING

import numpy as np

from unrolled.inspection.figures import Look
from unrolled.inspection.orders_picture import MOST_SERIES, draw_orders
from unrolled.planning.orders import Orders

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw"]


def draw(look: Look, orders: Orders) -> "Figure":
    """Draw the orders of the first 12 articles; see `draw_orders`."""
    columns = orders.columns()
    title = "How much to order" if len(orders.rows) != 1 else f"How much to order of {orders.rows[0].unique_id}"
    return draw_orders(
        look,
        columns["unique_id"],
        [sampled.astype(np.float64) for sampled in orders.demand[:MOST_SERIES]],
        np.array(columns["order_up_to"]),
        np.array([article.position for article in orders.stock.articles]),
        np.array(columns["order"]),
        columns["because"],
        title,
    )
