"""The exported graphs give what the model gives, by ONNX Runtime: any batch, any time, the state carried."""

import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
from tests.models.networks import chord_network, label_network, recurrent_network, window_network

from unrolled import InputError, load
from unrolled.arrays import NUMPY, flatten, unflatten
from unrolled.commands.main import app
from unrolled.export import NODES, export_onnx, step_file
from unrolled.models import Model, WindowBody

V = 23


class Fitted:
    """What the exporter asks of a task, with weights by chance."""

    name = "next-word"

    def __init__(self, model) -> None:
        self.model = model
        rng = np.random.default_rng(0)
        shapes = flatten(model.shapes())
        self.params = unflatten({k: rng.normal(0, 0.4, shape).astype(np.float32) for k, shape in shapes.items()})

    def network(self):
        return self.model, self.params

    def answers(self) -> SimpleNamespace:
        return SimpleNamespace(names=[f"w{i}" for i in range(V)])

    def describe(self) -> str:
        return "by chance"


def session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def as_inputs(model, state) -> dict[str, np.ndarray]:
    if isinstance(model.body, WindowBody):
        return {"window": state}
    return {
        f"{i}_{name}": value for i, layer in enumerate(state) for name, value in zip(layer._fields, layer, strict=True)
    }


def random_state(model, batch: int, rng: np.random.Generator):
    if isinstance(model.body, WindowBody):
        return rng.integers(0, V, (batch, model.body.window - 1))
    zero = model.zero_state(NUMPY, batch, np.zeros(1, np.float32))
    return tuple(type(layer)(*(rng.normal(0, 0.5, a.shape).astype(np.float32) for a in layer)) for layer in zero)


def recurrent(cell: str, widths: tuple[int, ...], tied: bool) -> Model:
    return recurrent_network(V, 6, widths, cell, tied)


MODELS = {
    **{f"{cell}-{tied}": recurrent(cell, (7, 6), tied) for cell, tied in itertools.product(NODES, (True, False))},
    "one-layer": recurrent("lstm", (6,), True),
    "dense": window_network(V, 5, 5, 4),
    "dense-untied": window_network(V, 5, 8, 3, tied=False),
    "dense-one-word": window_network(V, 5, 5, 1),
}


@pytest.mark.parametrize("name", MODELS)
def test_both_graphs_equal_the_model(name: str, tmp_path: Path) -> None:
    model, task = MODELS[name], Fitted(MODELS[name])
    sequence, step = map(session, export_onnx(task, tmp_path / "m.onnx"))
    rng = np.random.default_rng(1)
    for batch, time in ((1, 1), (1, 7), (3, 5), (2, 0)):
        ids, state = rng.integers(0, V, (batch, time)), random_state(model, batch, rng)
        features, after = model.forward(NUMPY, task.params, ids, state)
        expected = model.output.predicted(NUMPY, model.output.scores(task.params, features))
        names = [output.name for output in sequence.get_outputs()]
        outputs = dict(zip(names, sequence.run(None, {"ids": ids, **as_inputs(model, state)}), strict=True))
        np.testing.assert_allclose(outputs["probabilities"], expected, atol=1e-5, rtol=0)
        for entry, value in as_inputs(model, after).items():
            np.testing.assert_allclose(outputs[f"{entry}_after"], value, atol=1e-5, rtol=0)

        carried = as_inputs(model, state)
        for t in range(time):
            answers = dict(zip(names, step.run(names, {"ids": ids[:, t], **carried}), strict=True))
            np.testing.assert_allclose(answers["probabilities"], expected[:, t], atol=1e-5, rtol=0)
            carried = {entry: answers[f"{entry}_after"] for entry in carried}


def test_a_cell_without_a_node_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for cell in ("mingru", "lru", "ssru"):
        with pytest.raises(InputError, match=f"no node for the cell '{cell}'"):
            export_onnx(Fitted(recurrent(cell, (6,), True)), tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_model_of_keys_or_labels_is_refused(tmp_path: Path) -> None:
    for model in (chord_network(9, (6,)), label_network(3, (6,), V)):
        with pytest.raises(InputError, match="a next-word model cannot be exported yet; expected a next-word model"):
            export_onnx(Fitted(model), tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_the_command_writes_what_the_model_predicts(keyboard: Path, tmp_path: Path, capsys) -> None:
    file = tmp_path / "keyboard.onnx"
    app(["export", str(keyboard), "--onnx", str(file)], standalone_mode=False)
    assert "keyboard.step.onnx" in capsys.readouterr().err
    task, step = load(keyboard), session(step_file(file))
    about = step.get_modelmeta().custom_metadata_map
    tokens = json.loads(about["unrolled.tokens"])
    assert tokens == list(task.input_.tokenizer.tokens)
    assert about["unrolled.task"] == "next-word"

    names = [output.name for output in step.get_outputs()]
    width = step.get_inputs()[1].shape[1]
    state = {entry.name: np.zeros((1, width), np.float32) for entry in step.get_inputs()[1:]}
    for i in [1, *(tokens.index(word) for word in ("the", "cat"))]:  # a text begins with the end of the one before
        answers = dict(zip(names, step.run(names, {"ids": np.array([i]), **state}), strict=True))
        state = {name: answers[f"{name}_after"] for name in state}
    answers["probabilities"][0, :2] = 0
    best = answers["probabilities"][0].argmax()
    expected = task.set_params(mixture=False).predict("the cat", 1)[0]  # the file holds the network alone
    assert tokens[best] == expected.text
    assert answers["probabilities"][0, best] == pytest.approx(expected.score, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "said"), [("m.onnx", "exists already"), ("m.txt", "ends in .onnx"), ("none/m.onnx", "none")]
)
def test_a_bad_target_is_refused(keyboard: Path, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "m.onnx").write_bytes(b"mine")
    with pytest.raises(InputError, match=said):
        app(["export", str(keyboard), "--onnx", str(tmp_path / name)], standalone_mode=False)
    assert (tmp_path / "m.onnx").read_bytes() == b"mine"
    assert [file.name for file in tmp_path.iterdir()] == ["m.onnx"]
    app(["export", str(keyboard), "--onnx", str(tmp_path / "m.onnx"), "--overwrite"], standalone_mode=False)
    assert session(tmp_path / "m.onnx").get_inputs()[0].name == "ids"


def test_the_documentation_s_example_runs(
    keyboard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    export_onnx(load(keyboard), tmp_path / "keyboard.onnx")
    text = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(text.split("```python\n")[1].split("```")[0], {})
    assert len(capsys.readouterr().out.splitlines()) == 3
