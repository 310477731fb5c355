"""A saved tokenizer read back with care: its JSON is a stranger's until every part of it has been checked."""

import json
from typing import Any

from tokenizers import models

from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json
from unrolled.text.cutting import BYTE_OF, SPECIAL, Kind, backend

__all__ = ["read_model"]

_LARGEST = 1 << 28  # characters
_HINT = "expected the tokenizer.json of a model folder; save the model again"


def read_model(text: str) -> tuple[Kind, models.Model]:
    """The kind and the library's model in what `Tokenizer.to_json` wrote.

    Raises InputError for anything else. Nothing of the JSON but words, ids and merges reaches the library: how a
    text is cut follows from the kind, so that a foreign pattern can neither be run nor silently be ignored.
    """
    if len(text) > _LARGEST:
        raise _damaged(f"it holds {len(text):,} characters, at most {_LARGEST:,} are read")
    saved = parse_json(text.encode(errors="surrogatepass"), "tokenizer.json")
    if not isinstance(saved, dict) or not isinstance(saved.get("model"), dict):
        raise _damaged("it describes no model")
    kind, model = _kind(saved), saved["model"]
    vocab = _vocab(model.get("vocab"))
    if kind != "bpe":
        return kind, models.WordLevel(vocab, unk_token=SPECIAL[0])
    merges = _merges(model.get("merges"), vocab)
    return kind, models.BPE(vocab, merges)


def _damaged(what: str) -> InputError:
    return InputError(f"this is no tokenizer of unrolled: {what}; {_HINT}")


def _kind(saved: dict[str, Any]) -> Kind:
    """The kind whose way of cutting is the saved one."""
    for part in ("added_tokens", "normalizer", "post_processor", "truncation", "padding"):
        if saved.get(part):
            raise _damaged(f"{part} is set")
    model_type = saved["model"].get("type")
    kinds: tuple[Kind, ...] = ("bpe",) if model_type == "BPE" else ("word", "space", "character")
    for kind in kinds:
        expected = json.loads(backend(kind, models.BPE() if kind == "bpe" else models.WordLevel({}, "")).to_str())
        if model_type == expected["model"]["type"] and _same(saved.get("pre_tokenizer"), expected["pre_tokenizer"]):
            return kind
    raise _damaged("it cuts text in a way unknown to this version")


def _same(saved: object, expected: dict[str, Any]) -> bool:
    """Whether the settings are the expected ones; another version of the library may have had more or fewer of them."""
    if not isinstance(saved, dict) or not saved.keys() >= expected.keys() & {"type", "pattern"}:
        return False
    return all(expected.get(name, value) == value for name, value in saved.items())


def _vocab(vocab: object) -> dict[str, int]:
    """Tokens with ids 0 to V - 1, each once, the special ones first."""
    if not isinstance(vocab, dict) or not all(type(number) is int for number in vocab.values()):
        raise _damaged("its vocabulary is no table of tokens with whole numbers")
    if sorted(vocab.values()) != list(range(len(vocab))):
        raise _damaged(f"its {len(vocab):,} tokens do not have the ids 0 to {len(vocab) - 1:,}")
    for number, special in enumerate(SPECIAL):
        if vocab.get(special) != number:
            raise _damaged(f"token {special} must have the id {number}")
    return vocab


def _merges(merges: object, vocab: dict[str, int]) -> list[tuple[str, str]]:
    """Pairs of tokens whose union is a token; every byte must be a token and every token be made of bytes."""
    if not BYTE_OF.keys() <= vocab.keys() or not all(BYTE_OF.keys() >= set(token) for token in vocab):
        raise _damaged("its tokens are not made of the 256 bytes")
    if not isinstance(merges, list):
        raise _damaged("it has no list of merges")
    pairs: list[tuple[str, str]] = []
    for pair in merges:
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            raise _damaged("a merge is not a pair of tokens")
        if not {pair[0], pair[1], pair[0] + pair[1]} <= vocab.keys():
            raise _damaged(f"the merge {pair[0]} + {pair[1]} names no tokens")
        pairs.append((pair[0], pair[1]))
    return pairs
