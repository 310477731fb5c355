"""Tokenizers that a user brings."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from unrolled.errors import InputError
from unrolled.text.brought import BroughtTokenizer
from unrolled.text.cutting import END, UNKNOWN

TEXTS = ["a man's dog sees the dogs.", "the woman and the man, too", "ein Hund und eine Frau; der Hund."] * 3


def trained(model: Any, trainer: Any, pre_tokenizer: Any, decoder: Any) -> str:
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizer
    if decoder is not None:
        tokenizer.decoder = decoder
    tokenizer.train_from_iterator(TEXTS, trainer)
    text: str = tokenizer.to_str()
    return text


def word_pieces() -> str:
    trainer = trainers.WordPieceTrainer(vocab_size=80, special_tokens=["[PAD]", "[UNK]"], show_progress=False)
    cut = pre_tokenizers.BertPreTokenizer()
    return trained(models.WordPiece(unk_token="[UNK]"), trainer, cut, decoders.WordPiece())


def unigram() -> str:
    trainer = trainers.UnigramTrainer(vocab_size=80, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False)
    return trained(models.Unigram(), trainer, pre_tokenizers.Metaspace(), decoders.Metaspace())


def byte_pairs() -> str:
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=320, initial_alphabet=alphabet, show_progress=False)
    cut = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return trained(models.BPE(), trainer, cut, decoders.ByteLevel())


def whole_words() -> str:
    trainer = trainers.WordLevelTrainer(vocab_size=80, special_tokens=["[UNK]"], show_progress=False)
    return trained(models.WordLevel(unk_token="[UNK]"), trainer, pre_tokenizers.Whitespace(), None)


@pytest.mark.parametrize("make", [word_pieces, unigram, byte_pairs, whole_words])
def test_texts_come_back_and_our_own_ids_stay_ours(make: Callable[[], str]) -> None:
    brought = BroughtTokenizer(make(), "mine.json")
    text = "the man, eine Hund."
    ids, names = brought.encode(" " * brought.spaced + text)
    assert brought.read(ids) == f" {text}"
    assert "".join(names).strip() == text
    assert "".join(brought.texts(ids)).strip() == text
    assert END not in ids
    assert max(ids) < len(brought)


@pytest.mark.parametrize("make", [word_pieces, unigram, whole_words])
def test_its_unknown_token_is_ours(make: Callable[[], str]) -> None:
    brought = BroughtTokenizer(make(), "mine.json")
    assert UNKNOWN in brought.encode("the Ω man")[0]
    assert BroughtTokenizer(brought.to_json(), "mine.json").encode("a man") == brought.encode("a man")


EMPTY = {"type": "BPE", "vocab": {}, "merges": []}
WITHOUT_UNKNOWN = {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "q"}


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"model": EMPTY}), json.dumps({"model": WITHOUT_UNKNOWN})])
def test_what_is_no_tokenizer_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"mine\.json"):
        BroughtTokenizer(text, "mine.json")
