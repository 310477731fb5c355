"""The memory that inspection shows is the one the model has."""

import numpy as np
import pytest

from unrolled.arrays import NUMPY, map_tree
from unrolled.cells import CELLS, LSTM
from unrolled.inspection.memory import read_memory
from unrolled.layers import Recurrent

T, D, H = 7, 3, 4


def stack(cell, bidirectional=False, widths=(H, 5)):
    rng = np.random.default_rng(0)
    layers = Recurrent(cell, D, widths, bidirectional)
    return layers, map_tree(lambda a: a.astype(np.float64), layers.initial(rng)), rng.normal(size=(T, D))


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_states_and_outputs_are_those_of_the_layers(cell, bidirectional):
    layers, params, x = stack(cell, bidirectional)
    y, states = layers.forward(NUMPY, params, x[None])
    memories = read_memory(layers, params, x)
    assert len(memories) == (4 if bidirectional else 2)
    top = memories[-2:] if bidirectional else memories[-1:]
    np.testing.assert_allclose(np.concatenate([m.outputs for m in top], axis=1), y[0], atol=1e-12)
    last = [state for pair in states for state in pair] if bidirectional else states
    for memory, state in zip(memories, last, strict=True):
        end = 0 if memory.direction == "back" else -1
        for name, entry in state._asdict().items():
            assert len(memory.states[name]) == T
            np.testing.assert_allclose(memory.states[name][end], entry[0].ravel(), atol=1e-12)


@pytest.mark.parametrize("cell", [cell for cell in CELLS.values() if cell.gates], ids=lambda cell: cell.name)
def test_gates_are_named_and_open_between_0_and_1(cell):
    layers, params, x = stack(cell)
    for memory in read_memory(layers, params, x):
        assert tuple(memory.gates) == cell.gates
        for name, gate in memory.gates.items():
            assert gate.shape == memory.outputs.shape
            assert np.abs(gate).max() < 1
            assert (gate.min() > 0) == (name != "candidate")


def test_the_gates_of_an_lstm_make_its_cell_state():
    layers, params, x = stack(LSTM)
    memory = read_memory(layers, params, x)[0]
    before = np.vstack([np.zeros(H), memory.states["c"][:-1]])
    gates = memory.gates
    expected = gates["forget"] * before + gates["input"] * gates["candidate"]
    np.testing.assert_allclose(memory.states["c"], expected, atol=1e-12)
    np.testing.assert_allclose(memory.states["h"], gates["output"] * np.tanh(memory.states["c"]), atol=1e-12)


def test_a_gru_and_a_mingru_are_made_by_their_update_gates():
    layers, params, x = stack(CELLS["gru"])
    memory = read_memory(layers, params, x)[0]
    before = np.vstack([np.zeros(H), memory.states["h"][:-1]])
    z = memory.gates["update"]
    np.testing.assert_allclose(memory.states["h"], (1 - z) * memory.gates["candidate"] + z * before, atol=1e-12)
    layers, params, x = stack(CELLS["mingru"])
    memory = read_memory(layers, params, x)[0]
    before = np.vstack([np.zeros(H), memory.states["h"][:-1]])
    candidate = (x @ params["0"].U.T + params["0"].b)[:, H:]
    z = memory.gates["update"]
    np.testing.assert_allclose(memory.states["h"], (1 - z) * before + z * candidate, atol=1e-12)


def test_a_direction_back_knows_what_comes_after_alone():
    layers, params, x = stack(LSTM, bidirectional=True, widths=(H,))
    changed = x.copy()
    changed[3] += 1
    ahead, back = (
        np.abs(new.states["h"] - old.states["h"]).max(axis=1) > 0
        for new, old in zip(read_memory(layers, params, changed), read_memory(layers, params, x), strict=True)
    )
    assert ahead.tolist() == [False] * 3 + [True] * 4
    assert back.tolist() == [True] * 4 + [False] * 3
