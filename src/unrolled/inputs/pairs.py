"""Pairs of texts as token ids and back: the input kind of encoder–decoders that read a text."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol, Self, TypeGuard

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inputs.answer import Answer
from unrolled.inputs.codec import Encoded, Length
from unrolled.inputs.folding import Folding
from unrolled.inputs.glossary import matching, released
from unrolled.inputs.raw_texts import RawTexts
from unrolled.inputs.side import HELD, Side, cleaned
from unrolled.inputs.sides import learn_sides, restored_side, saved_text
from unrolled.inputs.variation import Pair, Variation, Varying
from unrolled.storage.strict_json import parse_json
from unrolled.text.cutting import END, SPECIAL, UNKNOWN, composed
from unrolled.text.held import Span, carries_numbers, common, spans, without
from unrolled.text.truecase import Truecaser, is_capitals

__all__ = ["PairSettings", "PairTexts"]

Ids = NDArray[np.int64]
_KEPT = 100_000  # pairs that are kept cut into words while they are learnt
_PART_OF_A_LETTER = re.compile(r" ?(\\x[0-9a-f]{2})+$")  # how byte pairs show of letters that nothing was learnt from
_SOURCE, _TARGET, _TEXTS = "source.json", "target.json", "texts.json"


class PairSettings(Protocol):
    """The settings of a task that concern its texts."""

    tokens: str | None
    """"bpe", "character", "word", "space", or one for each side, "character,space"; None: chosen from the data."""
    vocabulary: int
    shared: bool | None
    """One vocabulary for both sides; None: where they share their letters and are both cut into byte pairs."""
    tokenizer: str | None
    """A tokenizer.json, or two separated by a comma, to be used instead of learning one."""
    longest: int
    """Tokens of a source that are read; the rest is cut off."""


class PairTexts(RawTexts):
    """The codec that a fit learns. Its ``numbers`` are held as other spans are, or read and written as words are."""

    def __init__(
        self, source: Side, target: Side, folding: Folding, truecaser: Truecaser, longest: int, numbers: bool = True
    ) -> None:
        self._source, self._target = source, target
        self._folding, self._truecaser, self._longest = folding, truecaser, longest
        self._holds, self._holds_numbers = source.cased and target.cased, numbers
        self.variation = Variation()
        self._varying: Varying | None = None
        self._numbered: dict[tuple[str, str], Pair] = {}
        self._learnt: list[tuple[str, str]] = []

    @classmethod
    def learn(cls, settings: PairSettings, sources: Sequence[str], targets: Sequence[str]) -> Self:
        """Learn the vocabularies; InputError for settings that the texts contradict."""
        learnt = list(zip(sources, targets, strict=True))
        sources, targets = ([cleaned(composed(text)) for text in side] for side in (sources, targets))
        folding, truecaser = Folding.learn(sources), Truecaser.learn(targets)
        numbers = carries_numbers(sources, targets)
        sides = learn_sides(settings, sources, targets, folding, truecaser, numbers)
        texts = cls(*sides, folding, truecaser, settings.longest, numbers)
        texts._learnt = learnt
        return texts

    @property
    def vocabularies(self) -> tuple[int, int]:
        """The number of tokens of sources and of targets; of both together, where they are shared, twice."""
        return len(self._source), len(self._target)

    @property
    def vocabulary(self) -> int:
        """See `Codec`."""
        return len(self._target)

    @property
    def only_copied(self) -> list[int]:
        """None: nothing is copied token by token."""
        return []

    def lengths(self, name: str | None) -> Length | None:
        """Answers are about as long as their sources; InputError for a name."""
        if name is not None:
            raise InputError(f"length is {name!r}; how long its answers are, this model takes from its input", "length")
        return None

    @property
    def shared(self) -> bool:
        """Whether one vocabulary serves both sides."""
        return self._source is self._target

    @cached_property
    def continuing(self) -> NDArray[np.bool_] | None:
        """Which of the first tokens of targets go on with a word; None where each is a word, or nobody knows."""
        return self._target.continuing()

    @property
    def hidden(self) -> list[int]:
        """Tokens of targets that are written only where they are required: the unknown one and those for spans."""
        return [UNKNOWN, *range(self._target.first_held, len(self._target))]

    @property
    def spelled(self) -> bool:
        """Whether targets are tokens between spaces, such as phonemes, not texts."""
        return self._target.kind == "space"

    @property
    def subwords(self) -> bool:
        """Whether targets have words, or parts of them, for tokens."""
        return self._target.cased

    def source(self, text: str, glossary: Mapping[str, str] | None = None) -> Encoded:
        """A text to be answered; letters' case makes no difference.

        What stands within a term of the ``glossary``, such as a number, is not held: its translation has it or not.
        """
        original = cleaned(composed(text))
        held = self._spans(original)
        if held and glossary:
            held = released(held, matching(original, glossary, self._folding.words, held))
        cut = self._source.cut(self._folded(original), held)
        ids = np.array([*cut.ids[: self._longest], END], np.int64)
        names = [*cut.names[: self._longest], SPECIAL[END]]
        over = max(len(cut.ids) - self._longest, 0)
        return Encoded(ids, names, [span.text for span in held], over, original, held, cut.places)

    def pair(self, source: str, target: str) -> tuple[Ids, Ids]:
        """A pair to learn from: ids (S,) with END behind, ids (T,) without."""
        source, target, left, right = self._prepared(source, target)
        order = sorted(range(len(right)), key=lambda at: right[at].start)
        ids = self._source.cut(source, left).ids[: self._longest]
        answer = self._target.cut(target, [right[at] for at in order], order).ids
        return np.array([*ids, END], np.int64), np.array(answer, np.int64)

    def varied(self, source: str, target: str, rng: np.random.Generator) -> tuple[Ids, Ids]:
        """`pair`, changed at random as suits learning: words cut otherwise, a word that stands for anything."""
        key = source, target
        if self._varying is None:
            self._varying = Varying(self._source, self._target, self.variation)
            self._numbered = {pair: self._numbers(self._varying, *pair) for pair in self._learnt[:_KEPT]}
            self._varying.learn([self._numbered[pair] for pair in self._learnt[:_KEPT]])
        numbers = self._numbered.get(key) or self._numbers(self._varying, *key)
        ids, answer = self._varying.changed(numbers, rng)
        return np.array([*ids[: self._longest], END], np.int64), np.array(answer, np.int64)

    def required(self, encoded: Encoded, text: str, glossary: Mapping[str, str]) -> Sequence[Sequence[int]]:
        """Runs of ids that an answer must hold: what the source holds, and the terms of the glossary that it has."""
        original = encoded.original or cleaned(composed(text))
        terms = matching(original, glossary, self._folding.words, encoded.spans)
        runs = [self._required(term.translation) for term in terms]
        read = {i - self._source.first_held for i in encoded.inputs.tolist()}
        held = [number for number in range(min(len(encoded.held), HELD)) if number in read]
        return [*([self._target.first_held + number] for number in held), *runs]

    def _required(self, translation: str) -> list[int]:
        """Ids of a term as it is cut within a sentence."""
        ids = self._target.cut(cleaned(composed(translation))).ids
        if not ids:
            raise InputError(f"the glossary's {translation!r} has nothing to be seen; expected a text", "glossary")
        return self._known(ids, f"the glossary's {translation!r}")

    def itself(self, encoded: Encoded, required: Sequence[Sequence[int]]) -> tuple[list[int], list[str]] | None:
        """See `Codec`: nothing of a text is to be translated that has no letters beside what is held, and no term of a
        glossary among what is ``required``. Where texts have words."""
        terms = any(run[0] < self._target.first_held for run in required)
        rest = "".join(without(encoded.original, encoded.spans))
        if not self._holds or terms or any(sign.isalpha() or sign.isdecimal() for sign in rest):
            return None
        cut = self._target.cut(encoded.original, encoded.spans)
        return cut.ids, cut.names

    def beginning(self, text: str, encoded: Encoded) -> list[int]:
        """Ids of a text as the beginning of an answer; each span that the source has is the token that stands for it.

        InputError where the vocabulary cannot write it.
        """
        text = cleaned(composed(text))
        cased = self._truecaser.cased(text) if self._target.cased else text
        left, held, numbers = list(enumerate(encoded.held[:HELD])), list[Span](), list[int]()
        for span in self._spans(cased):
            found = next((pair for pair in left if pair[1] == span.text), None)
            if found is not None:
                left.remove(found)
                held.append(span)
                numbers.append(found[0])
        return self._known(self._target.cut(cased, held, numbers).ids, f"the prefix {text!r}")

    def _known(self, ids: list[int], what: str) -> list[int]:
        if UNKNOWN in ids:
            raise InputError(f"{what} cannot be written: the vocabulary lacks a part of it")
        return ids

    def text(self, ids: Sequence[int], encoded: Encoded, attention: NDArray[np.float32]) -> str:
        """The readable text of an answer (T,): spaces and capitals as they belong, what the source holds put back.

        ``attention`` (T, S) says where what got lost belongs.
        """
        answer = Answer(self._target, list(encoded.names), encoded.original, encoded.spans, encoded.places)
        text, kept = answer.text(ids, attention)
        if not self._target.cased:
            return text
        capitals = self._source.cased and is_capitals(" ".join(without(encoded.original, encoded.spans)))
        return self._truecaser.restored(text, capitals, kept)

    def target_names(self, ids: Sequence[int], encoded: Encoded) -> list[str]:
        """See `Codec`; of tokens for what is held what they stand for."""
        names, held = self._target.names(ids), encoded.held
        for at, i in enumerate(ids):
            number = int(i) - self._target.first_held
            if 0 <= number < len(held):
                names[at] = names[at].replace(f"⟨{number + 1}⟩", held[number])
        return names

    def about(self, encoded: Encoded, raw: str) -> str:
        """See `Codec`."""
        if encoded.cut:
            read = len(encoded.inputs) - 1
            return f"the input was cut after {read:,} of {read + encoded.cut:,} tokens; expected shorter ones"
        tokens = list(zip(encoded.inputs[:-1].tolist(), encoded.names, strict=False))
        if tokens and all(i == UNKNOWN or _PART_OF_A_LETTER.match(name) for i, name in tokens):
            return f"nothing of {raw[:40]!r} is known to the model: it learnt from texts without these letters or words"
        return ""

    def saved(self) -> dict[str, str]:
        """Texts by file name, for the model folder; `restored` reads them."""
        texts = {
            "longest": self._longest,
            "shared": self.shared,
            "brought": [side.kind == "brought" for side in (self._source, self._target)],
            "folding": self._folding.saved(),
            "truecaser": self._truecaser.saved(),
            "numbers": self._holds_numbers,
        }
        files = {_SOURCE: self._source.tokenizer.to_json(), _TEXTS: json.dumps(texts, ensure_ascii=False)}
        return files if self.shared else {**files, _TARGET: self._target.tokenizer.to_json()}

    @classmethod
    def restored(
        cls, texts: Mapping[str, str], read: Callable[[str], Mapping[str, NDArray[Any]]] | None = None
    ) -> Self:
        """The inverse of `saved`; InputError, naming the file, for a damaged one."""
        saved = parse_json(saved_text(texts, _TEXTS).encode(errors="surrogatepass"), _TEXTS)
        saved = saved if isinstance(saved, dict) else {}
        longest, shared, brought = (saved.get(name) for name in ("longest", "shared", "brought"))
        if not (type(longest) is int and longest > 0 and isinstance(shared, bool) and _two_flags(brought)):
            raise InputError(f"{_TEXTS} does not say how long texts may be and how they are cut; save the model again")
        numbers = saved.get("numbers", True)
        if not isinstance(numbers, bool):
            raise InputError(f"{_TEXTS} has {numbers!r} for numbers; expected true or false; save the model again")
        source = restored_side(texts, _SOURCE, brought[0])
        target = source if shared else restored_side(texts, _TARGET, brought[1])
        folding = Folding.restore(saved.get("folding"), _TEXTS)
        return cls(source, target, folding, Truecaser.restore(saved.get("truecaser"), _TEXTS), longest, numbers)

    def _spans(self, text: str) -> list[Span]:
        """What is held of a text, where texts have words."""
        return spans(text, self._holds_numbers) if self._holds else []

    def _prepared(self, source: str, target: str) -> tuple[str, str, list[Span], list[Span]]:
        """The texts of a pair in the case in which they are learnt, and the spans that both have."""
        source, target = cleaned(composed(source)), cleaned(composed(target))
        left, right = common(source, target, self._holds_numbers) if self._holds else ([], [])
        left, right = left[:HELD], right[:HELD]
        target = self._truecaser.cased(target) if self._target.cased else target
        return self._folded(source), target, left, right

    def _numbers(self, varying: Varying, source: str, target: str) -> Pair:
        source, target, left, right = self._prepared(source, target)
        return varying.numbers((source, target), (left, right))

    def _folded(self, text: str) -> str:
        return self._folding.words(text) if self._source.cased else self._folding.symbols(text)


def _two_flags(value: object) -> TypeGuard[list[bool]]:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(flag, bool) for flag in value)
