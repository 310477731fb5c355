import json
from pathlib import Path

import numpy as np
import pandas
import pytest
from PIL import Image
from tests.sources.pictures_by_code import encoded, folder_of, picture

from unrolled.errors import InputError
from unrolled.settings import Layout
from unrolled.sources.captions import read_captions, read_pictures


@pytest.fixture
def photos(tmp_path):
    return folder_of(tmp_path / "photos", "a.jpg", "b.png", "deep/c.webp")


def table(photos, name, text):
    path = photos.parent / name
    path.write_text(text, encoding="utf-8")
    return path


def told(examples):
    """Names of pictures, captions and lines."""
    return [
        (Path(raw).name, caption, where.rpartition("/")[2])
        for raw, caption, where in zip(examples.inputs, examples.targets, examples.where, strict=True)
    ]


EXPECTED = [("a.jpg", "A dog, red"), ("a.jpg", "a dog"), ("b.png", "Two cats")]
FORMS = {
    "commas.csv": 'image,caption\na.jpg,"A dog, red"\na.jpg,a dog\nb.png,Two  cats\n',
    "other_names.csv": "Caption;file_name\nA dog, red;photos/a.jpg\na dog;a.jpg\nTwo cats;b\n",
    "flickr.token.txt": "a.jpg#0\tA dog, red\na.jpg#1\ta dog\nb.png#0\tTwo cats\n",
    "captions.txt": 'image,caption\na.jpg,"A dog, red"\na.jpg,a dog\nb.png,Two cats\n',
    "bars.csv": "image_name| comment_number| comment\na.jpg| 0| A dog, red\na.jpg| 1| a dog\nb.png| 0| Two cats\n",
    "columns.tsv": "id\tcaption_1\tcaption_2\na\tA dog, red\ta dog\nb\t\tTwo cats\n",
    "by_content.tsv": "what\tsaid\na.jpg\tA dog, red\na.jpg\ta dog\nb.png\tTwo cats\n",
    "lists.csv": 'path,captions\na.jpg,"[\'A dog, red\', \'a dog\']"\nb.png,"[""Two cats"", """"]"\n',
    "lists.jsonl": '{"file_name": "a.jpg", "captions": ["A dog, red", "a dog"]}\n{"file_name": "b.png", "text": "no", '
    '"captions": "Two cats"}\n',
    "nested.json": json.dumps(
        {
            "dataset": "made",
            "images": [
                {"filename": "a.jpg", "sentences": [{"raw": "A dog, red"}, {"raw": "a dog"}]},
                {"filename": "b.png", "sentences": [{"raw": "Two cats", "tokens": ["two", "cats"]}]},
            ],
        }
    ),
    "numbered.json": json.dumps(
        {
            "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.png"}],
            "annotations": [
                {"image_id": 7, "id": 1, "caption": "A dog, red"},
                {"image_id": 7, "id": 2, "caption": "a dog"},
                {"image_id": 2, "id": 3, "caption": "Two cats"},
            ],
        }
    ),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("folder_first", [True, False])
def test_a_folder_and_a_table_are_read_in_either_order_and_in_each_form(name, folder_first, photos, caplog):
    path = table(photos, name, FORMS[name])
    examples = read_captions([photos, path] if folder_first else [path, photos])
    assert [row[:2] for row in told(examples)] == EXPECTED
    assert examples.kind == "pictures"
    assert examples.groups == examples.inputs
    assert f"{photos}: without a caption, and left out: 1 picture: {photos}/deep/c.webp" in caplog.text


def test_places_are_file_and_line_and_a_guessed_column_is_said(photos, caplog):
    path = table(photos, "t.csv", "file,alt text\na.jpg,one\nc.webp,two\n")
    assert told(read_captions((str(photos), str(path)))) == [("a.jpg", "one", "t.csv:2"), ("c.webp", "two", "t.csv:3")]
    assert "t.csv:1: reads the column 'file' as picture and 'alt text' as caption; columns names others" in caplog.text


def test_columns_are_named_or_numbered(photos):
    path = table(photos, "t.csv", "first,second,third\nno,one,a.jpg\nno,two,b.png\n")
    assert read_captions([photos, path], ("third", "second")).targets == ["one", "two"]
    assert read_captions([photos, path], ("third", "second", "first")).targets == ["one", "no", "two", "no"]
    path = table(photos, "u.csv", "x,one,a.jpg\ny,two,b.png\n")
    assert read_captions([photos, path], ("3", "2")).targets == ["one", "two"]
    with pytest.raises(InputError, match=r"u.csv:1: nothing says which column holds their captions.*columns=\"PICT"):
        read_captions([photos, path])
    with pytest.raises(InputError, match="columns are third; expected two or more"):
        read_captions([photos, path], ("third",))


def test_a_table_alone_has_paths_relative_to_it_and_a_folder_may_hold_its_table(photos):
    path = table(photos, "t.csv", "image,caption\nphotos/a.jpg,one\nphotos\\deep\\c.webp,two\n")
    assert read_captions(path).inputs == [str(photos / "a.jpg"), str(photos / "deep/c.webp")]
    with pytest.raises(
        InputError, match=r"t.csv:2: no picture 'a.jpg' in .*, or the folder of the pictures named, too"
    ):
        read_captions(table(photos, "t.csv", "image,caption\na.jpg,one\nb.png,two\n"))
    (photos / "metadata.csv").write_text("file_name,text\na.jpg,one\nb.png,two\n", encoding="utf-8")
    assert read_captions(photos).targets == ["one", "two"]
    (photos / "more.csv").write_text("")
    with pytest.raises(InputError, match=r"photos: 2 tables in it; expected a folder of pictures and a table"):
        read_captions(photos)


HEAD = "image,caption\na.jpg,one\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "x.jpg,two\ny.jpg,three\n", r"t.csv:3: no picture 'x.jpg' in .*photos; expected a file in this folder, "
         "or the row left out; so it is with 1 more"),
        (HEAD + "b.png, \n", r"t.csv:3: the caption of 'b.png' is empty; expected a text, or the row left out"),
        (HEAD + ",two\n", r"t.csv:3: no picture is named; expected a file, or the row left out"),
        (HEAD + "b.png,two,three\n", r"t.csv:3: 3 values; expected 2, as in the first line"),
        (HEAD, r"photos .*t.csv: 1 caption of pictures; expected at least 2"),
        ("image,caption\n", r"t.csv: 0 captions of pictures; expected at least 2"),
        ("", r"t.csv: empty; expected a first line with the names of the columns"),
        ("one,two\nthree,four\n", r"t.csv:1: nothing says which column names pictures; it has one, two: name yours"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_said_with_its_line(text, message, photos):
    with pytest.raises(InputError, match=message):
        read_captions([photos, table(photos, "t.csv", text)])


def test_what_is_wrong_with_paths_is_said(photos):
    path = table(photos, "t.csv", HEAD + "b.png,two\n")
    (photos.parent / "others").mkdir()
    for data, message in (
        ([photos, photos.parent / "gone.csv"], "gone.csv': no such file or folder; expected a folder of pictures and"),
        ([photos, photos.parent / "others", path], "photos and .*others: two folders of pictures; expected one"),
        ([photos], "photos: no table of captions in it; expected a folder of pictures and a table: .* captions.csv"),
        (photos / "a.jpg", "a.jpg: one picture; expected a folder of pictures and a table of captions"),
        ([photos.parent / "others", path], "others: no pictures in it"),
    ):
        with pytest.raises(InputError, match=message):
            read_captions(data)
    folder_of(photos, "deep/a.jpg", "x/same.png", "y/same.png")
    with pytest.raises(InputError, match=r"'same' may be .*x/same.png or .*y/same.png; expected the path below"):
        read_captions([photos, table(photos, "t.csv", HEAD + "same,two\n")])


def test_a_caption_that_comes_twice_is_kept_once_which_is_said(photos, caplog):
    examples = read_captions([photos, table(photos, "t.csv", HEAD + "b.png,one\na.jpg, one \n")])
    assert examples.targets == ["one", "one"]
    assert "the same caption of the same picture as before, left out: 1 row: " in caplog.text
    assert "t.csv:4" in caplog.text


def test_pictures_in_memory_are_kept_as_arrays_bytes_or_paths(photos):
    rows = picture()
    data = [(rows, "one"), (rows.copy(), ["two", "three"]), (Image.new("L", (2, 2)), "four"), (encoded(), "five")]
    examples = read_captions([*data, (photos / "a.jpg", "six")])
    assert examples.targets == ["one", "two", "three", "four", "five", "six"]
    assert examples.where == ["row 0", "row 1", "row 1", "row 2", "row 3", "row 4"]
    assert len(set(examples.groups)) == examples.distinct == 4
    assert examples.inputs[3].shape == (2, 2, 3)
    assert examples.inputs[-1] == str(photos / "a.jpg")
    assert read_captions((np.stack([rows, 255 - rows]), ["one", "two"])).targets == ["one", "two"]
    frame = pandas.DataFrame({"caption": ["one", "two"], "image": [str(photos / "a.jpg"), str(photos / "b.png")]})
    assert read_captions(frame).inputs == list(frame["image"])
    assert read_captions(examples) is examples


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([(picture(), "one"), (picture() / 255, "two")], "row 1: an array of float64; expected uint8"),
        ([(picture(), "one"), (picture(), " ")], "row 1: the caption is empty"),
        ([(picture(), "one"), (picture(), None)], "row 1: the caption is empty"),
        ([(picture(), "one"), ("gone.png", "two")], "row 1: no picture 'gone.png'; expected the path of a file"),
        ([(picture(), "one"), (3, "two")], "row 1: int; expected a picture: a path, bytes, an array or an image"),
        ((np.zeros((2, 2, 2, 3), np.uint8), ["one"]), "2 pictures and 1 captions; expected as many of each"),
        (7, r"int; expected a folder and a table of captions, rows \(picture, caption\)"),
        (pandas.DataFrame({"a": [1], "b": [2]}), "a frame with the columns a, b; expected two of them: columns="),
    ],
)
def test_what_is_wrong_in_memory_is_said_with_its_row(data, message):
    with pytest.raises(InputError, match=message):
        read_captions(data)


def test_captions_of_a_picture_stay_together_and_the_content_of_files_counts(photos):
    rows = [f"{name},{word}\n" for name in ("a.jpg", "b.png", "c.webp") for word in ("one", "two", "three")]
    path = table(photos, "t.csv", "picture,caption\n" + "".join(rows))
    examples = read_captions([photos, path])
    train, valid = examples.split(0.3, seed=1)
    assert len(valid) == 3
    assert not set(train.inputs) & set(valid.inputs)
    before = examples.fingerprint()
    photos.rename(photos.parent / "moved")
    moved = photos.parent / "moved"
    assert read_captions([moved, path]).fingerprint() == before
    folder_of(moved, "b.png")
    assert read_captions([moved, path]).fingerprint() != before
    (moved / "a.jpg").unlink()
    with pytest.raises(InputError, match=r"t.csv:2: .*photos/a.jpg: cannot be read: No such file"):
        examples.fingerprint()


def test_pictures_to_be_described_are_those_of_a_folder_or_named_by_a_table(photos):
    assert [(row.input, row.columns) for row in read_pictures(photos)] == [
        (str(photos / "a.jpg"), {"picture": "a.jpg"}),
        (str(photos / "b.png"), {"picture": "b.png"}),
        (str(photos / "deep/c.webp"), {"picture": "deep/c.webp"}),
    ]
    assert read_pictures(photos / "a.jpg") is None
    path = table(photos, "t.csv", "page,image\nhome,photos/a.jpg\nshop,photos/gone.png\nnone,\n")
    first, second, third = read_pictures(path)
    assert (first.input, first.columns["page"]) == (str(photos / "a.jpg"), "home")
    assert "t.csv:3: no picture 'photos/gone.png' in" in str(second.input)
    assert third.input == ""
    path = table(photos, "u.tsv", "photos/a.jpg\tx\nphotos/b.png\ty\n")
    assert [row.input for row in read_pictures(path)] == [str(photos / "a.jpg"), str(photos / "b.png")]
    assert [row.input for row in read_pictures(path, Layout("1"))] == [str(photos / "a.jpg"), str(photos / "b.png")]
    with pytest.raises(InputError, match=r"v.csv:1: no column names pictures; name yours with columns=\"PICTURE\""):
        list(read_pictures(table(photos, "v.csv", "x,y\n1,2\n")))


def test_a_sample_is_read_by_its_name():
    with pytest.raises(InputError, match="unknown sample 'sample:faces'; choose sample:glyphs"):
        read_captions(Path("sample:faces"))
