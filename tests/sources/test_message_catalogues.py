import json
import sys
from importlib.metadata import distributions

import pytest

from unrolled.errors import InputError, MissingExtra
from unrolled.sources import message_catalogues
from unrolled.sources.pairs import read_pairs

polib = pytest.importorskip("polib")

MESSAGES = {"Open the file": "Datei öffnen", "Welcome\nto this page": "Willkommen\nauf dieser Seite", "OK": "OK"}


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A function that installs a package with one catalogue."""
    monkeypatch.setattr(message_catalogues, "distributions", lambda: distributions(path=[str(tmp_path)]))

    def install(package, language, messages, suffix=".mo", plurals=()):
        file = tmp_path / package / "locale" / language / "LC_MESSAGES" / f"{package}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        if suffix == ".mo":
            catalogue = polib.POFile()
            catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8"}
            catalogue.extend(polib.POEntry(msgid=one, msgstr=other) for one, other in messages.items())
            catalogue.extend(
                polib.POEntry(msgid=one, msgid_plural=many, msgstr_plural=forms) for one, many, forms in plurals
            )
            catalogue.save_as_mofile(str(file))
        else:
            file.write_text(json.dumps({"": {"domain": package}, **messages}))
        about = tmp_path / f"{package}-1.0.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        with (about / "RECORD").open("a") as record:
            record.write(f"{file.relative_to(tmp_path).as_posix()},,\n")
        return file

    return install


def pairs_of(examples):
    return dict(zip(examples.inputs, examples.targets, strict=True))


def test_messages_of_all_packages_that_are_written_in_english(installed, caplog):
    file = installed("editor", "de", MESSAGES | {"Save": ""})
    installed("viewer", "de_DE", {"Close the window": "Fenster schließen", "Open the file": "Datei öffnen"})
    installed("feasts", "de", {"Boże Narodzenie": "Weihnachten"})
    installed("editor", "fr", {"Open the file": "Ouvrir le fichier"})
    examples = read_pairs("sample:messages:de")
    assert pairs_of(examples) == {
        "Open the file": "Datei öffnen",
        "Welcome to this page": "Willkommen auf dieser Seite",
        "Close the window": "Fenster schließen",
    }
    assert f"{file}: 'Open the file'" in examples.where
    assert "sample:messages:de: 3 pairs of editor, viewer: a small sample" in caplog.text
    assert pairs_of(read_pairs("sample:messages:de-DE")) == pairs_of(examples)


def test_of_a_plural_there_is_one_and_many(installed):
    forms = {0: "%d файл из них", 1: "%d файла из них", 2: "%d файлов из них"}
    installed("editor", "ru", {}, plurals=[("%d of the files", "%d of these files", forms)])
    assert pairs_of(read_pairs("sample:messages:ru")) == {"%d of the files": forms[0], "%d of these files": forms[2]}


def test_json_is_read_where_the_catalogue_is_not_compiled(installed):
    json_messages = {"Open the file": ["Datei öffnen"], "menu\x04Close the file": ["Datei schließen", "Dateien"]}
    installed("editor", "de", {"no": ["nein"]}, ".json")
    installed("editor", "de", MESSAGES)
    installed("viewer", "de", json_messages, ".json")
    assert set(pairs_of(read_pairs("sample:messages:de"))) == {
        "Open the file",
        "Welcome to this page",
        "Close the file",
    }


def test_the_languages_that_there_are_are_named(installed):
    with pytest.raises(InputError, match="into de; none translates any: pip install jupyterlab-language-pack"):
        read_pairs("sample:messages:de")
    installed("feasts", "de", {"Boże Narodzenie": "Weihnachten"})
    installed("editor", "fr", MESSAGES)
    installed("editor", "pt_BR", MESSAGES)
    installed("editor", "pt_PT", MESSAGES)
    for language in ("de", "", "xx"):
        with pytest.raises(InputError, match="there are fr, pt_br, pt_pt"):
            read_pairs(f"sample:messages:{language}")
    with pytest.raises(InputError, match="sample:messages:pt: several regions have messages; choose pt_br, pt_pt"):
        read_pairs("sample:messages:pt")
    assert len(read_pairs("sample:messages:pt-BR")) == 2


def test_a_damaged_catalogue_is_named(installed):
    file = installed("editor", "de", MESSAGES)
    file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(InputError, match=r"editor\.mo: no sound catalogue"):
        read_pairs("sample:messages:de")
    file.write_bytes(b"no catalogue at all")
    with pytest.raises(InputError, match=r"editor\.mo: no sound catalogue"):
        read_pairs("sample:messages:de")


def test_without_polib_the_extra_is_named(installed, monkeypatch):
    installed("editor", "de", MESSAGES)
    monkeypatch.setitem(sys.modules, "polib", None)
    with pytest.raises(MissingExtra, match=r"unrolled\[documents\]"):
        read_pairs("sample:messages:de")
