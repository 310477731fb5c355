import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrolled.errors import InputError
from unrolled.text import cutting, tokens
from unrolled.text.tokens import END, UNKNOWN, Tokenizer

KINDS = ("word", "space", "character", "bpe")
TEXT = [
    'Hello, world. Don\'t you ("really") see the well-known U.S. coast, 3.14 miles off?',
    "The dogs' tails -- rock 'n' roll, 1914–1918: $1,000 at 21:30; and/or 50%!",
    "l’homme: किताब 漢字 émigré",
]
TRAINED = {kind: Tokenizer.train(kind, TEXT, 600) for kind in KINDS}


@pytest.fixture(params=KINDS)
def trained(request):
    return TRAINED[request.param]


def texts(tokenizer, text):
    return [tokenizer.tokens[i] for i in tokenizer.encode(text)]


def test_words_are_cut_as_one_reads_them():
    expected = [
        ("Don't you see?", ["Don't", "you", "see", "?"]),
        ("the well-known U.S. coast, 3.14", ["the", "well-known", "U.S", ".", "coast", ",", "3.14"]),
        ("$1,000 at 21:30.", ["$", "1,000", "at", "21:30", "."]),
        ("l’homme\tकिताब\n漢字", ["l’homme", "किताब", "漢", "字"]),
    ]
    for text, words in expected:
        assert texts(TRAINED["word"], text) == words


def test_case_is_kept():
    assert texts(TRAINED["word"], "The the") == ["The", "the"]


@pytest.mark.parametrize("paragraph", TEXT)
def test_what_is_encoded_is_decoded_as_it_was_written(trained, paragraph):
    assert trained.decode(trained.encode(paragraph)) == paragraph


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_byte_pairs_lose_nothing_and_know_everything(text):
    ids = TRAINED["bpe"].encode(text)
    assert UNKNOWN not in ids
    assert END not in ids
    assert TRAINED["bpe"].decode(ids) == text


@given(st.text(st.sampled_from("".join(TEXT))))
def test_characters_are_exact(text):
    assert TRAINED["character"].decode(TRAINED["character"].encode(text)) == text
    assert len(TRAINED["character"].encode(text)) == len(text)


def test_ids_are_ranked_by_frequency_then_text():
    trained = Tokenizer.train("word", ["b b a a c", "c c d"], 5)
    assert trained.tokens == ["<unk>", "<eos>", "c", "a", "b"]
    assert trained.encode("d c").tolist() == [UNKNOWN, 2]
    assert len(trained) == 5


def test_training_twice_gives_the_same(trained):
    assert Tokenizer.train(trained.kind, TEXT, 600).to_json() == trained.to_json()


def test_the_json_alone_restores_it(trained):
    again = Tokenizer.from_json(trained.to_json())
    assert (again.kind, again.tokens, again.to_json()) == (trained.kind, trained.tokens, trained.to_json())
    np.testing.assert_array_equal(again.encode(TEXT[0]), trained.encode(TEXT[0]))


@pytest.mark.parametrize("kind", ["word", "character", "bpe"])
def test_special_texts_of_a_user_are_ordinary_text(kind):
    ordinary = Tokenizer.train(kind, ["<unk> and <eos> " * 50], 600)
    ids = ordinary.encode("<eos> and <unk>")
    assert END not in ids
    assert UNKNOWN not in ids


def test_special_texts_of_tokenised_text_are_tokens():
    treebank = Tokenizer.train("space", ["mr. <unk> is chairman of <unk> n.v. <eos>"], 100)
    assert treebank.encode("<unk> is <eos> xyzzy").tolist() == [UNKNOWN, treebank.tokens.index("is"), END, UNKNOWN]
    assert treebank.tokens.count("<unk>") == treebank.tokens.count("<eos>") == 1


def test_end_is_a_line_break_and_ids_are_checked(trained):
    some = len(trained) - 1
    assert trained.decode([some, END, some]).count("\n") == 1
    assert trained.decode([]) == ""
    for outside in (-1, len(trained)):
        with pytest.raises(InputError, match=f"id {outside} is outside"):
            trained.decode([outside])


def test_half_a_character_of_byte_pairs_is_shown_and_decoded():
    bpe = TRAINED["bpe"]
    first = int(bpe.encode("€")[0])
    assert bpe.decode([first]) == "\ufffd"
    assert bpe.tokens[first].startswith("\\x")


def test_lone_surrogates_of_a_command_line_have_an_answer(trained):
    assert len(trained.encode("and \udcff and")) >= 2
    assert len(Tokenizer.train(trained.kind, ["and \udcff and " * 9], 600)) > 2


def test_an_empty_text_has_no_tokens(trained):
    assert trained.encode("").shape == (0,)
    assert trained.encode("").dtype == np.int64
    assert [len(ids) for ids in trained.encode_paragraphs(["", "a", ""])] == [0, 1, 0]


@pytest.mark.parametrize("text", ["a word and  another, ", "x" * 90 + " ", " \n\t", "ab"])
def test_long_texts_are_cut_without_a_trace(trained, text, monkeypatch):
    text = text * 40
    as_one = trained.encode(text)
    monkeypatch.setattr(cutting, "_BLOCK", 7)
    monkeypatch.setattr(tokens, "_BATCH", 50)
    blocks = list(cutting.blocks(text))
    assert "".join(blocks) == text
    assert len(blocks) > 1 or not text.strip().count(" ")
    several = list(trained.encode_paragraphs([text, "", "of", text]))
    for ids, whole in zip(several, [as_one, [], trained.encode("of"), as_one], strict=True):
        np.testing.assert_array_equal(ids, whole)


def test_a_run_without_white_space_is_cut(monkeypatch):
    monkeypatch.setattr(cutting, "_BLOCK", 8)
    monkeypatch.setattr(cutting, "_LONGEST_RUN", 32)
    blocks = list(cutting.blocks("z" * 100 + " end"))
    assert "".join(blocks) == "z" * 100 + " end"
    assert max(map(len, blocks)) == 32


def test_rare_words_are_forgotten_beyond_the_bound(monkeypatch):
    monkeypatch.setattr(tokens, "_TYPES_KEPT", 20)
    rare = (f"common frequent w{i}" for i in range(500))
    trained = Tokenizer.train("word", rare, 4)
    assert trained.tokens == ["<unk>", "<eos>", "common", "frequent"]


def test_byte_pairs_are_learnt_from_a_bounded_text(monkeypatch):
    monkeypatch.setattr(tokens, "_BPE_TEXT", 1000)
    endless = iter(lambda: "the same words again ", None)
    assert " words" in Tokenizer.train("bpe", endless, 300).tokens


@pytest.mark.parametrize("kind", KINDS)
def test_errors_of_the_text_reach_the_caller(kind):
    def broken():
        yield "some text"
        raise InputError("book.txt:2: broken")

    with pytest.raises(InputError, match=r"book.txt:2"):
        Tokenizer.train(kind, broken(), 600)


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_refused(kind):
    with pytest.raises(InputError, match="no text"):
        Tokenizer.train(kind, ["", ""], 600)


def test_sizes_and_kinds_are_checked(trained):
    with pytest.raises(InputError, match="at least"):
        Tokenizer.train(trained.kind, TEXT, 257 if trained.kind == "bpe" else 3 - 1)
    with pytest.raises(InputError, match="unknown kind"):
        Tokenizer.train("syllable", TEXT, 100)


def test_a_fork_is_silent_and_does_not_hang():
    script = (
        "import os\nfrom unrolled.text.tokens import Tokenizer\n"
        "t = Tokenizer.train('word', ['a b c'] * 9, 9); many = ['a b'] * 5000\n"
        "list(t.encode_paragraphs(many)); child = os.fork()\n"
        "list(t.encode_paragraphs(many))\n"
        "child or os._exit(0)\nprint(os.waitpid(child, 0)[1])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TOKENIZERS_PARALLELISM"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=environment, check=True
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def altered(kind, change):
    saved = json.loads(TRAINED[kind].to_json())
    change(saved)
    return json.dumps(saved)


GARBAGE = {
    "nothing": "",
    "no json": "{",
    "too deep": "[" * 200_000,
    "a list": "[]",
    "a number": "3",
    "null": "null",
    "empty": "{}",
    "a model of the wrong type": '{"model": []}',
    "another library's": '{"version": "1.0", "model": {"type": "WordPiece", "vocab": {"<unk>": 0}}}',
    "huge number": altered("word", lambda s: s["model"]["vocab"].update(the=10**30)),
    "negative id": altered("word", lambda s: s["model"]["vocab"].update(the=-1)),
    "text id": altered("word", lambda s: s["model"]["vocab"].update(the="2")),
    "true id": altered("word", lambda s: s["model"]["vocab"].update({"<eos>": True})),
    "float id": altered("word", lambda s: s["model"]["vocab"].update(the=2.0)),
    "missing id": altered("word", lambda s: s["model"]["vocab"].pop("the")),
    "no unknown": altered("character", lambda s: s["model"]["vocab"].pop("<unk>")),
    "specials swapped": altered("space", lambda s: s["model"]["vocab"].update({"<unk>": 1, "<eos>": 0})),
    "vocab a list": altered("space", lambda s: s["model"].update(vocab=[["<unk>", 0]])),
    "no vocab": altered("space", lambda s: s["model"].pop("vocab")),
    "half a character": altered("word", lambda s: s["model"]["vocab"].update({"\udcff": len(s["model"]["vocab"])})),
    "no merges": altered("bpe", lambda s: s["model"].pop("merges")),
    "merges of one": altered("bpe", lambda s: s["model"].update(merges=[["a"]])),
    "merges of numbers": altered("bpe", lambda s: s["model"].update(merges=[[1, 2]])),
    "merges unknown": altered("bpe", lambda s: s["model"].update(merges=[["q", "zz"]])),
    "a byte missing": altered("bpe", lambda s: s["model"]["vocab"].update(q2=s["model"]["vocab"].pop("q"))),
    "not bytes": altered("bpe", lambda s: s["model"]["vocab"].update({"漢": len(s["model"]["vocab"])})),
    "another pattern": altered("word", lambda s: s["pre_tokenizer"]["pattern"].update(Regex="(a+)+$")),
    "another behaviour": altered("word", lambda s: s["pre_tokenizer"].update(behavior="Isolated")),
    "no pattern": altered("word", lambda s: s["pre_tokenizer"].pop("pattern")),
    "no cutting": altered("word", lambda s: s.update(pre_tokenizer=None)),
    "added tokens": altered("word", lambda s: s.update(added_tokens=[{"id": 1, "content": "<eos>"}])),
    "normalizer": altered("word", lambda s: s.update(normalizer={"type": "Lowercase"})),
    "truncation": altered("word", lambda s: s.update(truncation={"max_length": 1})),
}


@pytest.mark.parametrize("text", GARBAGE.values(), ids=GARBAGE.keys())
def test_a_damaged_json_is_refused(text):
    with pytest.raises(InputError):
        Tokenizer.from_json(text)


def test_settings_of_another_version_of_the_library_do_no_harm():
    newer = altered("word", lambda s: (s["pre_tokenizer"].update(novelty=1), s["pre_tokenizer"].pop("invert")))
    assert Tokenizer.from_json(newer).to_json() == TRAINED["word"].to_json()


def test_a_huge_json_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr("unrolled.text.tokenizer_file._LARGEST", 1000)
    with pytest.raises(InputError, match="at most 1,000"):
        Tokenizer.from_json(TRAINED["bpe"].to_json())


@given(st.data())
def test_a_json_cut_or_altered_anywhere_never_crashes(data):
    text = TRAINED[data.draw(st.sampled_from(KINDS))].to_json()
    at = data.draw(st.integers(0, len(text) - 1))
    text = text[:at] + data.draw(st.text(max_size=3)) + text[at + data.draw(st.integers(0, 3)) :]
    try:
        tokenizer = Tokenizer.from_json(text)
    except InputError:
        return
    assert tokenizer.tokens[:2] == ["<unk>", "<eos>"]
    tokenizer.encode(TEXT[0])
