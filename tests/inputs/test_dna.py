import numpy as np
import pytest

from unrolled import InputError
from unrolled.inputs.dna import Dna
from unrolled.inputs.features import BREAK


def fitted(*sequences: str) -> Dna:
    dna = Dna()
    dna.learn(sequences)
    return dna


def test_a_letter_that_stands_for_several_bases_is_shared_among_them():
    dna = fitted("ACGT")
    np.testing.assert_array_equal(dna.encode("ac gu"), np.eye(4))
    np.testing.assert_allclose(dna.encode("NR"), [[0.25] * 4, [0.5, 0, 0.5, 0]])
    assert dna.names("ac g\nn") == ["A", "C", "G", "N"]
    assert (dna.vocabulary, dna.width) == (0, 4)
    assert not dna.augments
    assert dna.live() is None


def test_places_are_known_where_all_sequences_are_equally_long():
    dna = fitted("ACG", "TTT")
    assert (dna.length, dna.features[0].width) == (3, 12)
    places, values = dna.document(dna.encode("AC"))
    np.testing.assert_array_equal(places, range(12))
    np.testing.assert_array_equal(values, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    assert len(dna.document(dna.encode("ACGTACGT"))[1]) == 12


def test_triples_are_counted_where_they_are_not():
    dna = fitted("ACG", "TT")
    assert (dna.length, dna.features[0].width) == (0, 64)
    places, values = dna.document(dna.encode("ACGA"))
    shares = {int(place): float(value) for place, value in zip(places, values, strict=True) if value}
    assert shares == {0 * 16 + 1 * 4 + 2: 0.5, 1 * 16 + 2 * 4 + 0: 0.5}  # ACG and CGA
    assert [len(part) for part in dna.document(dna.encode("AC"))] == [0, 0]


def test_a_letter_that_stands_for_several_is_in_no_run():
    dna = fitted("ACG", "TT")
    assert [features.name for features in dna.features] == ["one-hot", "TF-IDF of 1 to 6 letters"]
    np.testing.assert_array_equal(dna.features[1].symbols(dna.encode("ANTG")), [0, BREAK, 3, 2])


def test_what_is_no_dna_is_refused():
    dna = fitted("ACG")
    with pytest.raises(InputError, match="column 3: 'X' is no letter of DNA"):
        dna.encode("ACX")
    for raw in ("", "  ", 3, None):
        with pytest.raises(InputError, match="expected a sequence of DNA letters"):
            dna.encode(raw)


def test_what_was_saved_is_restored(folder_of):
    dna, restored = fitted(*["ACGT" * 1_024] * 2), Dna()
    restored.restore(folder_of(*dna.saved()))
    assert dna.length == restored.length == 4_096
    assert len(dna.document(dna.encode("ACGT" * 2_000))[1]) == dna.features[0].width


def test_of_long_sequences_every_letter_counts():
    dna = fitted(*["ACGT" * 2_000] * 2)
    assert dna.length == 0
    before, after = (dna.document(dna.encode("A" * 4_096 + letter * 4_000))[1] for letter in "AC")
    assert (before != after).any()


@pytest.mark.parametrize("length", [[-1], [2**40], [8.0], [[8]], [], 8])
def test_a_length_that_is_none_is_refused(folder_of, length):
    with pytest.raises(InputError, match="expected a whole number from 0 to 4,096"):
        Dna().restore(folder_of({"length": np.asarray(length)}, {}))


def test_a_length_that_is_missing_is_refused(folder_of):
    with pytest.raises(InputError, match="the encoder of dna lacks 'length'"):
        Dna().restore(folder_of({"size": np.array([3])}, {}))
