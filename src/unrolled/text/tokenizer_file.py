"""Read a saved tokenizer: nothing of its JSON is used before it has been checked."""

import json
from collections.abc import Mapping

from tokenizers import models

from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json
from unrolled.text.cutting import BYTE_OF, SPECIAL, Kind, backend

__all__ = ["read_model"]

_LARGEST = 1 << 28  # characters
_HINT = "expected the tokenizer.json of a model folder; save the model again"


def read_model(text: str) -> tuple[Kind, models.Model]:
    """The kind of tokens and the library's model, read from what `Tokenizer.to_json` wrote.

    Raises InputError for anything else. Only words, ids and merges reach the library. How a text is cut follows from
    the kind, so that a foreign pattern is neither run nor silently ignored.
    """
    if len(text) > _LARGEST:
        raise _damaged(f"it holds {len(text):,} characters, at most {_LARGEST:,} are read")
    saved = parse_json(text.encode(errors="surrogatepass"), "tokenizer.json")
    if not isinstance(saved, dict) or not isinstance(saved.get("model"), dict):
        raise _damaged("it describes no model")
    model = saved["model"]
    kind = _kind(saved, model.get("type"))
    vocab = _vocab(model.get("vocab"))
    if kind != "bpe":
        return kind, models.WordLevel(vocab, unk_token=SPECIAL[0])
    merges = _merges(model.get("merges"), vocab)
    return kind, models.BPE(vocab, merges)


def _damaged(what: str) -> InputError:
    return InputError(f"this is no tokenizer of unrolled: {what}; {_HINT}")


def _kind(saved: Mapping[str, object], model_type: object) -> Kind:
    """The kind of tokens that cuts a text as the saved tokenizer does."""
    for part in ("added_tokens", "normalizer", "post_processor", "truncation", "padding"):
        if saved.get(part):
            raise _damaged(f"{part} is set")
    kinds: tuple[Kind, ...] = ("bpe",) if model_type == "BPE" else ("word", "space", "character")
    for kind in kinds:
        expected = json.loads(backend(kind, models.BPE() if kind == "bpe" else models.WordLevel({}, "")).to_str())
        if model_type == expected["model"]["type"] and _same(saved.get("pre_tokenizer"), expected["pre_tokenizer"]):
            return kind
    raise _damaged("it cuts text in a way unknown to this version")


def _same(saved: object, expected: Mapping[str, object]) -> bool:
    """Whether settings are the expected ones, where both have them: versions of the library differ in their number."""
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
    """The pairs of tokens to merge into a token; every byte must be a token, every token consist of bytes."""
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
