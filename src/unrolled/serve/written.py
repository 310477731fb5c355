"""What models that write texts answer: several questions together, as JSON."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from unrolled.inference.translations import Aligned, Translation
from unrolled.serve.served import ServedWriter
from unrolled.storage.strict_json import to_json

__all__ = ["Given", "align", "form", "predict"]

DIGITS = 4  # of attention
Answer = TypeVar("Answer")
Reply = dict[str, Any]


class Given(NamedTuple):
    """A text to be answered: with these terms, and beginning with these tokens."""

    text: str
    glossary: tuple[tuple[str, str], ...] = ()
    prefix: tuple[int, ...] = ()


def predict(model: ServedWriter, questions: Sequence[Given], n: int, beam: int) -> list[Reply]:
    """The ``n`` best texts for each."""

    def answer(some: Sequence[Given], glossary: dict[str, str]) -> Sequence[Sequence[Translation]]:
        return model.predict_many([one.text for one in some], n, glossary=glossary, beam=beam)

    return [
        _with_remark({"input": given.text, "predictions": [one._asdict() for one in best]}, model.remark(given.text))
        for given, best in zip(questions, _by_glossary(questions, answer), strict=True)
    ]


def align(model: ServedWriter, questions: Sequence[Given], n: int, beam: int, differ: bool) -> list[str]:
    """The ``n`` best texts for each with tokens and attention; to ``differ``, each goes on by a token of its own."""

    def answer(some: Sequence[Given], glossary: dict[str, str]) -> Sequence[Sequence[Aligned]]:
        if differ:
            return [model.alternatives(one.text, one.prefix, n, glossary=glossary, beam=beam) for one in some]
        texts, prefixes = [one.text for one in some], [one.prefix for one in some]
        return model.align(texts, glossary=glossary, prefixes=prefixes, beam=beam, n_best=n)

    return [
        _written(_with_remark({"answers": [*map(_as_json, best)]}, model.remark(given.text)))
        for given, best in zip(questions, _by_glossary(questions, answer), strict=True)
    ]


def form(model: ServedWriter, given: Given, n: int, beam: int) -> Iterator[str]:
    """Lines of JSON: the text as it forms, where a step has changed it, and at last what `align` answers."""
    answers: Sequence[Aligned] = []
    text = ""
    for answers in model.forming(given.text, glossary=dict(given.glossary), prefix=given.prefix, beam=beam, n_best=n):
        latest = answers[0].translation.text if answers else ""
        yield "" if latest == text else _written({"forming": latest})
        text = latest
    yield _written(_with_remark({"answers": [*map(_as_json, answers)]}, model.remark(given.text)))


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
    }


def _written(reply: Reply) -> str:
    return to_json(reply, "the answer", compact=True)
