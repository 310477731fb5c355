"""What `unrolled compare` reports: a page for a browser, a table for a terminal, a record for a program."""

from unrolled.comparison.report.page import page
from unrolled.comparison.report.record import record
from unrolled.comparison.report.table import table

__all__ = ["page", "record", "table"]
