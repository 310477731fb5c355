import pytest

from unrolled import InputError
from unrolled.sources.separated import check_delimiter
from unrolled.sources.tables import read_table


def rows(tmp_path, text, name="a.csv", columns=("text", "label"), **more):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [(*values, where.removeprefix(str(path))) for values, where in read_table(path, columns, **more)]


@pytest.mark.parametrize(
    "text",
    [
        "text;label\na, b;x\nc;y\n",
        "text\tlabel\na, b\tx\nc\ty\n",
        "text|label\na, b|x\nc|y\n",
        'text,label\n"a, b",x\nc,y\n',
        'text, label\n"a, b", "x"\nc, y\n',
        'text , label\n"a, b" , "x" \nc, y\n',
        "\ufefftext;label\r\na, b;x\r\nc;y\r\n",
        "text;label;;\na, b;x;;\nc;y;;\n;;;\n",
        "\n\ntext;label\na, b;x\n \nc;y\n",
        "sep=;\ntext;label\na, b;x\nc;y\n",
    ],
)
def test_the_separator_is_found(tmp_path, text):
    for name in ("a.csv", "a.tsv"):
        read = [(row[0], row[1].strip()) for row in rows(tmp_path, text, name)]
        assert read == [("a, b", "x"), ("c", "y")]


def test_the_separator_may_be_forced(tmp_path):
    text = "text;more,label\na;b,x\n"
    assert rows(tmp_path, text, columns=("text;more", "label"), delimiter="comma") == [("a;b", "x", ":2")]
    assert rows(tmp_path, text, columns=("text", "more,label"), delimiter=";") == [("a", "b,x", ":2")]
    assert [check_delimiter(name) for name in ("tab", "\\t", "\t", ";", "~")] == ["\t", "\t", "\t", ";", "~"]
    for wrong in ("", "ab", '"', "x", "\n"):
        with pytest.raises(InputError, match="expected one character"):
            check_delimiter(wrong)


def test_lines_are_numbered_through_quotes_and_blank_lines(tmp_path):
    text = '\ntext;label\n"a\n\nb";x\n\nc;y\n'
    assert rows(tmp_path, text) == [("a\n\nb", "x", ":3"), ("c", "y", ":7")]


def test_tabs_with_and_without_quotes(tmp_path):
    text = 'text\tlabel\n"he said ""hi"""\tpos\nplain\t"neg"\n"a" and "b"\tpos\n"open\tneg\n'
    read = [('he said "hi"', "pos"), ("plain", "neg"), ('"a" and "b"', "pos"), ('"open', "neg")]
    assert [row[:2] for row in rows(tmp_path, text, "a.tsv")] == read
    text = 'text\tlabel\n"a\tb"\tx\n"c\nd"\ty\ne\tz\n'
    assert rows(tmp_path, text, "a.tsv") == [("a\tb", "x", ":2"), ("c\nd", "y", ":3"), ("e", "z", ":5")]


def test_windows_encodings(tmp_path):
    text = "text;label\n“né” – 5 €;x\n"
    for encoding in ("cp1252", "utf-8", "utf-8-sig", "utf-16"):
        assert rows(tmp_path, text.encode(encoding)) == [("“né” – 5 €", "x", ":2")]
    assert rows(tmp_path, text.encode("utf-16-le"), encoding="utf-16-le") == [("“né” – 5 €", "x", ":2")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n \n", "a.csv: empty; expected a first line"),
        ("sep=;\n", "a.csv: empty; expected a first line"),
        ("text,label\na,b,c\n", r"a.csv:2: 3 values; expected 2, as in the first line: put cells with ',' in quotes"),
        ('text,label\na,b\n"c,d\ne,f\n"g",h\n', r"a.csv:3: no sound row"),
        ('text,label\na,b\n"c,d\n', r"a.csv:3: no sound row"),
        ("texts label\na b\n", r"a.csv:1: no column 'text'; it has texts label: name .* as in delimiter="),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        rows(tmp_path, text)


def test_advice_works_when_followed(tmp_path):
    assert rows(tmp_path, 'text,label\n"a,b",c\n') == [("a,b", "c", ":2")]
    assert rows(tmp_path, "text label\na b\n", delimiter=" ") == [("a", "b", ":2")]
    text = "good film,pos\nbad film,neg\n"
    with pytest.raises(InputError, match=r"where these are no headings, number them: columns=.1,2"):
        rows(tmp_path, text)
    assert rows(tmp_path, text, columns=("1", "2")) == [("good film", "pos", ":1"), ("bad film", "neg", ":2")]
