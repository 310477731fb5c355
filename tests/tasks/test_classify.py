import json

import numpy as np
import pytest

import unrolled
from unrolled import Classifier, InputError, Training
from unrolled.models import rows_at_once
from unrolled.sources.labelled import labelled
from unrolled.storage.model_folder import ModelFolder, write_model_folder

WORDS = ["alpha", "beta", "gamma", "delta", "eps"]
QUICK = Training(epochs=12, batch=8, learning_rate=0.01)
LONGER = Training(epochs=60, patience=60, batch=8, learning_rate=0.01)
SMALL = {"width": 8, "embedding": 8, "dropout": 0.1, "training": QUICK}


def in_order(count=160, seed=0):
    """Whether alpha stands before beta: no bag can tell."""
    rng, texts, labels = np.random.default_rng(seed), [], []
    for _ in range(count):
        words = list(rng.permutation(WORDS))
        texts.append(" ".join(words))
        labels.append("before" if words.index("alpha") < words.index("beta") else "after")
    return texts, labels


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "order.csv"
    path.write_text("text,label\n" + "".join(f"{t},{label}\n" for t, label in zip(*in_order(), strict=True)))
    return path


@pytest.fixture(scope="module")
def recurrent(table):
    return Classifier(**SMALL).fit(table)


def test_a_recurrent_model_tells_order_and_a_bag_cannot(recurrent, table):
    texts, labels = in_order(100, seed=1)
    held_out = labelled(texts, labels)
    result = recurrent.evaluate(held_out)
    assert result.metrics["accuracy"] > 0.9
    assert result.baseline_name.endswith(" + logistic regression")
    assert "the most frequent" in result.remark
    bag = Classifier(model="bag", mixture=False, **SMALL).fit(table)
    assert bag.evaluate(held_out).metrics["accuracy"] < 0.65
    one, other = bag.predict("alpha gamma beta", 1)[0], bag.predict("beta gamma alpha", 1)[0]
    assert one.score == pytest.approx(other.score)
    dense = Classifier(model="dense", context=5, **SMALL).fit(table)
    assert dense.evaluate(held_out).metrics["accuracy"] > 0.8


def test_a_model_that_has_learnt_nothing_says_so(recurrent, table):
    assert "every answer" not in recurrent.summary()
    training = Training(epochs=1, batch=8, learning_rate=1e-9)
    idle = Classifier(mixture=False, **SMALL | {"training": training}).fit(["a b", "b a"] * 30, ["x", "y"] * 30)
    assert "every answer is " in idle.summary()
    assert "more time: it still got better" in idle.summary()
    assert "every answer is " in str(idle.evaluate(["a b", "b a"], ["x", "y"]))


@pytest.mark.parametrize(
    "settings",
    [
        {"vectorizer": "count", "model": "bag"},
        {"vectorizer": "tf-idf", "model": "dense"},
        {"vectorizer": "one-hot"},
        {"vectorizer": "one-hot", "model": "dense"},
        {"vectorizer": "word2vec", "pooling": "attention"},
        {"bidirectional": False, "layers": 2, "cell": "lstm", "pooling": "mean", "balanced": True},
    ],
)
def test_saved_and_loaded_it_says_the_same(table, tmp_path, settings):
    task = Classifier(**SMALL | {"training": Training(epochs=1, batch=16)} | settings).fit(table)
    texts = ["alpha beta", "beta alpha gamma never seen", "eps"]
    expected = task.predict_many(texts, 2)
    task.save(tmp_path / "model")
    loaded = unrolled.load(tmp_path / "model")
    assert loaded.predict_many(texts, 2) == expected
    assert loaded.summary() == task.summary()
    assert loaded.describe() == task.describe()
    np.testing.assert_allclose(
        [one.score for one in loaded.predict("alpha beta", 2)], [one.score for one in expected[0]]
    )


def test_sequences_of_numbers():
    rng = np.random.default_rng(0)
    inputs = [np.cumsum(rng.normal(size=(rng.integers(5, 12), 2)), 0) * (1 if i % 2 else -1) + i % 2 for i in range(60)]
    task = Classifier(**SMALL).fit(inputs, [i % 2 for i in range(60)])
    assert task.input_.kind == "numbers"
    assert {one.label for one in task.predict(inputs[0])} == {"0", "1"}
    with pytest.raises(InputError, match=r"shape \(3, 1\); expected \(T, 2\)"):
        task.predict(np.zeros(3))


def test_dna_with_letters_that_stand_for_several(tmp_path):
    rng = np.random.default_rng(0)
    lines = []
    for i in range(80):
        bases = list(rng.choice(list("ACGTN"), 12, p=[0.24, 0.24, 0.24, 0.24, 0.04]))
        bases[4:6] = "GT" if i % 2 else "CA"
        lines.append(f">s{i} {'site' if i % 2 else 'none'}\n{''.join(bases)}\n")
    (tmp_path / "genes.fasta").write_text("".join(lines))
    task = Classifier(**SMALL | {"training": LONGER}).fit(tmp_path / "genes.fasta")
    assert task.evaluate(tmp_path / "genes.fasta").metrics["accuracy"] > 0.9
    middle = Classifier(**SMALL | {"training": LONGER}).fit(tmp_path / "genes.fasta")  # all of one length
    assert middle.network()[0].pool.kind == "middle"
    assert middle.evaluate(tmp_path / "genes.fasta").metrics["accuracy"] > 0.9
    assert task.predict("acgtguacgtac")[0] == task.predict("ACGTGTACGTAC")[0]
    assert task.steps("acg")[0] == ["A", "C", "G"]
    with pytest.raises(InputError, match="column 3: 'X' is no letter of DNA"):
        task.predict("ACX")


def test_sounds_of_any_length_and_rate(tmp_path):
    soundfile = pytest.importorskip("soundfile")
    rng = np.random.default_rng(0)
    for label, pitch in (("low", 200), ("high", 1500)):
        (tmp_path / "clips" / label).mkdir(parents=True)
        for i in range(8):
            rate, seconds = (8000, 11025)[i % 2], 0.1 + 0.02 * i
            t = np.arange(int(rate * seconds)) / rate
            tone = 0.3 * np.sin(2 * np.pi * pitch * t) + 0.01 * rng.normal(size=len(t))
            soundfile.write(tmp_path / "clips" / label / f"{i}.wav", tone, rate)
    task = Classifier(**SMALL | {"training": LONGER}).fit(tmp_path / "clips")
    clip = tmp_path / "clips" / "low" / "3.wav"
    assert task.predict(clip)[0].label == "low"
    assert task.predict(clip.read_bytes()) == task.predict(str(clip)) == task.predict(soundfile.read(clip))
    task.save(tmp_path / "model")
    assert unrolled.load(tmp_path / "model").predict(clip) == task.predict(clip)
    assert task.steps(clip)[0][:2] == ["0.00", "0.01"]


def test_what_is_learnt_is_the_runs_identity(table):
    task = Classifier(**SMALL | {"training": Training(epochs=1)})
    one = task.fit(table).fitted_
    assert one.data == Classifier(**SMALL | {"training": Training(epochs=1)}).fit(table).fitted_.data
    assert one.items == 128


def test_tuning_goes_on_from_the_weights(recurrent):
    texts, labels = in_order(60, seed=3)
    tuned = recurrent.tune(labelled(texts, labels), training=Training(epochs=1))
    assert tuned.fitted_.start_loss is not None
    assert tuned.labels_ == recurrent.labels_
    with pytest.raises(InputError, match="the label 'else' is not among those learnt from: after, before"):
        recurrent.tune(labelled(texts, ["else"] * 60), training=Training(epochs=1))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"vectorizer": "count"}, "keep no order for a memory to read"),
        ({"vectorizer": "letters"}, "vectorizer is 'letters'"),
        ({"columns": "text"}, "columns is 'text'; expected two names"),
        ({"vectors": "x.txt", "vectorizer": "one-hot"}, "expected learned or word2vec"),
        ({"pooling": "median"}, "pooling is 'median'"),
        ({"pooling": "middle", "bidirectional": False}, "one direction would see half"),
    ],
)
def test_bad_settings_are_refused_before_any_work(table, settings, message):
    with pytest.raises(InputError, match=message):
        Classifier(**settings).fit(table)


def test_bad_data_is_refused_with_its_place(table, tmp_path, recurrent):
    with pytest.raises(InputError, match=r"all 4 examples have the label 'one', as input 0 has; expected at least 2"):
        Classifier(**SMALL).fit(["a", "b", "c", "d"], ["one"] * 4)
    with pytest.raises(InputError, match="input 1: '  ' holds no words"):
        Classifier(**SMALL).fit(["a", "  ", "b"], [0, 1, 0])
    with pytest.raises(InputError, match="vectorizer is tf-idf, the inputs are numbers"):
        Classifier(vectorizer="tf-idf", model="bag", training=QUICK).fit([np.ones(3), np.zeros(3)], [0, 1])
    with pytest.raises(InputError, match="learned vectors are for text alone"):
        Classifier(vectors="glove.txt", training=QUICK).fit([np.ones(3), np.zeros(3)], [0, 1])
    bad = tmp_path / "bad.csv"
    bad.write_text("text,label\na,before\nb,perhaps\n")
    with pytest.raises(InputError, match=r"bad\.csv:3: the label 'perhaps'"):
        recurrent.evaluate(bad)
    with pytest.raises(InputError, match="numbers; expected text"):
        recurrent.evaluate(labelled([np.ones(3)], ["before"]))
    with pytest.raises(InputError, match="the input is int; expected a text"):
        recurrent.predict(3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "smell"}, "kind is 'smell'"),
        ({"labels": ["one"]}, "expected at least two texts"),
        ({"counts": [1]}, "expected a whole number for each label"),
        ({"temperature": 0}, "temperature is 0"),
        ({"more": 1}, "expected kind, labels, counts"),
        ({"kind": "dna"}, "lacks"),
        ({"labels": ["a", "b", "c"], "counts": [1, 1, 1]}, r"'output\.W' has shape \(2, 16\)"),
    ],
)
def test_a_folder_that_contradicts_itself_is_refused(recurrent, tmp_path, change, message):
    recurrent.save(tmp_path / "model")
    folder = ModelFolder.open(tmp_path / "model")
    names = [name.removesuffix(".safetensors") for name in folder.files if name.endswith(".safetensors")]
    texts = {name: folder.text(name) for name in folder.files if not name.endswith(".safetensors")}
    texts["labels.json"] = json.dumps(json.loads(texts["labels.json"]) | change)
    config = {key: value for key, value in folder.config.items() if key not in ("format", "library", "files")}
    write_model_folder(tmp_path / "other", config, {name: folder.tensors(name) for name in names}, texts)
    with pytest.raises(InputError, match=message):
        unrolled.load(tmp_path / "other")


def test_a_baseline_of_other_labels_is_refused_when_it_is_asked_for(recurrent, tmp_path):
    recurrent.save(tmp_path / "model")
    folder = ModelFolder.open(tmp_path / "model")
    texts = {name: folder.text(name) for name in folder.files if not name.endswith(".safetensors")}
    tensors = {name: folder.tensors(name) for name in ("model", "encoder", "baseline")}
    tensors["baseline"] |= {name: tensors["baseline"][name][:1] for name in ("W", "b")}
    config = {key: value for key, value in folder.config.items() if key not in ("format", "library", "files")}
    write_model_folder(tmp_path / "other", config, tensors, texts)
    loaded = unrolled.load(tmp_path / "other")
    for ask in (
        lambda: loaded.predict("alpha beta"),
        lambda: loaded.evaluate(labelled(["alpha beta"], ["before"])),
    ):
        with pytest.raises(InputError, match=r"baseline\.safetensors: the baseline's weights are not"):
            ask()


def test_memory_is_bounded_by_rows_at_once(recurrent):
    model = recurrent.network()[0]
    assert rows_at_once(model, 10, 64) == 64
    assert rows_at_once(model, 2**20, 64) == 4
    assert rows_at_once(model, 2**40, 64) == 1


def test_tuning_on_one_label_alone(recurrent):
    examples = labelled(in_order(20, seed=4)[0], ["before"] * 20)
    tuned = recurrent.tune(examples, training=Training(epochs=1))
    assert tuned.evaluate(examples).metrics["accuracy"] >= recurrent.evaluate(examples).metrics["accuracy"]


def test_a_file_says_how_long_its_vectors_are(tmp_path, caplog):
    path = tmp_path / "v.vec"
    path.write_bytes(b"\xef\xbb\xbf2\t3\ngood\t1\t2\t3\nbad\t4\t5\t6\n")
    texts, labels = ["a good film", "a bad film"] * 4, ["yes", "no"] * 4
    still = Training(epochs=1, batch=8, learning_rate=0.0)
    model = Classifier(width=4, vectors=str(path), training=still).fit(texts, labels)
    assert f"{path}: its vectors have 3 numbers, and so have those of the model" in caplog.messages
    row = model.input_.tokenizer.tokens.index("good")
    np.testing.assert_array_equal(model.weights_.words.vectors[row], [1, 2, 3])
    model.save(tmp_path / "model")
    path.unlink()
    assert unrolled.load(tmp_path / "model").predict("good film") == model.predict("good film")
    path.write_text("good 1 2 3\n")
    with pytest.raises(InputError, match=r"embedding is 128, the vectors of .* have 3 numbers"):
        Classifier(embedding=128, vectors=str(path), training=still).fit(texts, labels)
