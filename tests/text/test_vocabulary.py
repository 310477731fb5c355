import json

import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.text.vocabulary import Vocabulary

SMALL = Vocabulary(["<unk>", "<eos>", "the", "sky"], np.array([10, 5, 20, 70]))


def test_rates_leave_the_ends_of_paragraphs_out():
    assert SMALL.unknown_rate == 0.1


def test_a_vocabulary_survives_its_json():
    again = Vocabulary.from_json(SMALL.to_json())
    assert again.tokens == SMALL.tokens
    np.testing.assert_array_equal(again.counts, SMALL.counts)


@pytest.mark.parametrize(
    "change",
    [
        {"tokens": None},
        {"tokens": "abcd"},
        {"tokens": ["<unk>", "<eos>", "the", 3]},
        {"tokens": ["<eos>", "<unk>", "the", "sky"]},
        {"counts": [1, 2, 3]},
        {"counts": [1, 2, 3, -4]},
        {"counts": [1, 2, 3, 4.5]},
        {"counts": [1, 2, 3, 10**40]},
        {"counts": {}},
    ],
)
def test_a_damaged_json_is_refused(change):
    with pytest.raises(InputError):
        Vocabulary.from_json(json.dumps(json.loads(SMALL.to_json()) | change))


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", "null", "[" * 200_000])
def test_garbage_is_refused(text):
    with pytest.raises(InputError):
        Vocabulary.from_json(text)
