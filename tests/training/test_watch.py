"""Watching the gradient says what it is and changes nothing."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.models.networks import label_network

from unrolled.arrays import map_tree
from unrolled.data.batches import Batches, pad
from unrolled.errors import InputError
from unrolled.metrics.classification import calibrated_loss
from unrolled.nn import TORCH
from unrolled.training import Batched, Log, Trainer
from unrolled.training.watch import check_watchable, watch_gradients


def trained(problem, settings, path):
    with Log(path, show=False) as log:
        Trainer(problem, settings).fit(log)
    return {name: weight.detach().clone() for name, weight in problem.module.named_parameters()}


@pytest.mark.parametrize("cell", ["rnn", "lstm", "mingru"])
def test_the_weights_are_the_same_to_the_bit_with_and_without(problem, training, tmp_path, cell):
    settings = training(epochs=2)
    without = trained(problem(cell), settings, tmp_path / "without.jsonl")
    watched = trained(problem(cell), replace(settings, watch_gradients=True), tmp_path / "watched.jsonl")
    assert all(torch.equal(without[name], watched[name]) for name in without)
    lines = [json.loads(line) for line in (tmp_path / "watched.jsonl").read_text().splitlines()]
    events = [line for line in lines if line["event"] == "gradients"]
    assert [line["step"] for line in events] == [line["step"] for line in lines if line["event"] == "validation"]
    for event in events:
        assert [layer["layer"] for layer in event["layers"]] == [1, 2]
        for layer in event["layers"]:
            assert len(layer["norms"]) == 5
            assert layer["verdict"] in ("vanishing", "healthy", "exploding")
    assert "gradients" not in (tmp_path / "without.jsonl").read_text()


def test_the_norms_are_those_of_nudged_states(problem):
    watched = problem("rnn", batch=2, window=4)
    reports = watch_gradients(watched)
    ids, targets = map(torch.from_numpy, watched.valid.at(0)[:2])
    tree = map_tree(lambda weight: weight.detach().double(), watched.module.tree())
    x = tree.words.vectors[ids]
    lower, upper = tree.layers["0"], tree.layers["1"]

    def losses(at, row, change):
        """Of each row, where the upper layer's state after step ``at`` is nudged in ``row``."""
        h0, h1 = torch.zeros(2, 8).double(), torch.zeros(2, 6).double()
        for t in range(4):
            h0 = torch.tanh(x[:, t] @ lower.U.T + h0 @ lower.W.T + lower.b)
            h1 = torch.tanh(h0 @ upper.U.T + h1 @ upper.W.T + upper.b)
            if t == at:
                h1 = h1 + change * torch.eye(2).double()[row][:, None]
        scores = h1 @ tree.words.vectors.T + tree.output.b
        return torch.nn.functional.cross_entropy(scores, targets[:, -1], reduction="sum")

    for distance in range(4):
        norms = []
        for row in range(2):
            nudge = 1e-6 * torch.eye(6).double()
            slopes = [(losses(3 - distance, row, e) - losses(3 - distance, row, -e)) / 2e-6 for e in nudge]
            norms.append(float(torch.stack(slopes).norm()))
        assert reports[1]["norms"][distance] == pytest.approx(np.mean(norms), rel=1e-3)


@pytest.mark.parametrize("pooling", ["last", "max"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_rows_of_a_classifier_count_from_their_own_ends(bidirectional, pooling):
    rng = np.random.default_rng(0)
    encoded = [rng.integers(0, 9, n) for n in (3, 6, 1, 6)]
    model = label_network(2, (4,), 9, 5, "rnn", bidirectional, pooling)
    batches = Batches(encoded, np.array([0, 1, 0, 1]), pad, 4)
    whole = Batched(model, model.initial(rng), batches, batches, calibrated_loss, np.ones(2))
    reports = watch_gradients(whole)
    assert [report["direction"] for report in reports] == (["ahead", "back"] if bidirectional else ["ahead"])
    alone = []
    for ids, label in zip(encoded, [0, 1, 0, 1], strict=True):
        single = Batches([ids], np.array([label]), pad, 1)
        alone.append(watch_gradients_of(model, whole, single))
    for i, report in enumerate(reports):
        for distance in range(6):
            norms = [rows[i]["norms"] for rows in alone]
            values = [row[distance] for row in norms if len(row) > distance]
            assert report["norms"][distance] == pytest.approx(np.mean(values), rel=1e-3, abs=1e-12)


def watch_gradients_of(model, like, batches):
    """The same weights over other examples."""
    tree = map_tree(lambda weight: weight.detach().numpy(), like.module.tree())
    return watch_gradients(Batched(model, tree, batches, batches, calibrated_loss, np.ones(2)))


def test_nothing_of_the_problem_is_left_changed(problem):
    watched = problem("lstm")
    before = torch.random.get_rng_state()
    watch_gradients(watched)
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(weight.grad is None for weight in watched.module.parameters())
    assert watched.model.layers.cell.kernel == "lstm"
    assert TORCH.recurrent("lstm", torch.zeros(1, 1, 1)) is not None


def test_a_dense_network_has_nothing_to_watch(problem, training):
    with pytest.raises(InputError, match="this model has no memory to watch; expected a recurrent model"):
        Trainer(problem("dense"), training(watch_gradients=True))


def test_the_bar_says_how_far_the_gradient_reaches(problem, training, capsys):
    with Log(None, show=True) as log:
        Trainer(problem("lstm"), training(epochs=1, watch_gradients=True)).fit(log)
        shown = log._gradients
    assert shown.startswith("gradient ")
    assert "reaches 4 of 4 steps" in shown
    capsys.readouterr()


def test_a_model_of_another_kind_refuses_it_by_name():
    with pytest.raises(InputError, match="watch_gradients means nothing for this kind of model; leave it out"):
        check_watchable(object())
