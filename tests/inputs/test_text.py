from types import SimpleNamespace

import numpy as np
import pytest

from unrolled import InputError
from unrolled.inputs.dna import Dna
from unrolled.inputs.features import BREAK
from unrolled.inputs.text import BAGS, VECTORIZERS, Text
from unrolled.text.vocabulary import Vocabulary

TEXTS = ["The cat sees a cat.", "The dog hears a cat.", "Anna sees the dog."]


def fitted(vectorizer: str | None = None, tokens: str = "word") -> Text:
    text = Text(tokens, 300, vectorizer=vectorizer)
    text.learn(TEXTS)
    return text


def language(tokens: str, folder) -> Text:
    """The text of a language model, its tokens counted."""
    text = fitted(tokens=tokens)
    text.count(text.corpus(TEXTS, folder / f"{tokens}.bin"))
    return text


def test_a_language_model_reads_text_as_it_stands_after_an_end():
    text = fitted()
    ids = text.encode("The cat sees Zebras")
    assert text.names("The cat sees Zebras") == ["The", "cat", "sees", "Zebras"]
    assert [text.tokenizer.tokens[i] for i in ids] == ["The", "cat", "sees", "<unk>"]
    assert text.decode([ids[:2], ids[2:3]]) == "The cat sees"
    assert text.beginning.tolist() == [1]
    assert text.expand(ids) is ids
    assert text.vocabulary == text.width == text.outcomes == len(text.tokenizer)
    names, steps = text.trace("The cat")
    assert names == ["<eos>", "The", "cat"]
    np.testing.assert_array_equal(steps, [1, *ids[:2]])
    assert text.live() is None


def test_only_words_that_are_all_unknown_are_remarked_on():
    text = fitted()
    assert text.remark("zebra yak") == "none of the words of 'zebra yak' is in the model's vocabulary"
    assert text.remark("zebra cat") == text.remark("") == ""


@pytest.mark.parametrize("tokens", ["word", "space", "character", "bpe"])
def test_tokens_and_counts_are_restored(tmp_path, folder_of, tokens):
    text, restored = language(tokens, tmp_path), Text(tokens, 300)
    restored.restore(folder_of(*text.saved()))
    np.testing.assert_array_equal(restored.encode(TEXTS[0]), text.encode(TEXTS[0]))
    np.testing.assert_array_equal(restored.counts, text.counts)
    assert restored.unknown_rate == text.unknown_rate
    assert restored.tokenizer.tokens == text.tokenizer.tokens


def test_damaged_tokens_and_counts_are_refused(tmp_path, folder_of):
    arrays, texts = language("word", tmp_path).saved()
    with pytest.raises(InputError, match=r"tokenizer\.json cuts into word, config\.json says space"):
        Text("space", 300).restore(folder_of(arrays, texts))
    with pytest.raises(InputError, match=r"tokenizer\.json"):
        Text("word", 300).restore(folder_of(arrays, {"vocabulary.json": texts["vocabulary.json"]}))
    other = Vocabulary(["<unk>", "<eos>", "the"], np.array([1, 2, 3])).to_json()
    restored = Text("word", 300)
    restored.restore(folder_of(arrays, texts | {"vocabulary.json": other}))
    with pytest.raises(InputError, match=r"vocabulary\.json: its tokens are not those of tokenizer\.json"):
        restored.counts  # noqa: B018


@pytest.mark.parametrize("vectorizer", VECTORIZERS)
def test_a_classifier_reads_lower_case_without_a_beginning(folder_of, vectorizer):
    text, restored = fitted(vectorizer), Text("word", 300, vectorizer=vectorizer)
    assert text.names("The CAT") == ["the", "cat"]
    np.testing.assert_array_equal(text.encode("THE Cat"), text.encode("the cat"))
    assert len(text.beginning) == 0
    restored.restore(folder_of(*text.saved()))
    steps = text.example("the cat and the dog")
    np.testing.assert_array_equal(restored.example("The cat and the dog"), steps)
    np.testing.assert_array_equal(restored.expand(steps), text.expand(steps))
    np.testing.assert_array_equal(restored.document(steps)[1], text.document(steps)[1])
    assert text.augments


@pytest.mark.parametrize("tokens", ["word", "space", "character", "bpe"])
def test_a_baseline_sees_the_letters_of_each_word(tokens):
    text = Text(tokens, 300, vectorizer="learned")
    text.learn(["the cat  sees", "a dog and the cat"])
    letters = text.features[2].symbols(text.example("The  dog"))
    assert "".join("|" if letter == BREAK else chr(letter) for letter in letters) == " the | dog "
    if tokens == "word":
        assert len(text.features[2].symbols(text.example("zebra"))) == 0


@pytest.mark.parametrize(("vectorizer", "shape"), [("one-hot", (3, None)), ("count", (1, None)), ("tf-idf", (1, None))])
def test_words_become_vectors(vectorizer, shape):
    text = fitted(vectorizer)
    words = len(text.tokenizer)
    vectors = text.expand(text.example("cat cat dog"))
    assert vectors.shape == (shape[0], words)
    assert (text.vocabulary, text.width, text.features[0].width) == (0, words, words)
    cat, dog = (text.tokenizer.tokens.index(word) for word in ("cat", "dog"))
    if vectorizer == "one-hot":
        np.testing.assert_array_equal(vectors.argmax(1), [cat, cat, dog])
        np.testing.assert_array_equal(vectors.sum(1), 1)
    elif vectorizer == "count":
        assert (vectors[0, cat], vectors[0, dog], vectors.sum()) == (2, 1, 3)
    else:
        assert np.linalg.norm(vectors) == pytest.approx(1)
        assert vectors[0, cat] / vectors[0, dog] == pytest.approx(2 * text.idf[cat] / text.idf[dog])


def test_rare_words_weigh_more():
    text = fitted("learned")
    tokens = text.tokenizer.tokens
    assert text.idf[tokens.index("the")] < text.idf[tokens.index("dog")] < text.idf[tokens.index("anna")]
    assert text.idf[tokens.index("the")] == pytest.approx(1)  # it stands in every text


def test_some_words_are_hidden_while_training():
    text, ids = fitted("learned"), np.full(1_000, 5)
    hidden = text.augment(ids, np.random.default_rng(0))
    assert set(hidden.tolist()) == {0, 5}
    assert 50 < (hidden == 0).sum() < 150
    np.testing.assert_array_equal(hidden, text.augment(ids, np.random.default_rng(0)))
    assert (ids == 5).all()


@pytest.mark.parametrize("factor", [0, -1, 1e30])
def test_rarities_that_are_none_are_refused(folder_of, factor):
    arrays, texts = fitted("tf-idf").saved()
    with pytest.raises(InputError, match="expected 1 to 100"):
        Text("word", 300, vectorizer="tf-idf").restore(folder_of({"idf": arrays["idf"] * np.float32(factor)}, texts))


def test_rarities_that_are_no_numbers_are_refused(folder_of):
    arrays, texts = fitted("tf-idf").saved()
    with pytest.raises(InputError, match="finite"):
        Text("word", 300, vectorizer="tf-idf").restore(folder_of({"idf": arrays["idf"] * np.float32(np.nan)}, texts))


def test_rarities_of_other_words_are_refused(folder_of):
    arrays, texts = fitted("tf-idf").saved()
    for damaged in ({"idf": arrays["idf"][:-1]}, {"other": arrays["idf"]}):
        with pytest.raises(InputError, match=r"the encoder's idf does not fit the \d+ words of tokenizer\.json"):
            Text("word", 300, vectorizer="tf-idf").restore(folder_of(damaged, texts))
    with pytest.raises(InputError):
        Text("word", 300, vectorizer="tf-idf").restore(folder_of(arrays, {}))


def test_what_is_no_text_is_refused():
    with pytest.raises(InputError, match="text is int; expected a string"):
        fitted().encode(3)
    with pytest.raises(InputError, match="the input is int; expected a text"):
        fitted("learned").encode(3)
    with pytest.raises(InputError, match="'  ' holds no words; expected a text"):
        fitted("learned").example("  ")


def test_vectorizers_are_for_text_alone():
    settings = SimpleNamespace(vectorizer=None, vectors=None, embedding=None, tokens="space", vocabulary=50)
    text = Text.of_examples(settings)
    assert (text.vectorizer, text.tokens, text.size) == ("learned", "space", 50)
    for vectorizer in BAGS:
        settings.vectorizer = vectorizer
        assert Text.of_examples(settings).vectorizer == vectorizer
        with pytest.raises(InputError, match=f"vectorizer is {vectorizer}, the inputs are dna"):
            Dna.of_examples(settings)
