"""Sentences are cut outside of tags alone."""

from unrolled.documents.sentences import cut


def test_a_text_is_cut_where_sentences_end():
    found = cut(" Mr. Smith came.  He left! 😀 Why?", "en")
    assert found.sentences == ["Mr. Smith came.", "He left!", "😀 Why?"]
    assert found.joined(["A.", "B!", "C?"]) == " A.  B! C?"


def test_a_pair_of_tags_is_never_cut_apart():
    assert cut("<b>One. Two.</b> <i>Three.</i> Four.", "en").sentences == ["One. Two.", "Three.", "Four."]
    assert cut("It <b>is. So</b> be it. Yes.", "en").sentences == ["It <b>is. So</b> be it.", "Yes."]


def test_what_encloses_a_sentence_stands_between():
    found = cut("<p1><b2>One.</b2></p1><br3/> Then <b4>two</b4>", "en")
    assert found.sentences == ["One.", "Then <b4>two</b4>"]
    assert found.between == ["<p1><b2>", "</b2></p1><br3/> ", ""]


def test_what_is_a_word_of_the_sentence_stays_in_it():
    assert cut("Go. <code1/> is it.", "en").sentences == ["Go.", "<code1/> is it."]


def test_a_text_without_words_has_no_sentences():
    found = cut(" <br/> \n", "en")
    assert (found.sentences, found.between) == ([], [" <br/> \n"])


def test_scripts_without_spaces_have_none_between_sentences():
    chinese = cut("他说：你好。我走了！", "zh")
    assert chinese.joined(["He said hello.", "I left!"]) == "He said hello. I left!"
    assert cut("He said hello. I left!", "en").joined(["他说：你好。", "我走了！"]) == "他说：你好。我走了！"
