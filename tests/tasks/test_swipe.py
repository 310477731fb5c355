"""A keyboard that is taught to read strokes."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import unrolled
from unrolled import InputError, Swipe, Training
from unrolled.strokes.layouts import LAYOUTS

QUICK = Training(minutes=0.001, batch=2)
STROKE = [[4.0, 0.0, 0.0], [5.5, 1.0, 0.3], [2.0, 0.0, 0.6]]  # the


@pytest.fixture
def folder(keyboard: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(keyboard, tmp_path / "keyboard"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_keyboard_reads_strokes_and_stays_what_it_was(folder: Path, tmp_path: Path) -> None:
    before = contents(folder)
    with pytest.raises(InputError, match="reads no strokes"):
        unrolled.load(folder).session().swipe(STROKE)
    task = Swipe(width=4, training=QUICK).fit(folder, show=False)
    assert "qwerty" in task.summary()
    task.save(folder, overwrite=True)
    after = contents(folder)
    assert after.keys() - before.keys() == {"strokes.json", "strokes.safetensors"}
    assert {name for name in before if before[name] != after[name]} == {"config.json"}
    config, earlier = json.loads(after["config.json"]), json.loads(before["config.json"])
    assert {name: config[name] for name in ("task", "settings", "training", "fitted")} == {
        name: earlier[name] for name in ("task", "settings", "training", "fitted")
    }
    model = unrolled.load(folder)
    assert model.metadata()["strokes"][0]["name"] == "qwerty"
    found = model.session().swipe(STROKE)
    assert found
    assert found == model.session().swipe(STROKE, "qwerty")
    model.save(tmp_path / "copy")
    assert unrolled.load(tmp_path / "copy").session().swipe(STROKE) == found
    task.save(folder, overwrite=True)  # taught again: replaced, not added
    assert contents(folder).keys() == after.keys()


def test_a_layout_of_ones_own_is_kept_in_the_model(folder: Path, tmp_path: Path) -> None:
    rows = [{"keys": list(row)} for row in ("zyxwvutsr", "qponmlkji", "hgfedcba")]
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"name": "mine", "rows": rows}))
    Swipe(layout=str(path), width=2, training=QUICK).fit(folder, show=False).save(folder, overwrite=True)
    path.unlink()
    model = unrolled.load(folder)
    assert [layout["name"] for layout in model.metadata()["strokes"]] == ["mine", *LAYOUTS]
    assert model.session().swipe(STROKE, "mine") == model.session().swipe(STROKE)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layout": "йцукен"}, r"йцукен lacks letters of \d+ of \d+ words \(such as .*expected a --layout that"),
        ({"layout": "dvorak"}, "there is no layout 'dvorak'"),
        ({"layout": "none.json"}, "none.json"),
        ({"width": 0}, "width is 0"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(folder: Path, change, said: str) -> None:
    before = contents(folder)
    with pytest.raises(InputError, match=said):
        Swipe(training=QUICK, **change).fit(folder, show=False)
    assert contents(folder) == before


def test_data_that_is_no_next_word_model_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("the cat")
    for data, said in (
        (tmp_path / "text.txt", "is a file; expected a folder that"),
        (tmp_path / "none", "No such file"),
        ([folder, folder], "expected the folder of one next-word model"),
        (3, "expected the folder of one next-word model"),
    ):
        with pytest.raises(InputError, match=said):
            Swipe(training=QUICK).fit(data, show=False)


def test_without_torch_it_says_what_to_install(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr("unrolled.tasks.base.find_spec", lambda name: None)
    with pytest.raises(unrolled.MissingExtra, match="torch"):
        Swipe(training=QUICK).fit(folder, show=False)


def test_the_command_adds_to_the_model_that_it_is_given(folder: Path, run_command) -> None:
    code, _, said = run_command("fit", "swipe", folder, "-o", folder, "--width", 2, "--minutes", 0.001, "--batch", 2)
    assert code == 0, said
    assert "unrolled fit swipe" in said or "unrolled serve" in said or "--resume" in said
    assert unrolled.load(folder).strokes_ is not None
    code, _, said = run_command("fit", "swipe", folder, "-o", folder.with_name("other"), "--layout", "qwerti")
    assert code == 2
    assert "there is no layout 'qwerti'" in said
    assert not folder.with_name("other").exists()


def test_an_altered_file_of_strokes_is_found(folder: Path) -> None:
    Swipe(width=2, training=QUICK).fit(folder, show=False).save(folder, overwrite=True)
    path = folder / "strokes.safetensors"
    blob = bytearray(path.read_bytes())
    blob[-1] ^= 1
    path.write_bytes(blob)
    with pytest.raises(InputError, match=r"strokes\.safetensors: altered"):
        unrolled.load(folder)


def test_strokes_of_other_layouts_are_read(folder: Path) -> None:
    Swipe(width=2, training=QUICK).fit(folder, show=False).save(folder, overwrite=True)
    keyboard = unrolled.load(folder).session()
    assert np.isfinite([one.score for one in keyboard.swipe(STROKE, "azerty")]).all()
    with pytest.raises(InputError, match="there is no layout 'x'"):
        keyboard.swipe(STROKE, "x")


def test_saved_strokes_are_measured_beside_template_matching(folder: Path, tmp_path: Path) -> None:
    Swipe(width=2, training=QUICK).fit(folder, show=False).save(folder, overwrite=True)
    path = tmp_path / "strokes.jsonl"
    line = {"word": "the", "stroke": STROKE}
    path.write_text("".join(json.dumps(one) + "\n" for one in (line, line | {"before": "I see ", "layout": "qwerty"})))
    result = unrolled.load(folder).evaluate(path, show=False)
    assert result.metrics["examples"] == 2
    assert result.baseline == {"top1_recall": 1.0, "top3_recall": 1.0, "examples": 2.0}
    assert 0 <= result.metrics["top1_recall"] <= result.metrics["top3_recall"] <= 1
    path.write_text(json.dumps(line | {"layout": "x"}) + "\n")
    with pytest.raises(InputError, match="there is no layout 'x'"):
        unrolled.load(folder).evaluate(path, show=False)
