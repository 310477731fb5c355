"""An encoder–decoder's two graphs give what the model gives, by ONNX Runtime: sources of any lengths, step by step."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tests.export.made import Fitted, V, network

from unrolled import InputError
from unrolled.arrays import NUMPY
from unrolled.cells import GRU
from unrolled.export import NODES, export_pairs
from unrolled.inference.model_writer import ModelWriter
from unrolled.layers import Dense, Recurrent
from unrolled.layers.attention import ATTENTIONS
from unrolled.models.encoder_decoder import Dropouts, EncoderDecoder
from unrolled.models.picture_encoder import GridEncoder, PictureEncoder
from unrolled.models.picture_network import small_network

LENGTHS = np.array([1, 6, 3])


MODELS = {
    **{cell: network(cell) for cell in NODES},
    **{kind: network(attention=kind) for kind in ATTENTIONS if kind != "additive"},
    "ssru": network("lstm", decoder="ssru"),
    "feeding": network("lstm", "general", feeding=True),
    "deep": network("lstm", "dot", deep=True, upper=False),
}


def session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def called(graph: onnxruntime.InferenceSession, **given) -> dict[str, np.ndarray]:
    names = [output.name for output in graph.get_outputs()]
    asked = {one.name for one in graph.get_inputs()}
    return dict(zip(names, graph.run(None, {k: v for k, v in given.items() if k in asked}), strict=True))


@pytest.mark.parametrize("name", MODELS)
def test_both_graphs_equal_the_model(name: str, tmp_path: Path) -> None:
    model, task = MODELS[name], Fitted(MODELS[name])
    reading, step = map(session, export_pairs(task, {}, tmp_path / "m.onnx"))
    rng = np.random.default_rng(1)
    ids, written = rng.integers(0, V, (3, 6)), rng.integers(0, V, (3, 4))
    memory = model.read(NUMPY, task.params, ids, LENGTHS)
    state = model.start(NUMPY, task.params, memory)
    given = called(reading, ids=ids, lengths=LENGTHS)
    np.testing.assert_allclose(given["memory"], memory.values, atol=1e-5, rtol=0)
    if "keys" in given:
        np.testing.assert_allclose(given["keys"], memory.keys, atol=1e-5, rtol=0)
    for t in range(written.shape[1]):
        features, attention, state = model.forward(NUMPY, task.params, memory, written[:, t : t + 1], state)
        expected = np.log(model.output.predicted(NUMPY, model.output.scores(task.params, features[:, 0])))
        got = called(step, ids=written[:, t], lengths=LENGTHS, **given)
        np.testing.assert_allclose(got["log_probabilities"], expected, atol=1e-5, rtol=0)
        np.testing.assert_allclose(got["attention"], attention[:, 0], atol=1e-5, rtol=0)
        given |= {entry.removesuffix("_after"): value for entry, value in got.items() if entry.endswith("_after")}
    for part, entries in (("decoder", state.lower), ("upper", state.upper)):
        for i, layer in enumerate(entries):
            for entry, value in layer._asdict().items():
                np.testing.assert_allclose(given[f"{part}_{i}_{entry}"], value, atol=1e-5, rtol=0)


def test_a_file_holds_its_texts_and_no_more_than_its_outputs(tmp_path: Path) -> None:
    files = export_pairs(Fitted(MODELS["feeding"]), {"source.json": json.dumps(["ä"])}, tmp_path / "m.onnx")
    for graph in map(session, files):
        about = graph.get_modelmeta().custom_metadata_map
        assert (about["unrolled.task"], about["unrolled.model"]) == ("made", "by chance")
        assert json.loads(about["unrolled.source.json"]) == ["ä"]
    names = [one.name for one in session(files[0]).get_outputs()]
    assert names == ["memory", "keys", "decoder_0_h", "decoder_0_c", "upper_0_h", "upper_0_c", "fed"]


def test_a_cell_without_a_node_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for model, cell in ((network("ssru"), "ssru"), (network(decoder="mingru"), "mingru")):
        with pytest.raises(InputError, match=f"no node for the cell '{cell}'; expected one of rnn"):
            export_pairs(Fitted(model), {}, tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_step_that_copies_equals_the_model(tmp_path: Path) -> None:
    model = network("gru", "general", copying=True)
    task = Fitted(model)
    reading, step = map(session, export_pairs(task, {}, tmp_path / "m.onnx"))
    rng = np.random.default_rng(2)
    ids = rng.integers(1, V + 3, (3, 6)) * (np.arange(6) < LENGTHS[:, None])
    written = rng.integers(0, V + 3, (3, 3))
    writer = ModelWriter(NUMPY, model, task.params, ids, LENGTHS)
    state, given = writer.start(), called(reading, ids=ids, lengths=LENGTHS)
    for t in range(written.shape[1]):
        expected, state = writer.step(written[:, t], state)
        got = called(step, ids=written[:, t], lengths=LENGTHS, sources=ids, **given)
        possible = np.isfinite(expected.log_probabilities)
        there = got["log_probabilities"]
        assert there.shape == expected.log_probabilities.shape
        np.testing.assert_allclose(there[possible], expected.log_probabilities[possible], atol=1e-5, rtol=0)
        assert (there[~possible] < -60).all()
        given |= {entry.removesuffix("_after"): value for entry, value in got.items() if entry.endswith("_after")}


@pytest.mark.parametrize("features", [True, False])
def test_a_model_that_looks_equals_its_graphs(tmp_path: Path, features: bool) -> None:
    small = small_network(3, 8, outputs=4)
    encoder = GridEncoder(Dense(7, 4)) if features else PictureEncoder(small, Dense(small.outputs, 4))
    plain = network("gru", "general")
    model = EncoderDecoder.of(encoder, plain.words, ATTENTIONS["general"], Recurrent(GRU, 5, (6,)), None, Dropouts())
    task, rng = Fitted(model), np.random.default_rng(3)
    sources = rng.normal(0, 1, (2, 4, 7)) if features else rng.integers(0, 255, (2, 8, 8, 3))
    sources = sources.astype(np.float32)
    writer = ModelWriter(NUMPY, model, task.params, sources, np.array([4, 4]))
    reading, step = map(session, export_pairs(task, {}, tmp_path / "m.onnx"))
    given = called(reading, features=sources, pictures=sources, lengths=writer.lengths)
    state, written = writer.start(), rng.integers(0, V, (2, 2))
    for t in range(2):
        expected, state = writer.step(written[:, t], state)
        got = called(step, ids=written[:, t], lengths=writer.lengths, **given)
        np.testing.assert_allclose(got["log_probabilities"], expected.log_probabilities, atol=1e-5, rtol=0)
        given |= {entry.removesuffix("_after"): value for entry, value in got.items() if entry.endswith("_after")}
