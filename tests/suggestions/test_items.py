"""What items can answer."""

from pathlib import Path

import pytest

from unrolled.errors import InputError
from unrolled.suggestions.items import Items

ITEMS = Items(["Round oak table, 120 cm", "Oak-framed  MIRROR", "", "日本の地図"])


@pytest.mark.parametrize(
    "query", ["oak", "Oak Table", "round oak table", "table", "120 cm", "mirror", "framed mirror", "oak-framed", "地図"]
)
def test_words_in_a_row_are_answered(query: str) -> None:
    assert ITEMS.answers(query)


@pytest.mark.parametrize(
    "query", ["oa", "ak table", "table oak", "oak mirror", "round oak table, 12", "", " ", "chair"]
)
def test_others_are_not(query: str) -> None:
    assert not ITEMS.answers(query)


def test_the_walk_goes_where_items_go() -> None:
    place = ITEMS.extend(ITEMS.begin(), "oa")
    assert place is not None
    assert ITEMS.following(place) == "k"
    assert not ITEMS.ends(place)
    place = ITEMS.extend(place, "k")
    assert place is not None
    assert ITEMS.following(place) == " -"
    assert ITEMS.ends(place)
    assert ITEMS.extend(place, "s") is None
    place = ITEMS.extend(place, " table")
    assert place is not None
    assert place == ITEMS.extend(ITEMS.begin(), "oak table")
    assert "o" in ITEMS.following(ITEMS.begin())
    assert not ITEMS.ends(ITEMS.begin())


def test_every_walk_to_an_end_is_an_answer() -> None:
    waiting, found = [ITEMS.begin()], set()
    while waiting:
        place = waiting.pop()
        if ITEMS.ends(place):
            found.add(place.written)
        waiting += [after for letter in ITEMS.following(place) if (after := ITEMS.extend(place, letter)) is not None]
    assert all(map(ITEMS.answers, found))
    assert {"oak table", "oak-framed mirror", "120 cm", "日本", "の地"} <= found


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("items.txt", "Oak table\n\nMirror, round\n"),
        ("items.csv", 'sku,title\n7,Oak table\n8,"Mirror, round"\n'),
        ("items.csv", 'Oak table,7\n"Mirror, round",8\n'),
        ("items.jsonl", '{"name": "Oak table"}\n{"name": "Mirror, round"}\n'),
    ],
)
def test_items_in_files(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    items = Items.read(path)
    assert len(items) == 2
    assert items.answers("oak table")
    assert items.answers("mirror")
    assert not items.answers("title")


def test_no_items_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "items.txt"
    with pytest.raises(InputError, match=r"items\.txt': no such file; expected items"):
        Items.read(path)
    path.write_text("\n \n")
    with pytest.raises(InputError, match=r"items\.txt: 2 items, none with a text; expected at least 1"):
        Items.read(path)
