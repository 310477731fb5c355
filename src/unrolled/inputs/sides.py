"""The two vocabularies of pairs of texts: chosen, learnt from the pairs or brought."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, cast, get_args

from unrolled.errors import InputError
from unrolled.inputs.folding import Folding
from unrolled.inputs.side import Side
from unrolled.text.brought import BroughtTokenizer
from unrolled.text.cutting import Kind
from unrolled.text.held import common, without
from unrolled.text.tokens import Tokenizer
from unrolled.text.truecase import Truecaser

__all__ = ["choose_kind", "learn_sides", "restored_side", "saved_text"]

_FEW = 300  # distinct tokens, as phonemes are
_OFTEN = 10  # times that each of them comes, in the mean
_SELDOM = 2  # times, where the sources are words or phonemes
_LONG_WORD = 24  # characters
_ENDS = ".!?…。！？"  # of sentences, in scripts without spaces, too


class _Settings(Protocol):
    tokens: str | None
    vocabulary: int
    shared: bool | None
    tokenizer: str | None


def learn_sides(
    settings: _Settings,
    sources: Sequence[str],
    targets: Sequence[str],
    folding: Folding,
    truecaser: Truecaser,
    numbers: bool = True,
) -> tuple[Side, Side]:
    """The sides of cleaned texts, of which ``numbers`` are held or not; the same one twice, where they are shared."""
    if settings.tokenizer is not None:
        return _brought(settings.tokenizer, settings.tokens, settings.shared)
    kinds = _kinds(settings.tokens, sources, targets)
    wordly = [kind in ("bpe", "word") for kind in kinds]
    if all(wordly):
        sources, targets = _without_held(sources, targets, numbers)
    sources = list(map(folding.words if wordly[0] else folding.symbols, sources))
    if wordly[1]:
        targets = list(map(truecaser.cased, targets))
    shared = settings.shared
    if shared is None:
        shared = kinds == ("bpe", "bpe") and _letters_common(sources, targets)
    elif shared and kinds[0] != kinds[1]:
        raise InputError(f"shared needs the same kind of tokens on both sides, not {','.join(kinds)}", "shared")
    if shared:
        side = _learn(kinds[0], [*sources, *targets], settings.vocabulary)
        return side, side
    return _learn(kinds[0], sources, settings.vocabulary), _learn(kinds[1], targets, settings.vocabulary)


def choose_kind(texts: Sequence[str], often: int = _OFTEN) -> Kind:
    """Characters for single words; white space for phonemes and the like, which come ``often``; else byte pairs.

    Of few words, too, where most texts are sentences: phonemes have no point at the end.
    """
    texts = [text for text in texts if text]
    words = sum(" " not in text and len(text) <= _LONG_WORD and text[-1] not in _ENDS for text in texts)
    if words > 0.95 * len(texts):
        return "character"
    if 2 * sum(_ends_a_word(text) for text in texts) > len(texts):
        return "bpe"
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text.split())
        if len(counts) > _FEW:
            return "bpe"
    return "space" if counts.total() >= often * len(counts) else "bpe"


def _ends_a_word(text: str) -> bool:
    """Whether a text ends as a sentence does, with a mark right behind a word."""
    return text[-1] in _ENDS and text[-2:-1].isalnum()


def _kinds(tokens: str | None, sources: Sequence[str], targets: Sequence[str]) -> tuple[Kind, Kind]:
    if tokens is None:
        kind = choose_kind(sources)
        return kind, choose_kind(targets, _OFTEN if kind == "bpe" else _SELDOM)
    named = [name.strip() for name in tokens.split(",")]
    if len(named) > 2 or not set(named) <= set(get_args(Kind)):
        raise InputError(
            f"tokens={tokens!r}; expected one of {', '.join(get_args(Kind))}, or two of them with a comma between, "
            "for the two sides",
            "tokens",
        )
    return cast(Kind, named[0]), cast(Kind, named[-1])


def _without_held(sources: Sequence[str], targets: Sequence[str], numbers: bool) -> tuple[list[str], list[str]]:
    """The texts without the spans that tokens of their own stand for."""
    parts: tuple[list[str], list[str]] = [], []
    for pair in zip(sources, targets, strict=True):
        for side, text, held in zip(parts, pair, common(*pair, numbers), strict=True):
            side.append(" ".join(without(text, sorted(held, key=lambda span: span.start))))
    return parts


def _letters_common(sources: Sequence[str], targets: Sequence[str]) -> bool:
    """Whether most letters of each side are letters of the other, too."""
    left, right = (Counter(filter(str.isalpha, "".join(side).lower())) for side in (sources, targets))
    return all(
        sum(count for letter, count in one.items() if letter in other) > 0.8 * one.total()
        for one, other in ((left, right), (right, left))
    )


def _learn(kind: Kind, texts: Sequence[str], size: int) -> Side:
    if kind == "bpe":
        texts = [f" {text}" for text in texts]
    return Side(Tokenizer.train(kind, texts, size))


def _brought(named: str, tokens: str | None, shared: bool | None) -> tuple[Side, Side]:
    """The sides of one tokenizer.json, or of two that a comma separates."""
    paths = [name.strip() for name in named.split(",")]
    if len(paths) > 2 or not all(paths):
        raise InputError(f"tokenizer={named!r}; expected one file, or two with a comma between", "tokenizer")
    if tokens is not None:
        raise InputError(f"a tokenizer was brought, so that tokens={tokens!r} has no meaning; give one", "tokens")
    if shared and len(paths) == 2:
        raise InputError("two tokenizers cannot be shared; give one, or leave shared out", "shared")
    source = Side(BroughtTokenizer(_read(paths[0]), paths[0]))
    if len(paths) == 1 and shared is not False:
        return source, source
    return source, Side(BroughtTokenizer(_read(paths[-1]), paths[-1]))


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise InputError(f"{path}: {reason}; expected a tokenizer.json") from error


def saved_text(texts: Mapping[str, str], name: str) -> str:
    """The text of a file by its name; InputError where it is missing."""
    if name not in texts:
        raise InputError(f"{name} is missing: the model folder is not complete; save the model again")
    return texts[name]


def restored_side(texts: Mapping[str, str], name: str, brought: bool = False) -> Side:
    """The side whose tokenizer is saved under a name; InputError, naming the file, for a damaged one."""
    if brought:
        return Side(BroughtTokenizer(saved_text(texts, name), name))
    try:
        return Side(Tokenizer.from_json(saved_text(texts, name)))
    except InputError as error:
        raise InputError(str(error) if name in str(error) else f"{name}: {error}") from error
