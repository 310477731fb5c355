"""What `unrolled compare` tells: a page for a browser, a table for a terminal, facts for a program."""

from unrolled.comparison.report.facts import facts
from unrolled.comparison.report.page import page
from unrolled.comparison.report.table import table

__all__ = ["facts", "page", "table"]
