import base64

import numpy as np
import pytest
from tests.serve.small_models import tone, wav

from unrolled import InputError
from unrolled.inputs.sound import Sound

RATE = 8_000
CLIPS = [(tone(label, seconds, seed=seed), RATE) for seed, label, seconds in ((0, "high", 0.3), (1, "low", 0.4))]


@pytest.fixture(scope="module")
def sound() -> Sound:
    fitted = Sound()
    fitted.learn(CLIPS)
    return fitted


def message(samples, rate=RATE):
    return {"samples": base64.b64encode(np.rint(samples * 32768).astype("<i2").tobytes()).decode(), "rate": rate}


def test_each_band_gets_mean_0_and_variance_1(sound):
    steps = np.concatenate([sound.encode(clip) for clip in CLIPS])
    np.testing.assert_allclose(steps.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(steps.std(0), 1, rtol=1e-3)
    assert (sound.vocabulary, sound.width, sound.features[0].width) == (0, 40, 80)
    assert sound.banks.rate == RATE


def test_a_file_its_path_and_its_bytes_are_the_same(sound, tmp_path):
    content = wav(CLIPS[0][0])
    (tmp_path / "high.wav").write_bytes(content)
    expected = sound.encode(content)
    np.testing.assert_array_equal(sound.encode(tmp_path / "high.wav"), expected)
    np.testing.assert_array_equal(sound.encode(str(tmp_path / "high.wav")), expected)
    assert sound.read_file(tmp_path / "high.wav") == tmp_path / "high.wav"
    clip, seconds = sound.from_media(content, 10)
    np.testing.assert_array_equal(sound.encode(clip), expected)
    assert seconds == pytest.approx(0.3)


def test_names_are_seconds_and_the_vector_is_mean_and_spread(sound):
    steps, names = sound.encode(CLIPS[0]), sound.names(CLIPS[0])
    assert len(names) == len(steps)
    assert names[:3] == ["0.00", "0.01", "0.02"]
    places, values = sound.document(steps)
    np.testing.assert_array_equal(places, range(80))
    np.testing.assert_allclose(values, [*steps.mean(0), *steps.std(0)])


def test_it_is_changed_at_random_and_the_seed_says_how(sound):
    steps = sound.encode(CLIPS[0])
    before = steps.copy()
    changed, same, other = (sound.augment(steps, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert sound.augments
    np.testing.assert_array_equal(steps, before)
    np.testing.assert_array_equal(changed, same)
    assert changed.shape[1] == 40
    assert changed.shape != other.shape or not np.array_equal(changed, other)


def test_samples_that_come_bit_by_bit_are_the_whole(sound):
    samples = (np.rint(CLIPS[1][0] * 32768) / 32768).astype(np.float32)
    live = sound.live()
    pieces = [live.read(message(piece)) for piece in np.split(samples, [7, 900, 901, 2_000])]
    steps, whole = np.concatenate(pieces), sound.encode((samples, RATE))
    assert len(whole) - 2 <= len(steps) <= len(whole)
    np.testing.assert_allclose(steps, whole[: len(steps)], atol=1e-3)
    np.testing.assert_allclose(live.fresh().read(message(samples)), steps, atol=1e-3)


def test_a_live_sound_has_one_rate_and_whole_samples(sound):
    live = sound.live()
    live.read(message(CLIPS[0][0]))
    with pytest.raises(InputError, match="rate is 16000; the sound began with 8000: send reset to begin another"):
        live.read(message(CLIPS[0][0], 16_000))
    for samples in ("§", "abc", base64.b64encode(b"abc").decode()):
        with pytest.raises(InputError, match="expected base64 of 16-bit little-endian numbers"):
            sound.live().read({"samples": samples})


@pytest.mark.parametrize("raw", [3, None, (1, 2, 3), np.zeros(800)])
def test_what_is_no_sound_is_refused(sound, raw):
    with pytest.raises(InputError, match=r"expected a recording's path, or \(samples, rate\)"):
        sound.encode(raw)


def test_what_was_saved_is_restored(sound, folder_of):
    restored = Sound()
    restored.restore(folder_of(*sound.saved()))
    np.testing.assert_array_equal(restored.encode(CLIPS[0]), sound.encode(CLIPS[0]))
    assert restored.banks == sound.banks


@pytest.mark.parametrize("banks", [8000.0, [], [8000.0], [1.0] * 9])
def test_filter_banks_that_are_none_are_refused(folder_of, banks):
    arrays = {"mean": np.zeros(40, np.float32), "scale": np.ones(40, np.float32), "banks": np.asarray(banks)}
    sound, folder = Sound(), folder_of(arrays, {})
    if np.size(banks) > 1:
        with pytest.raises(InputError, match="filter bank settings"):
            sound.restore(folder)
    else:
        sound.restore(folder)
        assert sound.banks.bins == 40


@pytest.mark.parametrize("missing", ["mean", "scale", "banks"])
def test_parts_that_are_missing_are_refused(sound, folder_of, missing):
    arrays, _ = sound.saved()
    with pytest.raises(InputError, match=f"the encoder of sound lacks '{missing}'"):
        Sound().restore(folder_of({name: array for name, array in arrays.items() if name != missing}, {}))


def test_a_scale_of_other_bands_is_refused(sound, folder_of):
    short = {name: array[:30] if name in ("mean", "scale") else array for name, array in sound.saved()[0].items()}
    with pytest.raises(InputError, match="has 40 bins, but the mean of 30"):
        Sound().restore(folder_of(short, {}))
