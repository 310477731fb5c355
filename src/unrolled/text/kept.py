"""What is left of a text when its words have become numbers; without numpy, so that the command line may list it."""

from typing import NamedTuple

__all__ = ["KEPT", "Kept"]


class Kept(NamedTuple):
    """Whether the ``order`` of the steps is kept, and ``what`` is kept, for people."""

    order: bool
    what: str


KEPT = {
    "count": Kept(False, "how often each word stands in the text"),
    "tf-idf": Kept(False, "the same, less of words that stand in most texts"),
    "one-hot": Kept(True, "which word stands where; any two words are equally far from each other"),
    "word2vec": Kept(True, "which word stands where; words that stand in like company begin near each other"),
    "learned": Kept(True, "which word stands where; which words are near each other is learnt from the labels"),
}
"""By the name of the vectorizer."""
