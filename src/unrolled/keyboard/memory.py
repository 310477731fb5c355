"""What a client is shown of the model's memory."""

from typing import TypedDict

import numpy as np

from unrolled.keyboard.word_stream import WordStream

__all__ = ["Memory", "memory_of"]


class Memory(TypedDict):
    """The hidden states after some words: the number of the first word in the text, the words, and a row for each."""

    first: int
    words: list[str]
    rows: list[list[int]]


def memory_of(recent: list[tuple[str, WordStream]], words: int) -> Memory:
    """The memory after each of the last of so many words: the last layer's output, scaled to -127 … 127."""
    rows = [np.clip(np.rint(stream.features * 127), -127, 127).astype(int).tolist() for _, stream in recent]
    return {"first": words - len(recent), "words": [word.strip(" ") or word for word, _ in recent], "rows": rows}
