"""Files are read by their suffix, in their encoding, and what cannot be read is said."""

import sys

import pytest

from unrolled.documents import reading
from unrolled.documents.base import translate_document
from unrolled.documents.reading import document_of, read_document
from unrolled.errors import InputError, MissingExtra


def test_sentences_are_asked_for_once_and_only_those_with_letters():
    asked = []

    def translate(sentences):
        asked.extend(sentences)
        return [sentence.upper() for sentence in sentences]

    document = document_of("Yes. No. Yes.\n\n42\n%s\n")
    assert translate_document(document, translate) == "YES. NO. YES.\n\n42\n%s\n"
    assert asked == ["Yes.", "No."]
    assert document.filled(["Ja.", "", " ", "x", "y"]).startswith("Ja. No. Yes.\n")
    assert translate_document(document_of("1\n"), translate) == "1\n"
    with pytest.raises(InputError, match="1 translations of 5 sentences"):
        document.filled(["x"])


def test_a_file_comes_back_in_its_encoding(tmp_path):
    path = tmp_path / "letter.txt"
    for content in ("Füße.\r\n".encode("utf-8-sig"), "Füße.\n".encode("utf-16"), "Füße.\n".encode()):
        path.write_bytes(content)
        document = read_document(path)
        assert document.segments == ["Füße."]
        assert document.encoded(document.filled(["Füße."])) == content
    declared = tmp_path / "page.html"
    declared.write_bytes('<meta charset="iso-8859-1"><p>Füße'.encode("latin-1"))
    document = read_document(declared)
    assert document.segments == ["Füße"]
    assert document.encoded("€") == b"&#8364;"


def test_what_cannot_be_read_is_said(tmp_path, monkeypatch):
    path = tmp_path / "letter.docx"
    with pytest.raises(InputError, match=r"letter\.docx: .*expected one of \.txt"):
        read_document(path)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_document(tmp_path / "letter.txt")
    bad = tmp_path / "bad.txt"
    bad.write_bytes("ein\nä\n".encode() + b"\xff\n" + "äöü".encode())
    with pytest.raises(InputError, match=r"bad\.txt:3: byte 0xff"):
        read_document(bad)
    bad.write_bytes(b"\0\1\2")
    with pytest.raises(InputError, match="binary"):
        read_document(bad)
    monkeypatch.setattr(reading, "LARGEST", 2)
    with pytest.raises(InputError, match="larger than"):
        read_document(bad)
    latin = document_of("x")
    with pytest.raises(InputError, match="cannot be written in ascii"):
        type(latin)("x", [], "ascii").encoded("ä")


@pytest.mark.parametrize(("library", "suffix"), [("sentencex", ".txt"), ("polib", ".po"), ("srt", ".srt")])
def test_a_missing_library_is_named(library, suffix, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=rf"{library}.*unrolled\[documents\]"):
        document_of("x", suffix)
