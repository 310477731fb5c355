import json
from dataclasses import dataclass

import numpy as np
import pytest

from unrolled import InputError
from unrolled.inputs.documents import Documents
from unrolled.text.cutting import UNKNOWN

MAILS = [
    "Hello all, the meeting with Ann is moved to 12 May. Room 7 is free.",
    "Dear team, the report of the meeting is in the folder. Bob has read it.",
    "Hello, please send the report to Ann before 12. The room is closed.",
]
SUBJECTS = ["Meeting with Ann moved", "Report of the meeting", "Send report to Ann"]
NOWHERE = np.zeros((0, 0), np.float32)


@dataclass
class Settings:
    """What `Documents.learn` asks of the settings of a task."""

    vocabulary: int = 20
    longest: int = 50
    copying: bool = True


@pytest.fixture(scope="module")
def documents() -> Documents:
    return Documents.learn(Settings(), MAILS, SUBJECTS)


def test_a_word_that_the_vocabulary_lacks_has_an_id_of_its_document(documents):
    encoded = documents.source("Xaver met Quux, and xaver met Zoe.")
    by_name = dict(zip([name.strip() for name in encoded.names], encoded.inputs.tolist(), strict=True))
    lacking = [by_name[name] for name in ("Xaver", "met", "Quux", "and", "Zoe")]
    assert lacking == list(range(documents.vocabulary, documents.vocabulary + 5))
    assert by_name["xaver"] == by_name["Xaver"]
    assert UNKNOWN not in encoded.inputs


def test_a_summary_copies_what_the_document_holds_and_nothing_else(documents):
    source, target = documents.pair("Xaver met Quux.", "xaver met nobody")
    assert target.tolist()[0] == source.tolist()[0] >= documents.vocabulary
    assert target.tolist()[-1] == UNKNOWN


def test_copied_words_are_written_as_the_document_has_them(documents):
    text = "We hear that McQuux of NASA met iPhone users in room B12."
    encoded = documents.source(text)
    ids = documents.pair(text, "nasa met mcquux in b12")[1]
    assert documents.text(ids.tolist(), encoded, NOWHERE) == "NASA met McQuux in B12"
    names = documents.target_names(ids.tolist(), encoded)
    assert [name.strip() for name in names] == ["NASA", "met", "McQuux", "in", "B12"]


def test_numbers_may_only_be_copied(documents):
    texts = [documents.target_names([i], documents.source(""))[0] for i in documents.only_copied]
    assert texts
    assert all(any(sign.isdigit() for sign in text) for text in texts)


def test_lengths_are_those_of_summaries_learnt_from(documents):
    assert documents.lengths("short").most <= documents.lengths("long").least <= documents.lengths(None).most == 4
    assert documents.lengths(None).least == 1


def test_a_long_document_is_cut_and_that_is_said(documents):
    encoded = documents.source("word " * 60)
    assert (len(encoded.inputs), encoded.cut) == (51, 10)
    assert "first 50 of 60 words" in documents.about(encoded, "")
    huge = documents.source("word " * 2_000_000)
    assert len(huge.inputs) == 51
    assert huge.cut == 2_000_000 - 50


def test_saved_documents_are_restored(documents):
    again = Documents.restored(documents.saved())
    text = "Xaver met Ann on 12 May, and Bob."
    assert again.source(text).inputs.tolist() == documents.source(text).inputs.tolist()
    ids = documents.pair(text, "bob met ann")[1].tolist()
    assert again.text(ids, again.source(text), NOWHERE) == documents.text(ids, documents.source(text), NOWHERE)
    assert again.lengths("long") == documents.lengths("long")


@pytest.mark.parametrize(
    ("key", "value"), [("longest", 0), ("longest", "5"), ("lengths", [3, 2, 1]), ("lengths", [0, 1, 1]), ("folding", 1)]
)
def test_a_damaged_file_is_named(documents, key, value):
    files = documents.saved()
    saved = json.loads(files["documents.json"])
    with pytest.raises(InputError, match=r"documents\.json"):
        Documents.restored({**files, "documents.json": json.dumps({**saved, key: value})})
    with pytest.raises(InputError, match=r"words\.json is missing"):
        Documents.restored({"documents.json": files["documents.json"]})


def test_a_beginning_has_words_of_vocabulary_or_document(documents):
    encoded = documents.source("Xaver met Ann.")
    assert documents.beginning("Xaver met", encoded) == encoded.inputs.tolist()[:2]
    with pytest.raises(InputError, match="cannot be written"):
        documents.beginning("nobody", encoded)
    with pytest.raises(InputError, match="glossary"):
        documents.source("Xaver", {"a": "b"})
