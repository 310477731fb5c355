"""The signs of accelerators are taken out and put back."""

import pytest

from unrolled.documents.accelerators import accelerator


@pytest.mark.parametrize(
    ("message", "text", "translation", "expected"),
    [
        ("&File", "File", "Datei", "&Datei"),
        ("Save &As…", "Save As…", "Speichern als …", "Speichern &als …"),
        ("E_xit", "Exit", "Beenden", "_Beenden"),
        ("_Help", "Help", "Hilfe", "_Hilfe"),
        ("~Open", "Open", "Öffnen", "~Öffnen"),
        ("AT&T", "AT&T", "AT&T", "AT&T"),
        ("user_name", "user_name", "x", "x"),
        ("Q&A", "Q&A", "x", "x"),
        ("a && b", "a && b", "x", "x"),
        ("&File", "File", "…", "…"),
    ],
)
def test_a_sign_goes_and_comes_back(message, text, translation, expected):
    found = accelerator(message)
    assert (found.text, found.put(translation)) == (text, expected)
