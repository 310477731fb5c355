"""Many fits on one split: what is measured, what is left out and why, and what Ctrl-C leaves."""

import dataclasses
import json
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from unrolled.commands.compare import _seconds_left
from unrolled.comparison import experiment as module
from unrolled.comparison.combinations import Combination, Comparison
from unrolled.comparison.experiment import Experiment
from unrolled.comparison.report import record, table
from unrolled.comparison.report.table import cells_of
from unrolled.data.examples import Examples
from unrolled.errors import InputError, MissingExtra, TrainingError
from unrolled.metrics import paired_bootstrap
from unrolled.sources.labelled import labelled
from unrolled.tasks.classify import Classifier

HOSTILE = "</script><script>alert(1)</script>&\u202e"
FAST = {"epochs": 1, "width": 4}
OPTIONS = ("--epochs", "1", "--width", "4")


def orders(count: int = 200) -> Examples:
    """The same two words in either order, and some that tell nothing: no bag can tell them apart."""
    rng = np.random.default_rng(0)
    texts, labels = [], []
    for number in range(count):
        pair = ["early", "late"] if number % 2 else ["late", "early"]
        texts.append(f"{pair[0]} {pair[1]} {' '.join(rng.choice(list('abcdefgh'), 3))}")
        labels.append("up" if number % 2 else HOSTILE)
    return labelled(texts, labels)


def write(path: Path, examples: Examples) -> Path:
    lines = [f"{text}\t{label}" for text, label in zip(examples.inputs, examples.targets, strict=True)]
    path.write_text("\n".join(["text\tlabel", *lines]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    settings = Comparison(epochs=24, width=8, vectorizers="count,learned", cells="gru")
    experiment = Experiment(settings, orders())
    for combination in experiment.plan:
        experiment.run(combination)
    return experiment


@pytest.fixture
def run(run_command, monkeypatch, tmp_path):
    """Run `unrolled compare` in an empty folder → exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    return partial(run_command, "compare")


def test_order_is_seen_by_what_keeps_it_alone(experiment) -> None:
    keepers = {Combination("learned", "dense"), Combination("learned", "recurrent", "gru")}
    assert {row.combination for row in experiment.ranked[:2]} == keepers
    for row in experiment.ranked:
        if row.combination in keepers:
            assert row.measured.accuracy > 0.9, row.combination
        else:
            assert 0.2 < row.measured.accuracy < 0.8, row.combination
    assert [row.combination.name for row in experiment.left_out] == ["count, recurrent"]
    assert "no order" in experiment.left_out[0].reason


def test_every_row_is_measured_on_the_part_that_no_fit_saw(experiment) -> None:
    assert len(experiment.train) + len(experiment.test) == 200
    assert not set(experiment.train.inputs) & set(experiment.test.inputs)
    assert experiment.repeated == 0
    for row in experiment.ranked:
        measured = row.measured
        right = measured.answers == experiment.targets
        assert measured.accuracy == right.mean()
        assert row.difference == paired_bootstrap(right, experiment.baseline.right)
        assert measured.probabilities.sum(1) == pytest.approx(1, abs=1e-5)
        assert measured.parameters > 0
        assert min(measured.seconds, measured.microseconds) > 0
        assert 0 <= measured.validation <= 1
    most = max(experiment.labels, key=experiment.train.targets.count)
    assert experiment.majority.accuracy == experiment.test.targets.count(most) / len(experiment.test)
    assert experiment.baseline.parameters > 2 * len({*" ".join(experiment.train.inputs).split()})


def test_the_same_seed_gives_the_same_rows(experiment) -> None:
    again = Experiment(experiment.settings, orders())
    again.run(Combination("learned", "dense"))
    (row,) = again.ranked
    assert np.array_equal(row.measured.probabilities, experiment.best("dense").measured.probabilities)


def test_a_named_test_part_leaves_all_else_to_learn_from() -> None:
    examples = orders(40)
    experiment = Experiment(Comparison(**FAST), examples, examples.take(range(8)))
    assert (len(experiment.train), len(experiment.test), experiment.repeated) == (40, 8, 8)
    other = labelled(["late early"], ["sideways"])
    with pytest.raises(InputError, match="input 0: the label 'sideways' is not in the training part"):
        Experiment(Comparison(**FAST), examples, other)
    numbers = labelled([[1.0, 2.0]], ["up"])
    with pytest.raises(InputError, match="input 0: numbers; expected text"):
        Experiment(Comparison(**FAST), examples, numbers)


@pytest.mark.parametrize("kind", ["numbers", "dna"])
def test_what_is_no_text(kind: str) -> None:
    rng = np.random.default_rng(0)
    labels = ["a", "b"] * 30
    if kind == "numbers":
        examples = labelled([rng.normal(size=(5, 2)) + (label == "a") for label in labels], labels)
    else:
        texts = ["".join(rng.choice(list("ACGT" if label == "a" else "ACGN"), 12)) for label in labels]
        examples = Examples("dna", texts, labels, [f"record {n}" for n in range(60)])
    experiment = Experiment(Comparison(**FAST, cells="mingru"), examples)
    for combination in experiment.plan:
        experiment.run(combination)
    assert len(experiment.ranked) == 3
    assert "logistic regression" in experiment.baseline_name


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TrainingError("step 3: the loss is nan"), "failed: step 3"),
        (MissingExtra("gensim", "train", "Word2Vec"), "failed: Word2Vec needs gensim"),
    ],
)
def test_a_fit_that_fails_is_a_row_with_its_reason(monkeypatch, error: Exception, reason: str) -> None:
    def fails(*_args, **_how):
        raise error

    monkeypatch.setattr(Classifier, "fit", fails)
    experiment = Experiment(Comparison(**FAST), orders(40))
    experiment.run(experiment.plan[0])
    assert experiment.ranked == []
    assert experiment.left_out[0].reason.startswith(reason)


def test_one_hot_vectors_that_would_fill_the_memory_are_left_out(monkeypatch) -> None:
    monkeypatch.setattr(module, "MEMORY", 1_000)
    experiment = Experiment(Comparison(**FAST), orders(40))
    for model in ("bag", "dense", "recurrent"):
        experiment.run(Combination("one-hot", model, "gru" if model == "recurrent" else None))
    assert len(experiment.left_out) == 3
    assert "take a smaller --vocabulary" in experiment.left_out[0].reason


def test_a_command_makes_a_table_a_report_and_json(run, tmp_path) -> None:
    data = write(tmp_path / "x.tsv", orders(60))
    chosen = ("--vectorizers", "learned", "count", "--models", "bag", "recurrent", "--cells", "rnn", *OPTIONS)
    code, out, err = run(data, "-o", "r.html", *chosen, "--json")
    assert code == 0
    assert "r.html:" in err
    report = json.loads(out)
    assert report["data"]["labels"] == sorted([HOSTILE, "up"])
    assert {(one["vectorizer"], one["model"], one["cell"]) for one in report["results"]} == {
        ("learned", "bag", None),
        ("learned", "recurrent", "rnn"),
        ("count", "bag", None),
    }
    assert report["results"][0]["difference_to_baseline"].keys() == {"difference", "low", "high", "p"}
    assert report["left_out"][0]["vectorizer"] == "count"
    assert report["machine"]["versions"].keys() >= {"unrolled", "numpy", "scikit-learn"}

    code, out, _ = run(data, "-o", "r.html", "--overwrite", "--models", "bag", "--vectorizers", "count", *OPTIONS)
    assert code == 0
    assert " + logistic regression" in out
    page = ElementTree.fromstring(Path("r.html").read_text(encoding="utf-8").removeprefix("<!doctype html>"))
    assert HOSTILE[:-1] in "".join(page.itertext())


@pytest.mark.parametrize("how", ["while reading", "while training"])
def test_ctrl_c_keeps_what_is_done(run, tmp_path, monkeypatch, how: str) -> None:
    learn, fits = Classifier.fit, []

    def fit(task, data, **more):
        fits.append(task)
        if len(fits) > 1 and how == "while reading":
            raise KeyboardInterrupt
        learn(task, data, **more)
        task.fitted_ = dataclasses.replace(task.fitted_, interrupted=len(fits) > 1)
        return task

    monkeypatch.setattr(Classifier, "fit", fit)
    data = write(tmp_path / "x.tsv", orders(60))
    code, out, _ = run(data, "-o", "r.html", "--models", "bag", *OPTIONS, "--json")
    assert code == 130
    report = json.loads(out)
    assert [one["vectorizer"] for one in report["results"]] == ["count"]
    assert {one["reason"] for one in report["left_out"]} == {"not run: stopped by Ctrl-C"}
    assert len(report["left_out"]) == 4
    assert "stopped by Ctrl-C" in Path("r.html").read_text(encoding="utf-8")


def test_the_report_is_written_after_every_fit(run, tmp_path, monkeypatch) -> None:
    learn, seen = Classifier.fit, []

    def fit(task, data, **more):
        seen.append(Path("r.html").read_text(encoding="utf-8").count("<tr>") if Path("r.html").exists() else 0)
        return learn(task, data, **more)

    monkeypatch.setattr(Classifier, "fit", fit)
    data = write(tmp_path / "x.tsv", orders(60))
    code, _, _ = run(data, "-o", "r.html", "--models", "bag", "--vectorizers", "count,tf-idf,learned", *OPTIONS)
    assert code == 0
    assert seen[0] == 0 < seen[1] < seen[2]


def test_what_all_fails_ends_with_exit_1(run, tmp_path, monkeypatch) -> None:
    def fails(*_args, **_how):
        raise TrainingError("the loss is nan")

    monkeypatch.setattr(Classifier, "fit", fails)
    code, out, _ = run(write(tmp_path / "x.tsv", orders(60)), "-o", "r.html", "--models", "bag", *OPTIONS)
    assert code == 1
    assert out.count("the loss is nan") == 5
    assert "Nothing was measured" in Path("r.html").read_text(encoding="utf-8")


def test_the_rows_of_a_group_are_all_learnt_from_or_all_measured_on(run, tmp_path, monkeypatch) -> None:
    seen = []
    monkeypatch.setattr("unrolled.commands.compare._run", lambda experiment, write: seen.append(experiment) or True)
    examples = orders(60)
    rows = zip(examples.inputs, (number // 6 for number in range(60)), examples.targets, strict=True)
    lines = [f"{text};{who};{label[:2]}" for text, who, label in rows]
    (tmp_path / "x.csv").write_text("\n".join(["text;who;label", *lines]), encoding="utf-8")
    run("x.csv", "--group", "who", "--delimiter", ";", *OPTIONS)
    (experiment,) = seen
    assert {*experiment.train.groups} | {*experiment.test.groups} == {str(who) for who in range(10)}
    assert len({*experiment.test.groups}) == 1
    assert not {*experiment.train.groups} & {*experiment.test.groups}


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("x.tsv", "--cells", "gru", "grru"), ("--cells", "'grru'", "mingru")),
        (("x.tsv", "--columns", "text,mood"), ("x.tsv:1", "no column 'mood'")),
        (("x.tsv", "--columns", "text"), ("columns is 'text'; expected two names",)),
        (("one.tsv",), ("all 30 examples have the label 'up', as one.tsv:2 has", "at least 2 labels")),
        (("few.tsv",), ("4 examples", "--test")),
        (("missing.tsv",), ("'missing.tsv'", "no such file")),
        (("x.tsv", "-o", "nowhere/r.html"), ("nowhere", "does not exist")),
        (("x.tsv", "-o", "."), ("is a folder",)),
        (("x.tsv", "-o", "x.tsv"), ("x.tsv exists already", "--overwrite")),
        (("x.tsv", "--width", "0"), ("width is 0",)),
        (("x.tsv", "--minutes", "nan"), ("--minutes is nan",)),
        (("blank.tsv",), ("blank.tsv: 1 of 2 rows left out, as text is empty", "as blank.tsv:2 has", "at least 2")),
    ],
)
def test_bad_input_is_refused_before_anything_is_learnt(run, tmp_path, caplog, words, parts) -> None:
    examples = orders(60)
    write(tmp_path / "x.tsv", examples)
    write(tmp_path / "one.tsv", examples.take(range(1, 60, 2)))
    write(tmp_path / "few.tsv", examples.take(range(4)))
    (tmp_path / "blank.tsv").write_text("text\tlabel\nlate early\tup\n \tdown\n", encoding="utf-8")
    code, out, err = run(*OPTIONS, *words)
    assert (code, out) == (2, ""), err
    for part in parts:
        assert part in err + caplog.text
    assert not Path("r.html").exists()


def test_the_time_left_is_the_mean_of_what_is_done(experiment) -> None:
    fresh = Experiment(Comparison(minutes=1, vectorizers="count,learned", cells="gru"), orders(40))
    fitted = sum(not one.refusal for one in fresh.plan)
    assert _seconds_left(fresh, 0, 0.0, 10.0) == 60 * fitted - 10
    fresh.rows = experiment.rows[:1]
    assert _seconds_left(fresh, 1, 20.0, 5.0) == 20 * (fitted - 1) - 5
    assert _seconds_left(fresh, 1, 20.0, 1e6) == 0
    assert _seconds_left(Experiment(Comparison(**FAST), orders(40)), 0, 0.0, 1.0) is None


def test_the_networks_share_word_vectors_that_are_learnt_once(monkeypatch) -> None:
    from unrolled.text.word_vectors import WordVectors

    learn, calls = WordVectors.train, []
    monkeypatch.setattr(WordVectors, "train", lambda *how, **more: calls.append(how) or learn(*how, **more))
    experiment = Experiment(Comparison(**FAST, vectorizers="word2vec", models="bag,recurrent", cells="gru"), orders(40))
    for combination in experiment.plan:
        experiment.run(combination)
    assert [row.combination.model for row in experiment.rows] == ["bag", "recurrent"], experiment.left_out
    assert len(calls) == 1
    assert len(calls[0][0]) == len(experiment.train)


def test_a_network_that_was_still_learning_is_marked(experiment, monkeypatch) -> None:
    row = experiment.rows[0]
    marked = row._replace(measured=dataclasses.replace(row.measured, unfinished=True))
    assert cells_of(marked.measured, marked)[6].endswith("*")
    monkeypatch.setattr(experiment, "rows", [marked])
    assert "* still learning when its budget was over: --minutes or --epochs gives more of it" in table(experiment)
    assert record(experiment)["results"][0]["still_learning"] is True
