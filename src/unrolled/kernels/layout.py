"""How far the rows of a batch of sequences go, and which way they are read."""

from typing import Any, NamedTuple

__all__ = ["Layout"]


class Layout(NamedTuple):
    """``lengths`` (B,): how many steps each row of x has, whole numbers in any order, 0 allowed; None: all of them.

    With ``reverse`` each row runs from its own last step to its first.
    """

    lengths: Any = None  # an array of numpy's or of torch's
    reverse: bool = False
