"""The loop against what can be computed by hand: gradients, clipping, windows, early stopping, failures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.models.networks import recurrent_network

from unrolled.arrays import map_state
from unrolled.data.windows import TokenWindows
from unrolled.errors import TrainingError
from unrolled.nn import TorchNoise
from unrolled.settings import Training
from unrolled.training import Log, Streamed, Trainer

Make = Callable[..., Any]


def fit(problem: Any, settings: Training, run: Path | None = None, resume: bool = False) -> tuple[Trainer, Any]:
    trainer = Trainer(problem, settings, run)
    with Log(None, show=False) as log:
        return trainer, trainer.fit(log, resume)


def test_one_step_is_that_of_torch_nn(training: Make) -> None:
    """Embedding, torch.nn.LSTM, linear layer, cross-entropy, clip, SGD: written out beside the loop."""
    rng = np.random.default_rng(2)
    ids = rng.integers(0, 9, 200)
    model = recurrent_network(9, 4, (5,), "lstm", False)
    problem = Streamed(model, model.initial(rng), TokenWindows(ids, 3, 7), TokenWindows(ids, 3, 7))
    start = {name: torch.from_numpy(values) for name, values in problem.module.arrays().items()}
    words, lstm, output = torch.nn.Embedding(9, 4), torch.nn.LSTM(4, 5, batch_first=True), torch.nn.Linear(5, 9)
    with torch.no_grad():
        words.weight.copy_(start["words.vectors"])
        lstm.weight_ih_l0.copy_(start["layers.0.U"])
        lstm.weight_hh_l0.copy_(start["layers.0.W"])
        lstm.bias_ih_l0.copy_(start["layers.0.b"])
        lstm.bias_hh_l0.zero_()
        output.weight.copy_(start["output.W"])
        output.bias.copy_(start["output.b"])
    inputs, targets = map(torch.from_numpy, problem.train.at(0)[:2])
    loss = torch.nn.functional.cross_entropy(output(lstm(words(inputs))[0]).flatten(0, 1), targets.flatten())
    peers = [words.weight, lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0, output.weight, output.bias]
    gradients = torch.autograd.grad(loss, peers)
    norm = torch.sqrt(sum((g**2).sum() for g in gradients))
    clip = float(norm) / 3

    trainer = Trainer(problem, training(optimizer="sgd", learning_rate=0.5, schedule="halving", clip=clip))
    assert trainer._update(0.5)[:2] == pytest.approx((loss.item(), norm.item()), rel=1e-5)
    names = ["words.vectors", "layers.0.U", "layers.0.W", "layers.0.b", "output.W", "output.b"]
    for name, gradient in zip(names, gradients, strict=True):
        np.testing.assert_allclose(
            trainer.weights[name].detach(), start[name] - 0.5 * gradient / 3, rtol=1e-4, atol=1e-6, err_msg=name
        )


def test_a_clip_of_0_is_none(problem: Make, training: Make) -> None:
    free, bound = (Trainer(problem(), training(clip=clip, optimizer="sgd")) for clip in (0.0, 1e9))
    assert free._update(0.1) == bound._update(0.1)
    assert all(torch.equal(free.weights[name], bound.weights[name]) for name in free.weights)


def test_the_state_is_carried_detached_and_starts_anew_with_each_epoch(interfering: Make, training: Make) -> None:
    problem = interfering()
    fit(problem, training(epochs=2))
    assert [step for step, _, _ in problem.seen] == list(range(2 * len(problem)))
    for step, state, noise in problem.seen:
        leaves: list[torch.Tensor] = []
        map_state(leaves.append, state)
        assert not any(leaf.requires_grad for leaf in leaves)
        assert all(bool((leaf == 0).all()) == (step % len(problem) == 0) for leaf in leaves)
        assert isinstance(noise, TorchNoise)


def test_a_window_as_long_as_the_text_is_full_bptt(problem: Make, training: Make) -> None:
    """And that of two halves is not, though their losses are: the second starts from a state that is detached."""
    whole, halves = (problem(window=w, dropout=0.0) for w in (80, 40))
    assert (len(whole), len(halves)) == (1, 2)
    parts = [Trainer(halves, training(optimizer="sgd", clip=0.0)), Trainer(whole, training(optimizer="sgd", clip=0.0))]
    losses = [trainer._update(0.0)[0] for trainer in parts]
    parts[0].state.position.step = 1
    second = parts[0]._update(0.0)[0]
    assert (losses[0] + second) / 2 == pytest.approx(losses[1], rel=1e-5)  # the state is carried: same loss
    name = "layers.0.W"
    full = parts[1].weights[name].grad
    assert full is not None
    ids, targets = map(torch.from_numpy, whole.train.at(0)[:2])
    total, _ = whole.module(ids, targets, None, None, None)
    by_hand = torch.autograd.grad(total / targets.numel(), whole.module.get_parameter(name))[0]
    torch.testing.assert_close(full, by_hand)
    truncated = parts[0].weights[name].grad
    assert truncated is not None
    halved = Trainer(problem(window=40, dropout=0.0), training(optimizer="sgd", clip=0.0))
    halved._update(0.0)
    first = halved.weights[name].grad
    assert first is not None
    assert not torch.allclose((first + truncated) / 2, full, rtol=1e-3)


def kept_weights(problem: Any) -> list[dict[str, torch.Tensor]]:
    """A list to which every validation of the problem adds the weights that it measured."""
    kept: list[dict[str, torch.Tensor]] = []
    validate = problem.validate

    def keeping() -> float:
        kept.append({name: weight.detach().clone() for name, weight in problem.module.named_parameters()})
        return float(validate())

    problem.validate = keeping
    return kept


def test_early_stopping_keeps_the_best_weights(interfering: Make, training: Make) -> None:
    problem = interfering(losses=[9.0] * 5 + [3.0, 2.0, 2.5, 2.0, 9.0])  # every 50 steps; counted from step 300 on
    kept = kept_weights(problem)
    trainer, outcome = fit(problem, training(epochs=100, patience=3, schedule="constant"))
    assert (outcome.steps, outcome.loss, outcome.interrupted, outcome.out_of_time) == (500, 2.0, False, False)
    assert all(torch.equal(weight, kept[6][name]) for name, weight in trainer.weights.items())
    assert not torch.equal(kept[6]["output.b"], kept[9]["output.b"])


@pytest.mark.parametrize("schedule", ["wsd", "cosine"])
def test_when_patience_is_over_the_rate_falls_from_the_best_weights(
    interfering: Make, training: Make, tmp_path: Path, schedule: str
) -> None:
    problem = interfering(losses=[9.0] * 5 + [3.0, 2.0, 2.5, 2.0, 9.0, 1.8, 1.9, 1.7])
    kept = kept_weights(problem)
    starts: list[bool] = []
    problem.before = lambda step: starts.append(
        len(kept) > 6 and all(torch.equal(w, kept[6][n]) for n, w in problem.module.named_parameters())
    )
    settings = training(epochs=100, patience=3, schedule=schedule)
    with Log(tmp_path / "log.jsonl", show=False) as log:
        outcome = Trainer(problem, settings).fit(log)
    assert (outcome.steps, outcome.loss, outcome.out_of_time) == (500 + 125, 1.7, False)
    assert [step for step, equal in enumerate(starts) if equal] == [350, 500]  # once just after the best validation
    events = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    rates = {event["step"]: event["learning_rate"] for event in events if event["event"] == "step"}
    assert rates[620] < 0.1 * rates[500] <= 0.001
    assert [event["steps"] for event in events if event["event"] == "annealing"] == [625]


def test_the_rate_falls_at_the_end_of_the_budget(problem: Make, training: Make, tmp_path: Path) -> None:
    with Log(tmp_path / "log.jsonl", show=False) as log:
        outcome = Trainer(problem(), training(epochs=10, schedule="wsd")).fit(log)
    events = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    rates = {event["step"]: event["learning_rate"] for event in events if event["event"] == "step"}
    assert (outcome.steps, outcome.out_of_time) == (160, True)
    assert rates[100] == rates[120] == 0.01 > rates[140] > rates[160] > 0
    assert rates[160] < 0.1 * rates[120]


def test_a_run_without_a_budget_has_a_thousand_steps(problem: Make, training: Make) -> None:
    free = training(minutes=None, epochs=None)
    assert Trainer(problem(), free).limit == 1000  # forty epochs of 16 steps are fewer
    assert Trainer(problem(), training(minutes=None, epochs=3)).limit == 48  # as asked for


def test_the_last_steps_are_validated_too(interfering: Make, training: Make) -> None:
    problem = interfering(losses=[5.0, 4.0, 3.0, 2.0, 1.0])  # 48 steps, validations every 10
    assert fit(problem, training())[1].loss == 1.0
    assert problem.losses == []


def test_validation_runs_without_dropout(problem: Make) -> None:
    noisy, quiet = problem(dropout=0.9), problem(dropout=0.0)
    assert noisy.validate() == noisy.validate() == quiet.validate()
    noise = TorchNoise(torch.Generator().manual_seed(0))
    assert noisy.loss(0, noisy.first_state(), noise)[0] != quiet.loss(0, quiet.first_state(), noise)[0]


def test_a_run_without_a_folder_is_the_same_and_seeds_matter(problem: Make, training: Make, tmp_path: Path) -> None:
    (_, one), (_, two), (_, other) = (
        fit(problem(), training(seed=seed), run) for seed, run in ((0, None), (0, tmp_path), (1, None))
    )
    assert one.loss == two.loss != other.loss


def test_weight_decay_shrinks(problem: Make, training: Make) -> None:
    sizes = [
        float(sum((w**2).sum() for w in fit(problem(), training(weight_decay=decay))[0].weights.values()).detach())
        for decay in (0.0, 1.0)
    ]
    assert sizes[1] < sizes[0]


def test_a_text_with_a_rule_is_learnt(training: Make) -> None:
    rng = np.random.default_rng(0)
    model = recurrent_network(11, 6, (6,), "gru")
    windows = TokenWindows(np.arange(241) % 11, 3, 5)
    outcome = fit(Streamed(model, model.initial(rng), windows, windows), training(epochs=6, learning_rate=0.1))
    assert outcome[1].loss < 0.2  # ln 11 = 2.4 without the rule


@pytest.mark.parametrize("where", ["weight layers.1.W", "gradient of output.b"])
def test_a_number_that_is_not_finite_stops_the_run(
    problem: Make, interfering: Make, training: Make, tmp_path: Path, where: str
) -> None:
    broken = interfering()
    weight = broken.module.get_parameter(where.rpartition(" ")[2])

    def spoil(step: int) -> None:
        if step == 14 and where.startswith("weight"):
            with torch.no_grad():
                weight[0, 0] = float("nan")
        elif step == 14:
            weight.register_hook(lambda gradient: gradient * float("nan"))

    broken.before = spoil
    with pytest.raises(TrainingError, match=f"step 14: .*not finite: {where}") as caught:
        fit(broken, training(), tmp_path)
    assert str(tmp_path / "resume.safetensors") in str(caught.value)
    assert caught.value.exit_code == 1
    resumed, outcome = fit(problem(), training(), tmp_path, resume=True)  # from the validation at step 10
    whole, expected = fit(problem(), training())
    assert (outcome.steps, outcome.loss) == (expected.steps, expected.loss)
    assert all(torch.equal(weight, whole.weights[name]) for name, weight in resumed.weights.items())


def test_a_validation_that_is_not_finite_stops_the_run(interfering: Make, training: Make, tmp_path: Path) -> None:
    for losses, saved in (([float("nan")], "nothing had been saved"), ([2.0, float("inf")], "last good checkpoint")):
        with pytest.raises(TrainingError, match=rf"step \d0: the validation loss is \w+; .*{saved}"):
            fit(interfering(losses=losses), training(), tmp_path)
