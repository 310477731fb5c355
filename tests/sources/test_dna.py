import gzip

import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.sources.dna import LETTERS, PROBABILITIES, encode, read_fasta, vectors


def fasta(tmp_path, content, name="genes.fasta"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("header", "label"),
    [
        ("one EI", "EI"),
        ("one|EI", "EI"),
        ("one | EI", "EI"),
        ("gi|123 of a mouse\tEI", "EI"),
        ("one label=EI", "EI"),
        ("one class=EI length=60", "EI"),
        ("one|class=EI|60", "EI"),
        (" one EI ", "EI"),
        ("one subclass=EI", "subclass=EI"),
    ],
)
def test_the_label_stands_in_the_header(tmp_path, header, label):
    path = fasta(tmp_path, f">{header}\nACGT\n")
    assert [one[:3] for one in read_fasta(path)] == [("ACGT", label, f"{path}:1")]


def test_lines_wrap_and_blank_ones_and_comments_are_left_out(tmp_path):
    path = fasta(tmp_path, "; a comment\n\n>one EI\r\nacgu\r\n\r\n; another\r\nNN rY\r\n>two IE\r\nTTTT")
    assert [one[:3] for one in read_fasta(path)] == [("ACGTNNRY", "EI", f"{path}:3"), ("TTTT", "IE", f"{path}:8")]


def test_packed_files_and_byte_order_marks_are_read(tmp_path):
    path = fasta(tmp_path, gzip.compress("\ufeff>one EI\nACGT".encode()), "genes.fa.gz")
    assert [one[:2] for one in read_fasta(str(path))] == [("ACGT", "EI")]


@pytest.mark.parametrize(
    ("header", "label"),
    [
        ('>one label="splice donor" x', "splice donor"),
        (">one class='a|b'", "a|b"),
        ('>one "EI"', "EI"),
        (">gi|123|ref|NM_1.1| mouse EI", "EI"),
        (">sp|P12345|AB_HUMAN EI", "EI"),
    ],
)
def test_quoted_labels_and_names_of_data_banks(tmp_path, header, label):
    content = f"\ufeff{header}\r\nacgtn\r\n"
    assert [one[:2] for one in read_fasta(fasta(tmp_path, content))] == [("ACGTN", label)]


@pytest.mark.parametrize(
    "name", ["lcl|NC_000913.3_cds_1", "gi|123|ref|NM_1.1|", "sp|P12345|AB_HUMAN", "ENA|BAA1|BAA1.1"]
)
def test_names_with_bars_are_found_in_a_table(tmp_path, name, caplog):
    path = fasta(tmp_path, f">{name} first\nACGT\n>{name}x second\nTTTT\n")
    table = fasta(tmp_path, f"name\tlabel\n{name}\tx\n{name}x\ty\n", "l.tsv")
    assert [one.label for one in read_fasta(path, table)] == ["x", "y"]
    table.write_text(f'id;kind;patient\n{name.strip("|").split("|")[-1]};x;7\n"{name}x";;8\n')
    read = list(read_fasta(path, table, columns=("id", "kind"), group="patient"))
    assert [(one.label, one.group) for one in read] == [("x", "7")]
    assert "1 sequences left out, as" in caplog.text


@pytest.mark.parametrize(
    ("name", "table"),
    [("labels.csv", "label,name\nEI,one\nIE,two\nN,more\n"), ("l.tsv", "name\tlabel\ntwo\tIE\none\tEI")],
)
def test_labels_may_stand_in_a_table(tmp_path, name, table):
    path = fasta(tmp_path, ">one of the first kind\nAC\n>two|x\nGT\n")
    assert [one.label for one in read_fasta(path, fasta(tmp_path, table, name))] == ["EI", "IE"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (">one EI\nACGT\nAC-T\n", "3: column 3: '-' is no letter of DNA; expected ACGT.* or U; take gaps out"),
        (">one EI\nACGTX\n", "2: column 5: 'X' is no letter of DNA; .*; write N for a base that is not known"),
        (">one EI\nMKQ*\n", "2: column 3: 'Q' is no letter of DNA; .*; it is one of a protein"),
        (">gi|123|ref|NM_1.1|\nACGT\n", "1: the header .* has no label"),
        (">one EI\n  ACGT 1\n", "2: column 8: '1' is no letter of DNA"),
        (">one EI\nACGT\u0130\n", "2: column 5: '\u0130' is no letter of DNA"),
        (">one EI\n>two IE\nACGT\n", "1: the sequence is empty; expected letters below its header"),
        (">one EI\nACGT\n>two IE\n \n", "3: the sequence is empty"),
        ("\nACGT\n>one EI\nACGT\n", "2: 'ACGT' stands before the first header; expected >NAME LABEL"),
        (">one\nACGT\n", "1: the header 'one' has no label; expected >NAME LABEL, >NAME|LABEL or >NAME label=LABEL"),
        (">one|\nACGT\n", "1: the header 'one|' has no label"),
        (">\nACGT\n", "1: the header '' has no label"),
    ],
)
def test_what_is_no_labelled_dna_is_refused_with_its_line(tmp_path, content, message):
    path = fasta(tmp_path, content)
    with pytest.raises(InputError, match=f"{path}:{message}".replace("|", r"\|")):
        list(read_fasta(path))


def test_a_file_without_a_sequence_is_refused(tmp_path):
    path = fasta(tmp_path, "; nothing\n")
    with pytest.raises(InputError, match=f"{path}: no sequence in it; expected >NAME LABEL"):
        list(read_fasta(path))


def test_what_does_not_fit_the_table_is_refused_with_its_line(tmp_path):
    path, table = fasta(tmp_path, ">one\nAC\n>two\nGT\n>one\nAC\n"), fasta(tmp_path, "name,label\none,EI\n", "l.csv")
    with pytest.raises(InputError, match=rf"{path}:3: no label for 'two' in {table}; expected one for every sequence"):
        list(read_fasta(path, table))
    table.write_text("name,label\none,EI\ntwo,IE\n")
    with pytest.raises(InputError, match=rf"{path}:5: the name 'one' stands at {path}:1 already"):
        list(read_fasta(path, table))
    table.write_text("name,label\none,EI\ntwo,IE\none,IE\n")
    with pytest.raises(InputError, match=rf"{table}:4: the name 'one' stands at {table}:2 already"):
        list(read_fasta(path, table))


def test_a_letter_that_stands_for_several_bases_shares_itself_among_them():
    assert (len(LETTERS), PROBABILITIES.shape) == (15, (15, 4))
    np.testing.assert_allclose(PROBABILITIES.sum(1), 1)
    expected = [[1, 0, 0, 0], [0, 0, 0, 1], [0.5, 0, 0.5, 0], [0, 1 / 3, 1 / 3, 1 / 3], [0.25] * 4]
    np.testing.assert_allclose(vectors(encode("AtRbN")), expected, rtol=1e-6)
    assert vectors(encode("A")).dtype == np.float32
    np.testing.assert_array_equal(encode("acgu"), encode("ACGT"))
    np.testing.assert_array_equal(encode(LETTERS), np.arange(15))


@pytest.mark.parametrize(
    ("sequence", "message"),
    [("", "the sequence is empty"), ("AC-T", "column 3: '-'"), ("AC\u0410", "column 3: '\u0410'")],
)
def test_letters_that_are_none_are_refused(sequence, message):
    with pytest.raises(InputError, match=message):
        encode(sequence)
