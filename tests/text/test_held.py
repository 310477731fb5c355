"""Spans that a translation carries over."""

import pytest

from unrolled.text.held import carries_numbers, common, spans, without


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("<b>Two</b> men<br/> a<b", ["<b>", "</b>", "<br/>"]),
        ('<a href="x y">go</a> &amp; <!-- no -->', ['<a href="x y">', "</a>", "&amp;", "<!-- no -->"]),
        ("{name} {0} {{x}} ${x} {a b}", ["{name}", "{0}", "{{x}}", "${x}"]),
        ("%s %(name)d %1$s %5.2f %% 100% sure, 5% of", ["%s", "%(name)d", "%1$s", "%5.2f", "100", "5"]),
        ("1,000.50 3:30pm 80s 1/2 mp3 COVID-19-free", ["1,000.50", "3:30", "80", "1/2", "mp3", "COVID-19"]),
        ("(http://a.de/b?c=1), www.x.org. me@a-b.co.uk!", ["http://a.de/b?c=1", "www.x.org", "me@a-b.co.uk"]),
        ("nothing < here > & there", []),
    ],
)
def test_what_is_held(text: str, held: list[str]) -> None:
    assert [span.text for span in spans(text)] == held
    assert all(text[span.start : span.end] == span.text for span in spans(text))


def test_common_spans_are_paired_each_with_one() -> None:
    left, right = common("7 dogs, 7 cats, 3 <b>", "<b> 7 Katzen, 7 Hunde, 7, drei")
    assert [span.text for span in left] == ["7", "7", "<b>"]
    assert [span.start for span in right] == [4, 14, 0]


def test_numbers_are_carried_where_the_pairs_do_not_rewrite_them() -> None:
    sources = [f"{n} dogs, {{0}}" for n in range(30)]
    same, words = [f"{n} Hunde, {{0}}" for n in range(30)], ["zwei Hunde, {0}"] * 30
    assert carries_numbers(sources, [*same[:15], *words[15:]])
    assert not carries_numbers(sources, [*same[:5], *words[5:]])
    assert carries_numbers(sources[:19], words[:19])
    assert carries_numbers(["{0} dogs"] * 30, words)


def test_what_stands_between() -> None:
    assert without("a 1 b", spans("a 1 b")) == ["a ", " b"]
    assert without("", []) == [""]


HOSTILE = ["<a ", "%", "a@", "{", "1.", "a-", "<!--", "%(", "www.", "http://", "&#"]


@pytest.mark.parametrize("part", HOSTILE)
def test_a_long_run_of_what_a_span_begins_with_takes_no_square_of_time(part: str) -> None:
    text = part * 20_000
    assert all(text[span.start : span.end] == span.text for span in spans(text))
