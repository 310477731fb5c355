"""Files of many sentences, translated with all that stands around these."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import typer

from unrolled.commands import batches
from unrolled.commands.places import Place
from unrolled.documents.base import translate_document
from unrolled.documents.reading import FORMATS, read_document
from unrolled.errors import InputError
from unrolled.progress import track
from unrolled.sources.rows import Row
from unrolled.storage.files import replace_file
from unrolled.storage.strict_json import to_json

__all__ = ["translate"]


class _Sentences:
    """The translations of sentences, as far as there are any; the others stay as they are."""

    def __init__(self, asked: batches.Answering, name: str) -> None:
        self._asked, self._name = asked, name
        self.scores = list[float]()
        self.bad = list[str]()
        self.stopped = list[int]()

    def translated(self, sentences: Sequence[str]) -> list[str]:
        """A translation for each sentence; Ctrl-C leaves the rest as it is, and bad ones are named."""
        rows = (Row(text, f"{self._name}: sentence {at}") for at, text in enumerate(sentences, 1))
        answered = batches.until_stopped(batches.answered(self._asked, rows, 1), self.stopped)
        said = ((1, result) for result in batches.said(answered, self.bad))
        done = list(self._texts(track(said, len(sentences), "translating", unit="sentences")))
        return [*done, *sentences[len(done) :]]

    def _texts(self, results: Iterable[batches.Answered]) -> Iterable[str]:
        for result in results:
            self.scores += [answer.score for answer in result.answers]
            yield str(result.answers[0][0] if result.answers else result.row.input)


def translate(asked: batches.Answering, name: str, n: int, encoding: str, place: Place) -> None:
    """Print or write the file ``name`` in another language, its paragraphs, times, tags and placeholders kept."""
    if n != 1:
        raise InputError(
            f"n_best is {n}; expected 1: a document has one translation; lines=True takes each line by itself",
            "n_best",
            "lines=True",
        )
    if Path(name).suffix.lower() not in FORMATS:
        raise InputError(
            f"{name}: no document by its name; expected one of {', '.join(FORMATS)}, or lines=True, which takes each "
            "line by itself",
            "lines=True",
        )
    document, sentences = read_document(Path(name), encoding=encoding), _Sentences(asked, name)
    text = translate_document(document, sentences.translated)
    if sentences.stopped == [0]:
        raise KeyboardInterrupt
    if place.output is not None:
        content = document.encoded(text)
        replace_file(place.output, lambda stream: stream.write(content))
        print(f"{place.output}: {len(content):,} bytes", file=sys.stderr)
    elif place.as_json:
        score = round(sum(sentences.scores) / max(len(sentences.scores), 1), 8)
        answer = {"input": f"@{name}", "predictions": [{"text": text, "score": score}]}
        print(to_json(answer, "the answer"), flush=True)
    else:
        print(text, end="", flush=True)
    if sentences.stopped:
        print(f"stopped after {sentences.stopped[0]:,} sentences; the others stay as they are", file=sys.stderr)
        raise typer.Exit(130)
    if sentences.bad:
        raise typer.Exit(2)
