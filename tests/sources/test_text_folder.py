import pytest

from unrolled import InputError
from unrolled.sources.text_folder import holds_texts, read_text_folder


def folder(tmp_path, **files):
    for name, content in files.items():
        path = tmp_path / name.replace("__", "/").replace("_txt", ".txt").replace("_wav", ".wav")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path


def read(path, **more):
    return [(one.input, one.label, one.where.removeprefix(str(path))) for one in read_text_folder(path, **more)]


def test_each_file_is_a_text_and_its_folder_the_label(tmp_path, caplog):
    path = folder(
        tmp_path,
        pos__1_txt="a fine\n\nfilm\n",
        neg__deep__2_txt="\ufeffdull",
        neg__53126="no suffix",
        pos__empty_txt=" \n",
        pos__README_txt="of the makers",
        pos__notes_txt="of the makers",
        pos__picture="",
        urls_pos_txt="http://",
        README="of the makers",
        unsup__3_txt="no label",
    )
    (path / "pos" / ".hidden.txt").write_text("hidden")
    (path / "pos" / "a.html").write_text("page")
    assert read(path) == [
        ("no suffix", "neg", "/neg/53126"),
        ("dull", "neg", "/neg/deep/2.txt"),
        ("a fine\n\nfilm", "pos", "/pos/1.txt"),
    ]
    (said,) = [record.message for record in caplog.records]
    assert f"{path}: passed over, as no texts with a label, 8 files: {path}/README, {path}/urls_pos.txt" in said


def test_what_windows_wrote_is_said_once(tmp_path, caplog):
    path = folder(tmp_path, a__1_txt="né".encode("cp1252"), b__1_txt="“né”".encode("cp1252"), b__2_txt="né")
    assert [one[0] for one in read(path)] == ["né", "“né”", "né"]
    assert len(caplog.records) == 1
    assert "not valid utf-8, so read as Windows writes (cp1252, latin-1), 2 files" in caplog.text


def test_groups_are_folders(tmp_path):
    path = folder(tmp_path, a__ann__1_txt="x", a__bob__1_txt="y", b__ann__1_txt="z")
    assert [one.group for one in read_text_folder(path, group="folder")] == ["ann", "bob", "ann"]
    with pytest.raises(InputError, match="group is '2'; expected of texts folder"):
        read(path, group="2")
    (path / "b" / "2.txt").write_text("x")
    with pytest.raises(InputError, match=r"b/2\.txt: in no folder of a group"):
        list(read_text_folder(path, group="folder"))


def test_texts_or_sounds(tmp_path):
    assert holds_texts(folder(tmp_path / "texts", a__1_txt="x"))
    assert not holds_texts(folder(tmp_path / "sounds", a__1_wav="", a__words_txt="what is said"))
    assert not holds_texts(folder(tmp_path / "notes", a__README_txt="x"))


def test_advice_works_when_followed(tmp_path):
    path = folder(tmp_path, train__a__1_txt="x", test__a__1_txt="y")
    with pytest.raises(InputError, match=rf"holds test and train; name one of these: {path}/test"):
        read(path)
    assert read(path / "train") == [("x", "a", "/a/1.txt")]
    path = folder(tmp_path / "flat", one_txt="x")
    with pytest.raises(
        InputError, match=r"no folder in it; expected one folder for each label, .* FOLDER/LABEL/\*\.txt"
    ):
        read(path)
