"""Subtitles: times, tags and dashes stay, lines are broken again, and damage is located."""

import pytest

from unrolled.documents.base import translate_document
from unrolled.documents.subtitles import subtitles
from unrolled.errors import InputError

FILM = """\ufeff1
00:00:01,000 --> 00:00:02,500
<i>Where are you going
with that bicycle?</i>

2
00:00:03,000 --> 00:00:04,000 X1:20
- Home. It is late.
- {\\an8}Fine, then.

7
00:00:05,000 --> 00:00:06,000

8
00:00:07,000 --> 00:00:08,000
A <b>long</b> line."""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_what_is_not_translated_comes_back_to_the_letter(line_end):
    text = FILM.replace("\n", line_end)
    document = subtitles(text, "en", "film.srt")
    assert document.filled(document.segments) == text
    told = [
        "Where are you going with that bicycle?",
        "Home.",
        "It is late.",
        "Fine, then.",
        "A <b>long</b> line.",
    ]
    assert document.segments == told


def test_a_sentence_over_two_lines_is_broken_again_into_similar_ones():
    document = subtitles(FILM, "en", "film.srt")
    german = ["Wohin fährst du denn mit diesem Fahrrad da?", "Heim.", "Spät.", "Gut.", "Eine lange Zeile. " * 3]
    text = document.filled(german)
    assert "2,500\n<i>Wohin fährst du denn\nmit diesem Fahrrad da?</i>\n\n2\n" in text
    assert "X1:20\n- Heim. Spät.\n- {\\an8}Gut.\n\n7\n00:00:05,000 --> 00:00:06,000\n\n8\n" in text
    last = text.partition("08,000\n")[2].split("\n")
    assert len(last) == 2
    assert "<b>" in text
    assert "</b>" in text


@pytest.mark.parametrize(
    ("damaged", "line"),
    [
        (FILM.replace("00:00:01,000 -->", "00:0x:01 -->"), 2),
        (FILM.replace("00:00:03,000 -->", "00:0x:03 -->"), 7),
        (FILM.replace("05,000 --> ", "05,000 "), 12),
        (FILM.replace("00:00:07,000 --> 00:00:08,000\n", ""), 15),
        ("Only a text\nof two lines\n", 1),
    ],
)
def test_damage_is_located(damaged, line):
    for text in (damaged, damaged.replace("\n", "\r\n")):
        with pytest.raises(InputError, match=rf"^film\.srt:{line}: .*expected a line of times"):
            subtitles(text, "en", "film.srt")


def test_nothing_is_nothing():
    assert translate_document(subtitles("", "en", "film.srt"), list) == ""
