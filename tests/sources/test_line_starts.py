import pytest

from unrolled.sources.line_starts import common_start

WORDS = [
    "the",
    "sky",
    "is",
    "blue",
    "and",
    "a",
    "dog",
    "hears",
    "rain",
    "over",
    "old",
    "stones",
    "while",
    "trees",
    "stand",
]


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("2020-12-{n:02} 21:15 the server {w}", "2020-12-00"),
        ("[12:{n:02}:33] {w} begun", "[12:00:33]"),
        ("INFO {w} begun", "INFO"),
        ("ANNA: {w} begun", "ANNA:"),
        ("{n}. {w} begun", "0."),
        ("- {w} begun", "-"),
    ],
)
def test_lines_that_begin_alike(line, start):
    lines = [line.format(n=number, w=WORDS[number % len(WORDS)]) for number in range(40)]
    assert common_start(lines) == start
    assert common_start([*lines, *(f"{word} grows" for word in WORDS)]) == start
    assert common_start(lines[:10]) == ""


def test_a_play_and_prose():
    assert (
        common_start(f"{'ANNA' if number % 3 else 'OLD BOB'}: {WORDS[number % 15]}\n" for number in range(60))
        == "ANNA:"
    )
    assert common_start(f"{WORDS[number % 15]} {WORDS[number % 7]} 12\n" for number in range(60)) == ""
    assert common_start([]) == ""
