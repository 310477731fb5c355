import sys
from pathlib import Path

import numpy as np
import pytest

from unrolled.data.examples import Examples
from unrolled.errors import InputError, MissingExtra
from unrolled.sources import glyphs
from unrolled.sources.captions import read_captions
from unrolled.sources.glyphs import names_by_picture, read_glyphs


@pytest.fixture(scope="module")
def pictures():
    """The regular fonts alone, by where each picture stands."""
    pytest.importorskip("matplotlib")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(glyphs, "_FONTS", {"train": ("DejaVuSansMono.ttf",), "test": ("STIXGeneral.ttf",)})
        return {part: read_glyphs(f"sample:glyphs{part}") for part in ("", ":test")}


def ink(examples, font, character):
    picture = examples.inputs[examples.where.index(f"{font}.ttf:U+{ord(character):04X}")]
    rows, columns = np.nonzero(picture < 192)
    return rows.min(), rows.max(), columns.min(), columns.max()


def test_pictures_and_the_names_of_their_characters(pictures):
    train, test = pictures[""], pictures[":test"]
    assert (train.kind, len(train), len(test)) == ("pictures", 3293, 1444)
    assert {(one.shape, one.dtype) for one in (*train.inputs, *test.inputs)} == {((48, 48), np.dtype(np.uint8))}
    assert train.targets[train.where.index("DejaVuSansMono.ttf:U+00E1")] == "LATIN SMALL LETTER A WITH ACUTE"
    assert set(test.targets) <= set(train.targets)
    assert all(picture.min() < 255 and picture.max() == 255 for picture in train.inputs)


@pytest.mark.parametrize(("part", "font"), [("", "DejaVuSansMono"), (":test", "STIXGeneral")])
def test_all_stand_on_one_line(pictures, part, font):
    capital, small, comma, apostrophe = (ink(pictures[part], font, character) for character in "Oo,'")
    assert capital[1] == pytest.approx(small[1], abs=1) == pytest.approx(35, abs=1)
    assert 21 <= capital[1] - capital[0] <= 25
    assert 0.6 < (small[1] - small[0]) / (capital[1] - capital[0]) < 0.8
    assert comma[0] > apostrophe[1]
    assert abs(capital[2] + capital[3] - 47) <= 1


def test_what_looks_the_same_is_told():
    pictures = [np.full((48, 48), shade, np.uint8) for shade in (0, 0, 1, 0)]
    names = names_by_picture(Examples("pictures", pictures, ["A", "ALPHA", "B", "A"], list("wxyz")))
    assert names == [{"A": 2, "ALPHA": 1}, {"B": 1}]


def test_what_is_left_out_is_told(caplog, monkeypatch):
    monkeypatch.setattr(glyphs, "_FONTS", {"train": ("cmr10.ttf",), "test": ("STIXGeneralItalic.ttf",)})
    pytest.importorskip("matplotlib")
    examples = read_glyphs("sample:glyphs:test")
    assert f"sample:glyphs:test: {len(examples)} pictures of " in caplog.text
    assert "characters; left out: 2 blank, " in caplog.text
    assert "that are in no font of sample:glyphs" in caplog.text


def test_what_goes_beyond_the_picture_is_cut_off(pictures):
    train = pictures[""]
    assert ink(train, "DejaVuSansMono", "\u2502")[:2] == (6, 43)  # a line from row to row


@pytest.mark.parametrize("name", ["sample:glyphs:", "sample:glyphs:train", "sample:glyphs:test:1", "sample:photos"])
def test_another_part_is_refused(name):
    with pytest.raises(
        InputError, match=f"unknown sample '{name}'; choose sample:glyphs, or its part sample:glyphs:te"
    ):
        read_captions(name)


def test_they_are_pictures_with_captions_and_each_is_its_own_group(monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(glyphs, "_FONTS", {"train": ("cmr10.ttf",), "test": ()})
    examples = read_captions([Path("sample:glyphs")])
    assert len(examples) == len(set(examples.groups)) == 128


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"sample:glyphs needs matplotlib.*unrolled\[train\]"):
        read_glyphs()
