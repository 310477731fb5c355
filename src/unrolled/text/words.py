"""A text as its words: what vectorizers count and what word vectors are learnt from."""

from unrolled.text.pieces import blocks, pre_tokenizer, whole

__all__ = ["words"]


def words(text: str, lowercase: bool = True) -> list[str]:
    """The words and marks of a text, cut as tokens of the kind `word` are; in small letters with ``lowercase``."""
    cut = pre_tokenizer("word").pre_tokenize_str
    return [word for block in blocks(whole(text.lower() if lowercase else text)) for word, _ in cut(block)]
