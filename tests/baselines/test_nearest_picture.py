"""Pictures that look alike are described alike: kinds of pictures, each a direction with noise."""

import numpy as np
import pytest

from unrolled.baselines.nearest_picture import NearestPicture
from unrolled.baselines.written import BaselineKind
from unrolled.errors import InputError

KINDS = ["a dog runs on grass", "two men ride a bike", "a child eats ice"]


def pictures(count, seed, cells=4, width=8):
    """Features (cells, width) of pictures of three kinds, and the kind of each."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 3, count)
    means = np.eye(3, width)[kinds] * 2 + 1
    return [(mean + rng.normal(0, 0.3, (cells, width))).astype(np.float16) for mean in means], kinds


def examples(count, seed):
    """Each picture with two captions that say its kind, and one that is beside the point."""
    features, kinds = pictures(count, seed)
    rows = [(source, KINDS[kind], place) for place, (source, kind) in enumerate(zip(features, kinds, strict=True))]
    pairs = [(s, text) for s, kind, place in rows for text in (f"oddity number {place}", kind, kind + " today")]
    return [source for source, _ in pairs], [text for _, text in pairs]


def test_the_answer_is_what_the_captions_of_near_pictures_agree_on():
    kind: BaselineKind = NearestPicture
    memory = kind.fit(*examples(60, 0))
    assert len(memory.captions) == 60
    assert memory.captions[0][0] == "oddity number 0"
    asked, kinds = pictures(20, 1)
    assert [answer.removesuffix(" today") for answer in memory.answers(asked)] == [KINDS[kind] for kind in kinds]
    means = [source.astype(np.float32).mean(0) for source in asked]
    assert memory.answers(means) == memory.answers(asked)
    assert memory.answers([]) == []


def test_neighbours_are_those_of_the_cosine_from_the_mean():
    features, _ = pictures(12, 2, cells=1)
    rows = np.concatenate(features).astype(np.float32)
    memory = NearestPicture(rows.astype(np.float16), [[str(i)] for i in range(12)], 1)
    centred = rows - rows.mean(0)
    for asked in pictures(6, 3, cells=1)[0]:
        own = asked[0].astype(np.float32) - rows.mean(0)
        cosines = centred @ own / np.linalg.norm(centred, axis=1)
        assert memory.answers([asked]) == [str(cosines.argmax())]


def test_one_picture_and_few_are_enough():
    memory = NearestPicture.fit([np.ones(3, np.float32)], ["all there is"])
    assert memory.name == "nearest picture"
    assert memory.answers([np.zeros(3)]) == ["all there is"]


def test_saved_and_restored_it_answers_the_same():
    memory = NearestPicture.fit(*examples(30, 4))
    arrays = {name: array.copy() for name, array in memory.arrays().items()}
    restored = NearestPicture.restore(arrays)
    asked, _ = pictures(9, 5)
    assert restored.answers(asked) == memory.answers(asked)
    assert restored.name == memory.name
    assert arrays["features"].dtype == np.float16
    with pytest.raises(InputError, match="30 pictures and 0 captions"):
        NearestPicture.restore({**arrays, "captions": np.zeros(0, np.uint8)})
    with pytest.raises(InputError, match="neighbours"):
        NearestPicture.restore({**arrays, "neighbours": np.array([2**30], np.int32)})


def test_one_picture_may_not_ask_for_all_the_memory_there_is():
    many = NearestPicture(np.zeros((1, 2), np.float16), [["a caption"] * 1_000], 1)
    with pytest.raises(InputError, match="1 pictures and 1000 captions"):
        NearestPicture.restore(many.arrays())


def test_features_that_do_not_fit_are_refused():
    memory = NearestPicture.fit(*examples(6, 6))
    with pytest.raises(InputError, match="3 features; expected 8"):
        memory.answers([np.ones(3)])
    with pytest.raises(InputError, match="finite"):
        memory.answers([np.full(8, np.nan)])
