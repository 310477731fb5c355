import zipfile

import pytest

from unrolled import InputError
from unrolled.sources import spreadsheet
from unrolled.sources.tables import read_table

openpyxl = pytest.importorskip("openpyxl")


def saved(path, *sheets):
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.active if not number else book.create_sheet(f"more {number}")
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def rows(path, columns=("text", "label")):
    return [(*values, where.removeprefix(str(path))) for values, where in read_table(path, columns)]


def test_the_first_sheet_with_cells(tmp_path, caplog):
    table = [[None], ["text", "n", "label"], ["a", 1, True], [None, None, None], ["b", None, 2.5], ["c"]]
    path = saved(tmp_path / "a.xlsx", [], table, [["other"]])
    assert rows(path) == [("a", "True", ": row 3"), ("b", "2.5", ": row 5")]
    assert "reads the sheet 'more 1', not more 2; save one as CSV to read that" in caplog.text
    assert "1 of 3 rows left out, as label is empty in them (row 6)" in caplog.text
    assert rows(saved(tmp_path / "b.xlsx", [["a", "x"], ["b", "y"]]), ("1", "2"))[0] == ("a", "x", ": row 1")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"text,label\n"])
def test_what_is_no_spreadsheet_is_refused(tmp_path, content):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.xlsx: no sound \.xlsx file"):
        rows(path)


def test_damaged_empty_and_too_large_ones_are_refused(tmp_path, monkeypatch):
    path = saved(tmp_path / "a.xlsx", [["text", "label"], ["a", "b"]])
    with pytest.raises(InputError, match=r"b\.xlsx: empty"):
        rows(saved(tmp_path / "b.xlsx", []))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"):
        with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as archive:
            for part, content in parts.items():
                archive.writestr(part, content[: len(content) // 2] if part == name else content)
        with pytest.raises(InputError, match=r"c\.xlsx"):
            rows(tmp_path / "c.xlsx")
    monkeypatch.setattr(spreadsheet, "_LARGEST", 100)
    with pytest.raises(InputError, match="MB unpacked"):
        rows(path)
