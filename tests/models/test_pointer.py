import numpy as np
import pytest
import torch

from unrolled.arrays import NUMPY, Tree
from unrolled.models.heads import Softmax
from unrolled.models.pointer import Pointer, known, with_copies
from unrolled.nn import TORCH

V, R, S, N = 6, 4, 5, 3
SOURCES = np.array([[2, 7, 2, 1, 0], [8, 3, 9, 4, 1], [6, 1, 0, 0, 0]])
PARAMS = Tree(
    pointer=Pointer(R).initial(np.random.default_rng(1)), output=Softmax(V, R).initial(np.random.default_rng(2))
)


def drawn(seed=0):
    rng = np.random.default_rng(seed)
    features, scores = rng.normal(size=(N, R)), rng.normal(size=(N, S)) + np.where(SOURCES > 0, 0, -1e9)
    return features, NUMPY.softmax(scores)


def mixture(features, attention, only_copied=()):
    output, pointer = Softmax(V, R), Pointer(R)
    scores = NUMPY.log_softmax(output.scores(PARAMS, features)).astype(np.float32)
    gate = pointer.gate(PARAMS, features).astype(np.float32)
    return with_copies(scores, gate, attention.astype(np.float32), SOURCES, only_copied)


def test_the_mixture_is_that_of_its_two_parts():
    features, attention = drawn()
    mixed = np.exp(mixture(features, attention))
    generated = NUMPY.softmax(Softmax(V, R).scores(PARAMS, features))
    gate = 1 / (1 + np.exp(-Pointer(R).gate(PARAMS, features)))
    for row in range(N):
        expected = np.zeros(10)
        expected[:V] = gate[row] * generated[row]
        for s in range(S):
            if SOURCES[row, s] > 1:
                expected[SOURCES[row, s]] += (1 - gate[row]) * attention[row, s]
        np.testing.assert_allclose(mixed[row], expected, atol=1e-6)


@pytest.mark.parametrize("target", [[2, 9, 6], [1, 4, 0], [5, 3, 2]])
def test_the_loss_is_that_of_the_mixture_and_torch_agrees(target):
    features, attention = drawn(1)
    targets = np.array(target)
    arrays = (features, attention, SOURCES, targets)
    loss = Pointer(R).loss(NUMPY, PARAMS, Softmax(V, R), *arrays)
    expected = -mixture(features, attention)[np.arange(N), targets].astype(np.float64).sum()
    assert loss == pytest.approx(expected, rel=1e-5)
    tensors = Tree({name: Tree({k: torch.tensor(v) for k, v in tree.items()}) for name, tree in PARAMS.items()})
    again = Pointer(R).loss(TORCH, tensors, Softmax(V, R), *map(torch.from_numpy, arrays))
    assert float(again) == pytest.approx(loss, rel=1e-9)


@pytest.mark.parametrize("sharp", [0.0, 1e3, 1e6])
def test_all_that_a_document_has_stays_finite_whatever_the_scores(sharp):
    features, _ = drawn(2)
    attention = np.eye(S)[[0, 1, 0]]  # nothing is looked at beside one step
    mixed = mixture(features * sharp, attention)
    assert not np.isnan(mixed).any()
    for row in range(N):
        own = [i for i in SOURCES[row] if i > 1]
        assert np.isfinite(mixed[row, own]).all()
        strange = sorted({6, 7, 8, 9} - set(own))
        assert (mixed[row, strange] == -np.inf).all()
    for target in (2, 6):
        tensor = torch.tensor(features * sharp, requires_grad=True)
        tensors = Tree({name: Tree({k: torch.tensor(v) for k, v in tree.items()}) for name, tree in PARAMS.items()})
        wanted = torch.full((N,), target)
        loss = Pointer(R).loss(
            TORCH, tensors, Softmax(V, R), tensor, torch.tensor(attention), torch.tensor(SOURCES), wanted
        )
        loss.backward()
        assert torch.isfinite(loss)
        assert tensor.grad is not None
        assert torch.isfinite(tensor.grad).all()


def test_what_is_only_copied_is_not_generated():
    features, attention = drawn(3)
    mixed = mixture(features, attention, only_copied=[2, 3])
    assert np.isfinite(mixed[0, 2])
    assert mixed[0, 3] == mixed[1, 2] == mixed[2, 2] == -np.inf
    assert np.isfinite(mixed[1, 3])


def test_ids_beyond_the_vocabulary_are_unknown():
    assert known(SOURCES, V).tolist() == [[2, 0, 2, 1, 0], [0, 3, 0, 4, 1], [0, 1, 0, 0, 0]]
