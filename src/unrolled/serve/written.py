"""What models that write texts answer: several questions together, as JSON."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from unrolled.inference.translations import Aligned, Translation
from unrolled.serve.served import ServedWriter
from unrolled.settings import Search
from unrolled.storage.strict_json import to_json

__all__ = ["Given", "align", "form", "predict"]

DIGITS = 4  # of attention
Answer = TypeVar("Answer")
Reply = dict[str, Any]


class Given(NamedTuple):
    """A text, or the bytes of a file, to be answered: with these terms, and beginning with these tokens."""

    raw: str | bytes
    glossary: tuple[tuple[str, str], ...] = ()
    prefix: tuple[int, ...] = ()


def predict(model: ServedWriter, questions: Sequence[Given], search: Search) -> list[Reply]:
    """The best texts for each; a text is sent back with its answers, a file is not."""

    def answer(some: Sequence[Given], glossary: dict[str, str]) -> Sequence[Sequence[Translation]]:
        return model.predict_many([one.raw for one in some], search.n_best, search, glossary)

    def reply(given: Given, best: Sequence[Translation]) -> Reply:
        sent = {"input": given.raw} if isinstance(given.raw, str) else {}
        return _with_remark({**sent, "predictions": [one._asdict() for one in best]}, model.remark(given.raw))

    return [reply(*pair) for pair in zip(questions, _by_glossary(questions, answer), strict=True)]


def align(model: ServedWriter, questions: Sequence[Given], search: Search, differ: bool) -> list[str]:
    """The best texts for each with tokens and attention; to ``differ``, each goes on by a token of its own."""

    def answer(some: Sequence[Given], glossary: dict[str, str]) -> Sequence[Sequence[Aligned]]:
        if differ:
            return [model.alternatives(one.raw, one.prefix, search.n_best, search, glossary) for one in some]
        raws, prefixes = [one.raw for one in some], [one.prefix for one in some]
        return model.align(raws, search, glossary, prefixes)

    return [
        _written(_with_remark({"answers": [*map(_as_json, best)]}, model.remark(given.raw)))
        for given, best in zip(questions, _by_glossary(questions, answer), strict=True)
    ]


def form(model: ServedWriter, given: Given, search: Search) -> Iterator[str]:
    """Lines of JSON: the text as it forms, where a step has changed it, and at last what `align` answers."""
    answers: Sequence[Aligned] = []
    text = ""
    for answers in model.forming(given.raw, search, dict(given.glossary), given.prefix):
        latest = answers[0].translation.text if answers else ""
        yield "" if latest == text else _written({"forming": latest})
        text = latest
    yield _written(_with_remark({"answers": [*map(_as_json, answers)]}, model.remark(given.raw)))


def _by_glossary(
    questions: Sequence[Given], answer: Callable[[Sequence[Given], dict[str, str]], Sequence[Answer]]
) -> list[Answer]:
    """The answers to all questions, those with the same glossary answered together."""
    places: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for place, one in enumerate(questions):
        places.setdefault(one.glossary, []).append(place)
    found: dict[int, Answer] = {}
    for glossary, some in places.items():
        found.update(zip(some, answer([questions[place] for place in some], dict(glossary)), strict=True))
    return [found[place] for place in range(len(questions))]


def _with_remark(reply: Reply, remark: str) -> Reply:
    return {**reply, "remark": remark} if remark else reply


def _as_json(one: Aligned) -> Reply:
    return {
        **one.translation._asdict(),
        "source": list(one.source),
        "target": list(one.target),
        "ids": [int(number) for number in one.ids],
        "attention": np.round(np.asarray(one.attention, np.float64), DIGITS).tolist(),
        **({"copied": list(one.copied)} if len(one.copied) else {}),
        **({} if one.grid is None else {"grid": one.grid._asdict()}),
    }


def _written(reply: Reply) -> str:
    return to_json(reply, "the answer", compact=True)
