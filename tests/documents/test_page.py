"""Web pages: text and inline tags are translated, the rest stays as it was."""

import pytest

from unrolled.documents.base import translate_document
from unrolled.documents.page import page

PAGE = """<!DOCTYPE html>
<html lang=en><head><title>My &amp; page</title><meta name="description" content='A "nice" page'>
<meta name=author content="Anna"><style>p > b {color: red}</style></head>
<body><!-- Words --><h1 class="a>b">Title</h1>
<p>
  This is <b>bold</b> and <a href="x?a=1&b=2" title="Read on">a link</a>.
  Call <code>f(x)</code> first; 1 &lt; 2 &copy; AT&T.<br>
  Then <i>go <u>home</u></i>! <span translate="no">Unrolled</span> is it.
<p>unclosed <img src=a.png alt="A man">
<ul><li>one<li>two</ul><script>var a = "<p>x</p>";</script>
<pre>x y</pre>Line one.<br><br>Line two. <textarea>T</textarea><input type=submit value="Send">
<div class="notranslate"><p>Not <b>this</b></p></div>
</body></html>
"""
SENTENCES = [
    *("My & page", 'A "nice" page', "Title", "This is <b2>bold</b2> and <a6>a link</a6>."),
    *("Call <code10/> first; 1 &lt; 2 © AT&T.", "Then <i14>go <u16>home</u16></i14>!", "<span21/> is it.", "Read on"),
    *("unclosed", "A man", "one", "two", "Line one.", "Line two.", "Send"),
]


def test_sentences_have_short_tags_and_the_page_comes_back_to_the_letter():
    document = page(PAGE, "en")
    assert document.segments == SENTENCES
    assert document.filled(SENTENCES) == PAGE


def test_what_looks_like_a_tag_in_a_translation_is_text():
    document = page("<p>a < b</p>", "en")
    assert document.segments == ["a < b"]
    assert document.filled(["<i>x</i> < & y"]) == "<p>x &lt; &amp; y</p>"


def test_translations_stand_where_the_sentences_stood():
    german = {
        "My & page": "Meine & Seite",
        'A "nice" page': 'Eine "nette" Seite',
        "This is <b2>bold</b2> and <a6>a link</a6>.": "<a6>Ein Verweis</a6> < 2 und <b2>fett</b2>.",
        "<span21/> is it.": "Das ist <span21/>.",
        "Read on": "Mehr",
        "A man": "Ein Mann",
    }
    text = translate_document(page(PAGE, "en"), lambda sentences: [german.get(one, one) for one in sentences])
    assert "<title>Meine &amp; Seite</title>" in text
    assert "content='Eine &quot;nette&quot; Seite'>" in text
    assert '<p>\n  <a href="x?a=1&b=2" title="Mehr">Ein Verweis</a> &lt; 2 und <b>fett</b>. Call <code>f(x)' in text
    assert 'Das ist <span translate="no">Unrolled</span>.\n<p>unclosed <img src=a.png alt="Ein Mann">' in text
    start, end = PAGE.index("<ul>"), PAGE.index("<pre>")
    assert PAGE[start:end] in text


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        ("<p>a <b>c", ["a <b2>c"]),
        ("a &lt; b &amp;lt; c & d", ["a &lt; b &amp;lt; c & d"]),
        ("<p translate=no>x<p>y", ["y"]),
        ("one <!-- two --> three", ["one <comment2/> three"]),
        ("<a><div>x</div></a>", ["x"]),
        ("<svg><title>t</title></svg><button>Go</button>", ["Go"]),
        ("", []),
        ("&#60;b&#62; &#8211; &nbsp;x", ["&#60;b&#62; – \u00a0x"]),
    ],
)
def test_odd_pages(source, sentences):
    document = page(source, "en")
    assert document.segments == sentences
    assert document.filled(sentences) == source
    again = page(document.filled([sentence + "!" for sentence in sentences]), "en").segments
    assert again == [sentence + "!" for sentence in sentences]


def test_the_language_is_the_one_that_the_page_names():
    text = "<p>Das kostet z. B. 3 Euro. Gut.</p>"
    assert page(f'<html lang="de-AT">{text}', "en").segments == ["Das kostet z. B. 3 Euro.", "Gut."]
