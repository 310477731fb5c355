"""What `unrolled compare` tells: a page for a browser, a table for a terminal, facts for a program."""

from unrolled.tasks.report.facts import facts
from unrolled.tasks.report.page import page
from unrolled.tasks.report.table import table

__all__ = ["facts", "page", "table"]
