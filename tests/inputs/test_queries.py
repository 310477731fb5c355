"""Queries as an input: saved with their log, and read back within bounds."""

import numpy as np
import pytest

from unrolled.data.query_log import QueryLog
from unrolled.errors import InputError
from unrolled.inputs.queries import LOG, Queries
from unrolled.settings import Layout
from unrolled.storage.model_folder import ModelFolder, write_model_folder

TEXTS, COUNTS = ["how to build", "шк ола", "how to bake"], np.array([3, 1, 2])


def learnt() -> Queries:
    queries = Queries("character", 300, 1, Layout())
    queries.learn(QueryLog(TEXTS, COUNTS))
    queries._counts = np.ones(len(queries.tokenizer), np.int64)
    return queries


def test_a_query_is_read_in_one_form() -> None:
    queries = learnt()
    assert queries.encode(" HOW\tto").tolist() == queries.encode("how to").tolist()
    with pytest.raises(InputError, match="the query is int; expected a string"):
        queries.encode(3)


def restored(folder, texts: str, counts: np.ndarray) -> Queries:
    arrays, saved = learnt().saved()
    tensors = {"model": {"a": np.zeros(1, np.float32)}, "encoder": {**arrays, "counts": counts}}
    write_model_folder(folder, {"task": "suggest", "settings": {}}, tensors, {**saved, LOG: texts})
    queries = Queries("character", 300, 1, Layout())
    queries.restore(ModelFolder.open(folder))
    return queries


def test_the_log_is_read_back(tmp_path) -> None:
    log = restored(tmp_path / "m", "".join(f"{text}\n" for text in TEXTS), COUNTS).log
    assert log.texts == TEXTS
    assert log.counts.tolist() == COUNTS.tolist()


@pytest.mark.parametrize(
    ("texts", "counts"),
    [
        ("a\nb\n", np.array([1])),
        ("a\nb\n", np.array([1, 0])),
        ("a\nb\n", np.array([1.0, 2.0])),
        ("a\nb\n", np.array([2**62, 2**62])),
        ("a\na\n", np.array([1, 1])),
        ("a\nB\n", np.array([1, 1])),
        ("a\n\n", np.array([1, 1])),
        ("a\nb  c\n", np.array([1, 1])),
        ("", np.zeros(0, np.int64)),
    ],
)
def test_a_damaged_log_is_refused(tmp_path, texts: str, counts: np.ndarray) -> None:
    with pytest.raises(InputError, match=LOG):
        restored(tmp_path / "m", texts, counts)
