"""The keys that write a word, and their trie."""

import pytest

from unrolled.completion.lexicon import Lexicon
from unrolled.strokes.trie import key_sequences, key_trie

LATIN = "abcdefghijklmnopqrstuvwxyz"


def written(word: str, keys: str = LATIN) -> str:
    return "".join(keys[ord(place)] for place in key_sequences(Lexicon([word]).words, keys)[0])


@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("The", "the"),
        ("hello", "helo"),
        ("it's", "its"),
        ("it’s", "its"),
        ("mother-in-law", "motherinlaw"),
        ("café", "cafe"),
        ("Łódź", "lodz"),
        ("Straße", "strase"),
        ("bookkeeper", "bokeper"),
        ("R2D2", ""),
        ("日本", ""),
        ("...", ""),
    ],
)
def test_the_keys_of_a_word(word, keys):
    assert written(word) == keys


def test_a_letter_of_its_own_key_is_no_other_one():
    assert written("Straße", LATIN + "ß") == "straße"
    assert written("schön", LATIN + "ö") == "schön"
    assert written("йод", "йиод") == "йод"
    assert written("ёлка", "елка") == "елка"


def test_every_word_stands_at_the_node_that_its_keys_lead_to():
    words = ["to", "too", "tot", "tote", "it's", "its", "a", "R2D2", "zoo"]
    lexicon = Lexicon(words, first=10)
    trie = key_trie(lexicon.words, LATIN)
    found = {}
    for number, word in enumerate(words, 10):
        node = 0
        for key in written(word):
            children = range(trie.children[node], trie.children[node + 1])
            node = next(child for child in children if LATIN[trie.keys[child]] == key)
        if node:
            assert number in trie.ids[trie.words[node] : trie.words[node + 1]]
            found[number] = node
    assert len(trie.ids) == len(found) == len(words) - 1
    prefixes = {written(word)[:end] for word in words for end in range(len(written(word)) + 1)}
    assert len(trie.keys) == len(prefixes)
