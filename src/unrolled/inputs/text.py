"""Text as ids of its tokens; for a classifier also as one-hot vectors, or as one vector of counts or TF-IDF."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.data.augment import hide_words
from unrolled.data.corpus import Corpus
from unrolled.errors import InputError
from unrolled.inputs.base import Arrays, Document, ExampleSettings, Steps
from unrolled.inputs.features import BREAK, Features, Fixed, Grams
from unrolled.inputs.generative import Generative
from unrolled.inputs.tokens import TOKENIZER, TokenInput
from unrolled.progress import remark
from unrolled.settings import Layout
from unrolled.sources.rows import Row, is_table, table_rows
from unrolled.sources.text import SUFFIXES, read_paragraphs
from unrolled.sources.texts_in_memory import texts_in_memory
from unrolled.storage.model_folder import ModelFolder
from unrolled.text import vectorizers
from unrolled.text.alphabet import common_letters
from unrolled.text.cutting import SPECIAL, Cutting
from unrolled.text.everyday import EVERYDAY, Everyday, check_languages, everyday_words
from unrolled.text.kept import KEPT
from unrolled.text.spacing import join_lines
from unrolled.text.tokens import Tokenizer

__all__ = ["BAGS", "VECTORIZERS", "Text"]

VECTORIZERS = tuple(KEPT)
"""How words may become numbers; the vectors of the last two are the model's own."""
BAGS = tuple(name for name, kept in KEPT.items() if not kept.order)
"""Those that make one vector of a whole text."""
WORDS, _WORDS = "words.json", 20_000  # of the text that a model of characters or byte pairs learnt from
_RUN = 4  # letters in a row
_NOUNS = {"word": "words", "space": "words", "character": "characters", "bpe": "tokens"}
_WIDTH = "word_width"  # of the saved arrays
_RAREST = 100.0  # idf; more than any number of texts gives


class Text(TokenInput):
    """Text as it stands. With a ``vectorizer`` it is the text of a classifier: in lower case, and the rarity of each
    word is learnt."""

    kind = "text"
    dropout = 0.5
    vectorizers: ClassVar[tuple[str | None, ...]] = (None, *VECTORIZERS)
    idf: NDArray[np.float32]
    words: Tokenizer | None = None
    """The most frequent words, where tokens are parts of words: what a keyboard may offer and correct to."""
    everyday: Everyday | None = None
    """Words of a language that the text lacks, which a keyboard knows all the same."""

    def __init__(
        self,
        tokens: str,
        size: int,
        lines: bool = False,
        vectorizer: str | None = None,
        vectors: str | None = None,
        embedding: int | None = None,
        author: str | None = None,
        languages: str | None = None,
    ) -> None:
        super().__init__(tokens, size)
        self.lines, self.vectorizer, self.summed = lines, vectorizer, vectorizer in BAGS
        self.vectors, self.embedding, self.author, self.languages = vectors, embedding, author, languages
        if vectorizer is not None:
            self.beginning = np.zeros(0, np.int64)

    @classmethod
    def of_examples(cls, settings: ExampleSettings) -> Self:
        """The text of a classifier."""
        how = settings.vectorizer or "learned", settings.vectors, settings.embedding
        return cls(settings.tokens, settings.vocabulary, False, *how)

    def learn(self, raw: Iterable[str]) -> None:
        """Learn the vocabulary from texts, for a classifier in how many of them each word stands, and how long the
        vectors of a file are."""
        if self.vectors is not None:
            self.word_width = _width_of_vectors(self.vectors, self.embedding)
        if self.languages is not None:
            check_languages(self.languages)
        if self.vectorizer is None:
            super().learn(raw)
            self.words = _words(raw) if self.tokens in ("character", "bpe") else None
            self.everyday = self._everyday()
            return
        texts = [Cutting(self.tokens).folded(text) for text in raw]
        super().learn(texts)
        documents = self.tokenizer.encode_paragraphs(texts)
        frequency = vectorizers.document_frequency(documents, len(self.tokenizer))
        self.idf = vectorizers.inverse_document_frequency(frequency, len(texts))

    def saved(self) -> tuple[Arrays, dict[str, str]]:
        """The tokenizer; for a classifier how rare words are, else how often each token occurred, and the words."""
        sized = {} if self.word_width is None else {_WIDTH: np.array([self.word_width])}
        if self.vectorizer is None:
            arrays, texts = super().saved()
            words = {} if self.words is None else {WORDS: self.words.to_json()}
            everyday = {} if self.everyday is None else {EVERYDAY: self.everyday.to_json()}
            return {**arrays, **sized}, {**texts, **words, **everyday}
        return {"idf": self.idf, **sized}, {TOKENIZER: self.tokenizer.to_json()}

    def restore(self, folder: ModelFolder) -> None:
        """Take the tokenizer, and what stands beside it, from a model folder."""
        arrays = folder.tensors("encoder") if "encoder.safetensors" in folder.files else {}
        self.word_width = _restored_width(arrays)
        if self.vectorizer is None:
            super().restore(folder)
            self.words = Tokenizer.from_json(folder.text(WORDS)) if WORDS in folder.files else None
            if EVERYDAY in folder.files:
                where = str(folder.folder / EVERYDAY)
                self.everyday = Everyday.from_json(folder.text(EVERYDAY), where, len(self.tokenizer))
            return
        self.tokenizer = Tokenizer.from_json(folder.text(TOKENIZER) if TOKENIZER in folder.files else "")
        idf = arrays.get("idf")
        if idf is None or idf.shape != (len(self.tokenizer),):
            raise InputError(f"the encoder's idf does not fit the {len(self.tokenizer)} words of {TOKENIZER}")
        if not ((idf >= 1) & (idf <= _RAREST)).all():
            raise InputError(f"the encoder's idf reaches from {idf.min()} to {idf.max()}; expected 1 to {_RAREST:g}")
        self.idf = idf.astype(np.float32)

    def read(self, data: Any, part: str, encoding: str) -> Iterable[str]:
        """The paragraphs of text files, see `unrolled.sources.text`, or of texts in memory."""
        texts = texts_in_memory(data, SUFFIXES)
        named = data if texts is None else texts
        return read_paragraphs(named, self.lines, encoding, self.author, only_chats=part != "test")

    def reads_like(self, other: Generative) -> None:
        """Take over whether lines are paragraphs, whose messages are read, and which everyday words are known."""
        assert isinstance(other, Text)
        self.lines, self.author = other.lines, other.author
        if other.languages != self.languages:
            self.languages = other.languages
            self.everyday = self._everyday()
            if self.everyday is not None:
                self.everyday = self.everyday.after(self.counts)

    def count(self, train: Corpus) -> None:
        """Keep how often each token occurs, and for everyday words which of them occur once."""
        super().count(train)
        if self.everyday is not None and not self.everyday.once:
            self.everyday = self.everyday.after(self.counts)

    def _everyday(self) -> Everyday | None:
        """The words of the languages that the vocabulary lacks."""
        if self.languages is None:
            return None
        known = self.words or self.tokenizer
        return everyday_words(self.languages, known.tokens, known.cutting)

    @property
    def letters(self) -> str:
        """The small letters of its frequent words, and the marks upon them, the most frequent ones first."""
        words = self.words or self.tokenizer
        return "" if words.kind == "bpe" else common_letters(words.tokens[len(SPECIAL) :])

    @property
    def vocabulary(self) -> int:
        """V; 0 where the model reads one-hot vectors or bags."""
        return len(self.tokenizer) if self.vectorizer in (None, "word2vec", "learned") else 0

    def encode(self, raw: Any) -> NDArray[np.int64]:
        """Ids (T,); InputError for what is no text."""
        if self.vectorizer is None:
            return super().encode(raw)
        if not isinstance(raw, str):
            raise InputError(f"the input is {type(raw).__name__}; expected a text")
        return super().encode(self._cased(raw))

    def names(self, raw: Any) -> list[str]:
        """The words of a text."""
        return self.tokenizer.split(self._cased(raw))

    def trace(self, raw: Any) -> tuple[list[str], Steps]:
        """The words; for a language model, END and the tokens after it."""
        return super().trace(raw) if self.vectorizer is None else (self.names(raw), self.example(raw))

    def expand(self, steps: Steps) -> Steps:
        """Ids as they are, as one-hot vectors (T, V), or as one vector (1, V) of the whole."""
        if self.vocabulary:
            return steps
        if steps.ndim != 1 or steps.dtype.kind not in "iu":
            raise InputError(f"ids are {steps.dtype} of shape {steps.shape}; expected whole numbers (T,)")
        least, most = steps.min(initial=0), steps.max(initial=0)
        if least < 0 or most >= self.width:
            raise InputError(f"ids go from {least} to {most}; expected 0 to {self.width - 1}")
        if self.vectorizer == "one-hot":
            return vectorizers.one_hot(steps, self.width)
        vector = np.zeros((1, self.width), np.float32)
        places, values = self.document(steps) if self.vectorizer == "tf-idf" else vectorizers.count(steps)
        vector[0, places] = values
        return vector

    def random(self, rng: np.random.Generator, steps: int) -> NDArray[np.float32]:
        """One-hot vectors of random words."""
        return np.eye(self.width, dtype=np.float32)[rng.integers(0, self.width, steps)]

    def augment(self, steps: Steps, rng: np.random.Generator) -> Steps:
        """Some words become unknown."""
        return hide_words(steps, rng)

    def empty(self, raw: Any) -> str:
        """The error message for a text without words."""
        return f"{raw[:80]!r} holds no words; expected a text"

    @property
    def features(self) -> Sequence[Features]:
        """Its tokens by themselves, tokens and pairs of them, and the letters within words."""
        tokens = Fixed("TF-IDF", self.document, len(self.tokenizer))
        pairs = Grams(f"TF-IDF of {_NOUNS[self.tokens]} and pairs", _ids, 2)
        return tokens, pairs, Grams(f"TF-IDF of 1 to {_RUN} letters", self._letters, _RUN)

    def document(self, steps: Steps) -> Document:
        """TF-IDF, scaled to length 1."""
        return vectorizers.tf_idf(steps, self.idf)

    def _letters(self, steps: Steps) -> NDArray[np.int64]:
        """The letters of each word, with a blank before and after them."""
        text = self.tokenizer.decode(steps) if self.tokens == "bpe" else self._joined(list(map(self._piece, steps)))
        padded = "\0".join(f" {word} " for word in text.split())
        letters = np.frombuffer(padded.encode("utf-32-le"), "<u4").astype(np.int64)
        return np.where(letters == 0, BREAK, letters)

    def _joined(self, pieces: list[str]) -> str:
        if self.tokens == "character":
            return "".join(pieces)
        return " ".join(pieces) if self.tokenizer.cutting.earlier else join_lines(list(filter(None, pieces)))

    def _piece(self, number: int) -> str:
        return self.tokenizer.tokens[number] if number >= len(SPECIAL) else ""

    def starts_from_vectors(self, path: str | None) -> bool:
        """Where its word vectors are to be those of a file or of Word2Vec."""
        return bool(self.vocabulary) and (path is not None or self.vectorizer == "word2vec")

    def start_vectors(
        self, raw: Sequence[str] | None, path: str | None, rng: np.random.Generator, width: int, seed: int
    ) -> NDArray[np.float64]:
        """Word vectors (V, width) to start from: those of the file at ``path``, or what Word2Vec learns from texts."""
        from unrolled.text.word_vectors import WordVectors

        if path is not None:
            known = WordVectors.read(path)
        else:
            known = WordVectors.train([self.names(text) for text in raw or ()], width, seed=seed)
        start: NDArray[np.float64] = known.start(self.tokenizer.tokens, rng, width)
        return start

    def several(self, path: Path, layout: Layout) -> Iterator[Row] | None:
        """The rows of a table, or the files of a folder."""
        return table_rows(path, layout) if is_table(path) else super().several(path, layout)

    def _cased(self, text: str) -> str:
        return text if self.vectorizer is None else self.tokenizer.cutting.folded(text)


def _words(paragraphs: Iterable[str]) -> Tokenizer | None:
    """The most frequent words; None where there is not one."""
    try:
        return Tokenizer.train("word", paragraphs, _WORDS)
    except InputError:
        return None


def _ids(steps: Steps) -> NDArray[np.int64]:
    return np.asarray(steps, np.int64)


def _width_of_vectors(path: str, embedding: int | None) -> int:
    """The length of the vectors in a file, by its first line; InputError where ``embedding`` asks for another."""
    from unrolled.text.word_vector_files import vectors_width

    width = vectors_width(path)
    if embedding not in (None, width):
        raise InputError(
            f"embedding is {embedding}, the vectors of {path} have {width} numbers; leave embedding out: "
            "it is as long as they are",
            "embedding",
        )
    if embedding is None:
        remark(f"{path}: its vectors have {width} numbers, and so have those of the model")
    return width


def _restored_width(arrays: Arrays) -> int | None:
    width = arrays.get(_WIDTH)
    if width is None:
        return None
    if width.shape != (1,) or width.dtype.kind not in "iu" or not 1 <= width[0] <= 65_536:
        raise InputError(f"the encoder's {_WIDTH} is {width!r:.80}; expected one number from 1 to 65,536")
    return int(width[0])
