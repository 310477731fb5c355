import gzip

import pytest

from unrolled.errors import InputError
from unrolled.settings import Layout
from unrolled.sources.pair_files import source_rows
from unrolled.sources.pairs import read_pairs


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def pairs_of(examples):
    return list(zip(examples.inputs, examples.targets, strict=True))


EXPECTED = [("a man", "ein Mann"), ("a dog", "ein Hund")]


def test_a_table_with_tabs_needs_no_headings(tmp_path):
    path = written(tmp_path / "pairs.tsv", "a man\tein Mann\r\n\r\na dog\tein Hund\r\n")
    examples = read_pairs(path)
    assert examples.kind == "pairs"
    assert pairs_of(examples) == EXPECTED
    assert examples.where == [f"{path}:1", f"{path}:3"]


@pytest.mark.parametrize(
    ("name", "text", "columns"),
    [
        ("a.csv", "source,target\na man,ein Mann\na dog,ein Hund\n", None),
        ("a.csv", "a man;ein Mann\na dog;ein Hund\n", None),
        ("a.csv", "n,en,de\n1,a man,ein Mann\n2,a dog,ein Hund\n", ("en", "de")),
        ("a.csv", "1,ein Mann,a man\n2,ein Hund,a dog\n", ("3", "2")),
        ("a.tsv", "word\tpronunciation\na man\tein Mann\na dog\tein Hund\n", ("1", "2")),
        ("a.tsv", "\ufeffsource\ttarget\na man\tein Mann\na dog\tein Hund\n", None),
        ("a.jsonl", '{"target": "ein Mann", "source": "a man"}\n{"source": "a dog", "target": "ein Hund"}\n', None),
        ("a.jsonl", '{"en": "a man", "de": "ein Mann"}\n{"de": "ein Hund", "en": "a dog"}\n', None),
        ("a.json", '[{"en": "a man", "de": "ein Mann"}, {"de": "ein Hund", "en": "a dog"}]', ("en", "de")),
    ],
)
def test_tables_are_read_by_the_names_of_their_columns_or_have_two(tmp_path, name, text, columns):
    assert pairs_of(read_pairs(str(written(tmp_path / name, text)), columns)) == EXPECTED


def test_a_column_that_means_source_or_target_by_its_place_alone_is_told(tmp_path, caplog):
    read_pairs(written(tmp_path / "a.jsonl", '{"en": "a", "de": "ein"}\n{"de": "zwei", "en": "two"}\n'))
    assert "reads the column 'en' as source and 'de' as target" in caplog.text


def test_parquet_and_excel(tmp_path):
    polars = pytest.importorskip("polars")
    openpyxl = pytest.importorskip("openpyxl")
    polars.DataFrame(EXPECTED, schema=["source", "target"], orient="row").write_parquet(tmp_path / "a.parquet")
    assert pairs_of(read_pairs(tmp_path / "a.parquet")) == EXPECTED
    book = openpyxl.Workbook()
    for pair in EXPECTED:
        book.active.append(pair)
    book.save(tmp_path / "a.xlsx")
    assert pairs_of(read_pairs(tmp_path / "a.xlsx")) == EXPECTED


@pytest.mark.parametrize("names", [("train.en", "train.de"), ("en.txt", "de.txt"), ("a.en.gz", "a.de.gz")])
def test_two_files_that_are_no_tables_are_parallel(tmp_path, names):
    sides = "\n".join(["a man", "", "a dog", ""]), "\r\n".join(["ein Mann", "", "ein Hund", "", ""])
    paths = [tmp_path / name for name in names]
    for path, text in zip(paths, sides, strict=True):
        path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    examples = read_pairs(paths)
    assert pairs_of(examples) == EXPECTED
    assert examples.where == [f"{paths[0]}:1", f"{paths[0]}:3"]
    assert pairs_of(read_pairs(tuple(map(str, paths)))) == EXPECTED


def test_several_tables_are_read_one_after_the_other(tmp_path):
    one, other = written(tmp_path / "a.tsv", "a man\tein Mann\n"), written(tmp_path / "b.csv", "a dog,ein Hund\n")
    assert pairs_of(read_pairs([one, other])) == EXPECTED


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("a\nb\nc\n", "x\ny\n"), r"a\.en has 3 lines, .*a\.de has 2; expected as many"),
        (("a\nb\nc\n", "x\n \nz\n"), r"a\.de:2: the target is empty"),
        (("a\n\t\nc\n", "x\ny\nz\n"), r"a\.en:2: the source is empty"),
        (("a\n\u200b\nc\n", "x\ny\nz\n"), r"a\.en:2: the source is empty"),
        (("a\n\n", "x\n"), "a.en, .*a.de: 1 pair of texts; expected at least 2"),
        (("", ""), "0 pairs of texts; expected at least 2"),
        (("a\nb\n", "x\n\0y\n"), r"a\.de: this is a binary file"),
    ],
)
def test_parallel_files_that_do_not_belong_together_are_refused(tmp_path, texts, message):
    paths = [written(tmp_path / name, text) for name, text in zip(("a.en", "a.de"), texts, strict=True)]
    with pytest.raises(InputError, match=message):
        read_pairs(paths)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.tsv", "a\tx\nb\n", r"a\.tsv:2: 1 value; expected 2"),
        ("a.tsv", "a, b\tx, y\nc, d\tz, w\tv\n", r"a\.tsv:2: 3 values; expected 2.*take tabs out of its cells"),
        ("a.tsv", 'a\t"x\n"b" c\ty\nd\n', r"a\.tsv:3: 1 value; expected 2"),
        ("a.tsv", "a\tx\nb\t \n", r"a\.tsv:2: the target is empty"),
        ("a.tsv", "a x\nb y\n", r"a\.tsv:1: 1 column; expected two.*columns=\"SOURCE,TARGET\".*columns=\"1,2\""),
        ("a.tsv", "a\tx\t1\nb\ty\t2\n", r"a\.tsv:1: 3 columns; expected two"),
        ("a.jsonl", '{"en": "a"}\n{"en": "b"}\n', r"a\.jsonl:1: 1 column; expected two"),
        ("a.txt", "a\tx\nb\ty\n", r"no table by its name; .*is called \.tsv"),
        ("a.csv", "", "empty"),
    ],
)
def test_tables_without_pairs_are_refused(tmp_path, name, text, message):
    with pytest.raises(InputError, match=message):
        read_pairs(written(tmp_path / name, text))


def test_advice_on_columns_is_that_of_pairs(tmp_path):
    path = written(tmp_path / "a.csv", "en,de,fr,it\na,b,c,d\n")
    with pytest.raises(
        InputError, match=r'no column \'es\'; it has en, de, fr, it: name yours with columns="SOURCE,TARGET"'
    ):
        read_pairs(path, ("en", "es"))
    with pytest.raises(InputError, match="3 columns named; expected two"):
        read_pairs(path, ("en", "de", "fr"))


def test_bytes_that_are_no_text_are_located(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_bytes("für\tpour\ngrün\tvert\n".encode() + b"\xff\tx\n")
    with pytest.raises(InputError, match=r"a\.tsv:3: byte 0xff at column 1 is not valid utf-8"):
        read_pairs(path)
    (tmp_path / "a.de").write_bytes("für\ngrün\n".encode() + b"\xff\n")
    written(tmp_path / "a.fr", "pour\nvert\nx\n")
    with pytest.raises(InputError, match=r"a\.de:3: byte 0xff at column 1 is not valid utf-8"):
        read_pairs([tmp_path / "a.fr", tmp_path / "a.de"])


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file; expected a table"):
        read_pairs(tmp_path / "missing.tsv")
    with pytest.raises(InputError, match="a folder; expected a table"):
        read_pairs(tmp_path)
    with pytest.raises(InputError, match="no such file; expected a text file"):
        read_pairs([tmp_path / "a.en", tmp_path / "a.de"])


def test_of_a_table_without_headings_no_column_is_guessed_where_there_are_more_than_two(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1,a man,ein Mann\n2,a dog,ein Hund\n")
    with pytest.raises(InputError, match=r"a\.csv:1: 3 columns; expected a source alone.*columns=\"2\""):
        list(source_rows(path, Layout()))
    assert [row.input for row in source_rows(path, Layout("2"))] == ["a man", "a dog"]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("more.csv", "id,Document,Summary\n1,a man,ein Mann\n2,a dog,ein Hund\n"),
        ("more.tsv", "subject\tid\tbody\nein Mann\t1\ta man\nein Hund\t2\ta dog\n"),
        ("two.csv", "headline,article\nein Mann,a man\nein Hund,a dog\n"),
    ],
)
def test_documents_and_summaries_of_a_text_file_are_known_by_the_names_of_their_columns(tmp_path, name, rows):
    examples = read_pairs(written(tmp_path / name, rows), sides=("document", "summary"))
    assert pairs_of(examples) == EXPECTED


def test_advice_on_columns_names_what_the_task_reads(tmp_path):
    path = written(tmp_path / "odd.csv", "id,foo,bar\n1,a,b\n")
    with pytest.raises(InputError, match='columns="DOCUMENT,SUMMARY"'):
        read_pairs(path, sides=("document", "summary"))
