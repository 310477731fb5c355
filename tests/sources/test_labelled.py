import numpy as np
import pytest
from tests.sources.sounds import wav

from unrolled import InputError
from unrolled.sources.labelled import labelled, read_examples


def test_numbers_from_an_npz(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, inputs=np.ones((3, 4, 2)), labels=np.array([1, 0, 1]), lengths=np.array([4, 2, 1]))
    examples = read_examples(path)
    assert examples.kind == "numbers"
    assert [sequence.shape for sequence in examples.inputs] == [(4, 2), (2, 2), (1, 2)]
    assert examples.targets == ["1", "0", "1"]
    np.savez(path, inputs=np.ones((3, 4, 2)), labels=np.array([1, 0, 1]), lengths=np.array([4, 0, 1]))
    with pytest.raises(
        InputError,
        match=r"a\.npz: lengths int64 \(3,\), 0 among them; expected for each input a whole number from 1 to 4",
    ):
        read_examples(path)
    np.savez(path, inputs=np.array([["a"]], object), labels=np.array([1]))
    with pytest.raises(InputError, match=r"array 'inputs': holds Python objects"):
        read_examples(path)
    np.savez(path, other=np.ones(3))
    with pytest.raises(InputError, match="holds other; expected the arrays inputs"):
        read_examples(path)


def test_dna_with_labels_in_a_table_beside_it(tmp_path):
    (tmp_path / "genes.fasta").write_text(">one\nACGT\n>two\nGG\nTT\n")
    (tmp_path / "genes.tsv").write_text("name\tlabel\ntwo\tb\none\ta\n")
    examples = read_examples(tmp_path / "genes.fasta")
    assert (examples.kind, examples.inputs, examples.targets) == ("dna", ["ACGT", "GGTT"], ["a", "b"])


@pytest.mark.parametrize(
    ("inputs", "labels", "message"),
    [
        (["a"], ["x", "y"], "1 inputs and 2 labels"),
        (["a", "b"], ["x", None], "input 1: the label is None"),
        (["a", "b"], ["x", float("nan")], "input 1: the label is nan"),
        (["a", "b"], ["x", ""], "input 1: the label is empty"),
        ([np.ones((2, 2)), np.ones((2, 3))], [0, 1], "2 and 3 features; expected one width"),
        ([np.ones((2, 2)), [[1, np.inf]]], [0, 1], "input 1: step 0 is not finite"),
        ([np.ones((2, 2)), np.ones((0, 2))], [0, 1], r"input 1: an array of shape \(0, 2\)"),
        ([np.ones((2, 2)), "text"], [0, 1], r"input 1: 'text' \(str\); expected a text or an array"),
    ],
)
def test_bad_lists_are_refused(inputs, labels, message):
    with pytest.raises(InputError, match=message):
        labelled(inputs, labels)


def test_what_cannot_be_read_says_what_can(tmp_path):
    with pytest.raises(InputError, match=r"no such file or folder; expected a table \(.csv"):
        read_examples(tmp_path / "nothing.csv")
    (tmp_path / "a.doc").write_text("x")
    with pytest.raises(InputError, match=r"the suffix '.doc' tells no format"):
        read_examples(tmp_path / "a.doc")
    (tmp_path / "a.csv").write_text("text,label\na,b\n")
    (tmp_path / "b.fa").write_text(">a label\nACGT\n")
    with pytest.raises(InputError, match="received dna and text; expected data of one kind"):
        read_examples([tmp_path / "a.csv", tmp_path / "b.fa"])
    (tmp_path / "c.csv").write_text("text,label\n")
    with pytest.raises(InputError, match="no examples in it"):
        read_examples(tmp_path / "c.csv")


ROWS, NAMES = np.zeros((4, 3)), np.arange(4) % 2


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"inputs": np.zeros(4), "labels": NAMES}, r"inputs float64 \(4,\), labels \(4,\); expected numbers"),
        ({"inputs": ROWS, "labels": np.int64(3)}, r"labels \(\); expected numbers"),
        ({"inputs": np.array([["a", "b"]] * 4), "labels": NAMES}, r"inputs <U1 \(4, 2\)"),
        ({"inputs": ROWS, "labels": NAMES, "lengths": np.ones(3, int)}, r"lengths int64 \(3,\); expected for each"),
        ({"inputs": ROWS, "labels": NAMES, "lengths": np.ones(4)}, "lengths float64"),
        ({"inputs": ROWS, "labels": NAMES, "lengths": np.array([1, 2, -1, 3])}, "whole number from 1 to 3"),
        ({"inputs": ROWS, "labels": NAMES, "lengths": np.array([1, 2, 4, 3])}, "whole number from 1 to 3"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=message):
        read_examples(tmp_path / "a.npz")


def test_what_is_no_archive_of_arrays_is_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"garbage")
    with pytest.raises(InputError, match=r"a\.npz: begins with b'garbag'; expected a NumPy file"):
        read_examples(tmp_path / "a.npz")


def test_no_inputs_are_refused():
    with pytest.raises(InputError, match="no inputs; expected at least 1"):
        labelled([], [])


def test_the_groups_are_a_column_of_the_table(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("shop,text,label\n7,good,yes\n8,bad,no\n7,fine,yes\n")
    assert read_examples(path).groups is None
    assert read_examples(path, group="shop").groups == ["7", "8", "7"]
    with pytest.raises(InputError, match="no column 'patient'; it has shop, text, label"):
        read_examples(path, group="patient")
    (tmp_path / "g.fa").write_text(">a label\nACGT\n")
    with pytest.raises(InputError, match=r"g\.fa:1: nothing says what 'shop' is"):
        read_examples(tmp_path / "g.fa", group="shop")


def test_the_columns_of_the_table_beside_a_fasta_file(tmp_path):
    (tmp_path / "genes.v2.fasta").write_text(">one\nACGT\n>two\nGGTT\n")
    (tmp_path / "genes.v2.csv").write_text("gene,site\none,a\ntwo,b\n")
    assert read_examples(tmp_path / "genes.v2.fasta", ("gene", "site")).targets == ["a", "b"]
    (tmp_path / "genes.v2.csv").write_text("ID,Class\none,1.0\ntwo,2\n")
    assert read_examples(tmp_path / "genes.v2.fasta").targets == ["1", "2"]


def test_a_folder_of_texts(tmp_path):
    (tmp_path / "pos").mkdir()
    (tmp_path / "pos" / "1.txt").write_text("fine")
    examples = read_examples(tmp_path)
    assert (examples.kind, examples.inputs, examples.targets) == ("text", ["fine"], ["pos"])


def test_recordings_have_groups_where_they_are_asked_for(tmp_path):
    for label in ("yes", "no"):
        for speaker in ("anna", "bert", "carl"):
            wav(tmp_path / "words" / label / speaker / f"take_{label}.wav")
    examples = read_examples(tmp_path / "words", group="folder")
    assert (examples.kind, examples.groups) == ("sound", ["anna", "bert", "carl"] * 2)
    rest, valid = examples.split(0.3, 0)
    assert set(rest.groups).isdisjoint(valid.groups)
    assert sorted(valid.targets) == ["no", "yes"]
    assert read_examples(tmp_path / "words").groups is None
    assert set(read_examples(tmp_path / "words", group="1").groups) == {"take"}


def test_a_folder_without_texts_and_recordings_says_what_is_expected(tmp_path):
    (tmp_path / "pages" / "good").mkdir(parents=True)
    (tmp_path / "pages" / "good" / "1.html").write_text("a page")
    with pytest.raises(
        InputError, match=r"pages: no texts and no recordings in it; .*FOLDER/LABEL/\*\.txt, or \*\.wav"
    ):
        read_examples(tmp_path / "pages")
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.csv").write_text("text,label\na,b\n")
    with pytest.raises(InputError, match=r"tables and files of series are named themselves, as FOLDER/\*\.csv"):
        read_examples(tmp_path / "tables")
