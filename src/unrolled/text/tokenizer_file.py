"""Read a saved tokenizer: nothing of its JSON is used before it has been checked."""

import json
from collections.abc import Mapping

from tokenizers import models

from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json
from unrolled.text.cutting import BYTE_OF, SPECIAL, Cutting, Kind

__all__ = ["read_model"]

_LARGEST = 1 << 28  # characters
_HINT = "expected the tokenizer.json of a model folder; save the model again"


def read_model(text: str) -> tuple[Cutting, models.Model]:
    """How texts are cut and the library's model, read from what `Tokenizer.to_json` wrote, now or before NFC.

    Raises InputError for anything else. Only words, ids and merges reach the library. How a text is cut is one of the
    ways that this version knows, so that a foreign pattern is neither run nor silently ignored.
    """
    if len(text) > _LARGEST:
        raise _damaged(f"it holds {len(text):,} characters, at most {_LARGEST:,} are read")
    saved = parse_json(text.encode(errors="surrogatepass"), "tokenizer.json")
    if not isinstance(saved, dict) or not isinstance(saved.get("model"), dict):
        raise _damaged("it describes no model")
    model = saved["model"]
    cutting = _cutting(saved, model.get("type"))
    vocab = _vocab(model.get("vocab"))
    if cutting.kind != "bpe":
        return cutting, models.WordLevel(vocab, unk_token=SPECIAL[0])
    merges = _merges(model.get("merges"), vocab)
    return cutting, models.BPE(vocab, merges)


def _damaged(what: str) -> InputError:
    return InputError(f"this is no tokenizer of unrolled: {what}; {_HINT}")


def _cutting(saved: Mapping[str, object], model_type: object) -> Cutting:
    """The way in which the saved tokenizer cuts a text."""
    for part in ("added_tokens", "post_processor", "truncation", "padding"):
        if saved.get(part):
            raise _damaged(f"{part} is set")
    kinds: tuple[Kind, ...] = ("bpe",) if model_type == "BPE" else ("word", "space", "character")
    earlier = not saved.get("normalizer")
    for cutting in (Cutting(kind, earlier) for kind in kinds):
        model = models.BPE() if cutting.kind == "bpe" else models.WordLevel({}, "")
        expected = json.loads(cutting.backend(model, composing=True).to_str())
        if model_type == expected["model"]["type"] and all(
            _same(saved.get(part), expected[part]) for part in ("normalizer", "pre_tokenizer")
        ):
            return cutting
    raise _damaged("it cuts text in a way unknown to this version")


def _same(saved: object, expected: Mapping[str, object] | None) -> bool:
    """Whether settings are the expected ones, where both have them: versions of the library differ in their number."""
    if expected is None:
        return not saved
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
