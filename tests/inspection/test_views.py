"""Views over models of every kind of pooling: the unrolled network is drawn and told with what it pools."""

import json
from pathlib import Path

import pytest

from unrolled import Classifier, Training
from unrolled.layers import POOLINGS, Pooling

TEXTS = ["I had my laptop fixed", "I had fixed my laptop"] * 6
LABELS = ["by another", "by oneself"] * 6


@pytest.fixture(scope="module", params=POOLINGS)
def pooled(request, tmp_path_factory):
    """The kind of pooling, and the folder of a small classifier that has it."""
    folder = tmp_path_factory.mktemp("models") / request.param
    training = Training(epochs=1, batch=8)
    model = Classifier(cell="rnn", width=4, embedding=3, pooling=request.param, training=training)
    model.fit(TEXTS, LABELS).save(folder)
    return request.param, folder


@pytest.mark.parametrize("view", ["memory", "gradients", "words"])  # and below
def test_every_pooling_has_every_view(run_command, pooled, tmp_path, view):
    _, folder = pooled
    picture = tmp_path / "picture.png"
    code, _, err = run_command("inspect", folder, "I had my laptop", f"--{view}", "-o", picture)
    assert code == 0, err
    assert picture.read_bytes().startswith(b"\x89PNG")
    code, out, err = run_command("inspect", folder, "I had my laptop", f"--{view}", "--json")
    assert code == 0, err
    assert json.loads(out)["steps"] == ["i", "had", "my", "laptop"]


def test_the_unrolled_network_says_what_it_pools(run_command, pooled, tmp_path):
    kind, folder = pooled
    picture = tmp_path / "picture.svg"
    code, _, err = run_command("inspect", folder, "I had my laptop", "--unrolled", "-o", picture)
    assert code == 0, err
    assert Path(picture).stat().st_size > 1000
    seen = json.loads(run_command("inspect", folder, "I had my laptop", "--unrolled", "--json")[1])
    assert seen["steps"] == ["i", "had", "my", "laptop"]
    assert seen["weights"]["O"] == [2, 8]
    assert len(seen["outputs"]) == 1
    assert Pooling(kind, 4).description
