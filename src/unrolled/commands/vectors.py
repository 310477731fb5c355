"""The command `unrolled vectors`: word vectors learnt from one's own text or read from a file, asked and written."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unrolled.commands.arguments import Encoding
from unrolled.commands.options import with_options
from unrolled.errors import InputError
from unrolled.settings import check, to_dict
from unrolled.storage.files import check_new_file
from unrolled.storage.strict_json import to_json
from unrolled.text.vector_training import VectorTraining

READS = "Text files, folders of them, .gz, - for standard input, sample:wikipedia or sample:python-docs."

if TYPE_CHECKING:
    from unrolled.text.word_vectors import WordVectors

__all__ = ["EXAMPLES", "vectors"]

EXAMPLES = """\
unrolled vectors book.txt --nearest river -n 5
unrolled vectors book.txt -o words.vec --width 50
unrolled vectors words.vec --nearest river --json"""


@with_options(VectorTraining)
def vectors(
    data: Annotated[list[str], typer.Argument(metavar="DATA...", help=f"{READS} Or one file of word vectors.")],
    *,
    nearest: Annotated[
        list[str] | None, typer.Option(metavar="WORD", help="Show the words nearest to it; may be repeated.")
    ] = None,
    n: Annotated[int, typer.Option("-n", help="How many of them.")] = 10,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write .txt, .vec, .bin (word2vec) or .glove, also .gz."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
    encoding: Encoding = "utf-8",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False,
    **values: Any,
) -> None:
    """Learn word vectors from text by Word2Vec, or read a file of them; show neighbours, write a file.

    A file of word vectors (word2vec text or binary, GloVe) is known by what is in it.
    """
    if n < 1:
        raise InputError(f"-n is {n}; expected at least 1")
    if output is not None:
        _check_output(output, overwrite)
    word_vectors = _vectors(data, VectorTraining(**values), encoding, idle=not nearest and output is None)
    print(f"{len(word_vectors):,} words, {word_vectors.width} numbers each", file=sys.stderr)
    if output is not None:
        word_vectors.write(output)
        print(f"{output}: {Path(output).stat().st_size:,} bytes", file=sys.stderr)
    answers = {word: word_vectors.nearest(word, n) for word in nearest or ()}
    if as_json:
        nearest_words = {
            word: [neighbour._asdict() | {"score": round(neighbour.score, 6)} for neighbour in neighbours]
            for word, neighbours in answers.items()
        }
        summary = {"words": len(word_vectors), "width": word_vectors.width, "nearest": nearest_words}
        print(to_json(summary, "the summary"))
        return
    for word, neighbours in answers.items():
        heading = [f"{word} ..."] if len(answers) > 1 else []
        print("\n".join([*heading, *(f"{neighbour.score:7.3f}  {neighbour.text}" for neighbour in neighbours)]))


def _check_output(output: str, overwrite: bool) -> None:
    """Raise InputError now if the file could not be written after learning."""
    from unrolled.text.word_vector_files import format_of

    format_of(output)
    check_new_file(output, overwrite)


def _vectors(data: list[str], training: VectorTraining, encoding: str, idle: bool) -> "WordVectors":
    """The vectors in the file ``data``, or vectors learnt from the text; ``idle``: neither shown nor written."""
    from unrolled.sources.text import read_paragraphs
    from unrolled.text.cutting import words
    from unrolled.text.word_vector_files import is_vectors_file
    from unrolled.text.word_vectors import WordVectors

    if len(data) == 1 and Path(data[0]).is_file() and is_vectors_file(data[0]):
        if training != VectorTraining():
            changed = dict(to_dict(training).items() - to_dict(VectorTraining()).items())
            raise InputError(f"{data[0]} holds word vectors, there is nothing to learn; leave out {', '.join(changed)}")
        return WordVectors.read(data[0])
    if idle:
        raise InputError("nothing is asked of the vectors; name a word, --nearest WORD, or a file to write, -o FILE")
    check(training)
    options = to_dict(training)
    lowercase = options.pop("lowercase")
    paragraphs = (words(paragraph, lowercase) for paragraph in read_paragraphs(data, encoding=encoding))
    sentences = ([word for word in paragraph if word[0].isalnum()] for paragraph in paragraphs)  # no punctuation
    return WordVectors.train(sentences, **options)
