"""Plain text: what stands around sentences stays."""

from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.documents.base import Document, translate_document
from unrolled.documents.plain import plain_text


def shouted(document: Document) -> str:
    return translate_document(document, lambda sentences: [sentence.upper() for sentence in sentences])


WORDS = st.sampled_from(
    ["Mr. Smith", "says", "hello.", "Why?", "“so”", "a <b>word</b>", "3.5", "{name}", "ä", "日本。"]
)
SPACES = st.sampled_from([" ", "  ", "\n", "\r\n", "\n\n", "\r", "\t", "\n  - ", "\u2028", "\x0c"])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(WORDS, SPACES)), st.text(max_size=20))
def test_what_is_not_translated_comes_back_to_the_letter(pieces, end):
    text = "".join(word + space for word, space in pieces) + end
    document = plain_text(text, "en")
    assert document.filled(document.segments) == text
    assert all(segment.strip() == segment != "" for segment in document.segments)


def test_paragraphs_lines_and_signs_of_lists_stay():
    text = "Dear Anna,\r\n\r\n\r\n  - milk. And e.g. honey\r\n\t* eggs  \r\n2) one\r\n> Bye\r\n"
    document = plain_text(text, "en")
    assert document.segments == ["Dear Anna,", "milk.", "And e.g. honey", "eggs", "one", "Bye"]
    assert shouted(document) == text.upper()


def test_a_wrapped_paragraph_is_one_text_and_is_wrapped_again():
    paragraph = (
        "   I write to you, because the weather is\n  so nice that nobody wants to go home, and\n  neither do I."
    )
    text = f"{paragraph}\n\nBye\n"
    document = plain_text(text, "en")
    whole = "I write to you, because the weather is so nice that nobody wants to go home, and neither do I."
    assert document.segments == [whole, "Bye"]
    assert shouted(document) == text.upper()
    longer = document.filled(["lang " * 20, "Bye"])
    assert max(map(len, longer.split("\n"))) <= 42
    assert longer.startswith("   lang lang")
    assert "\n  lang" in longer


def test_lines_that_are_sentences_are_texts_of_their_own():
    text = "a man is riding a bicycle down the street at night\ntwo dogs play\nan old woman is reading in the park\n"
    assert plain_text(text, "en").segments == text.splitlines()
    address = "Anna Smith\n12 Main Street\nLondon"
    assert plain_text(address, "en").segments == address.splitlines()
