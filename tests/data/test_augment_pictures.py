import numpy as np
import pytest

from unrolled.data import augment_pictures
from unrolled.data.augment_pictures import bend, blur, lean, noise, sample, thicken, vary

H, W = 40, 48


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def ring(shape=(H, W)):
    """A dark ring on white, in the middle."""
    y, x = np.mgrid[:H, :W]
    distance = np.hypot(y - (H - 1) / 2, x - (W - 1) / 2)
    picture = np.where(abs(distance - 12) < 2, 0, 255).astype(np.uint8)
    return picture if shape == (H, W) else np.repeat(picture[..., None], 3, 2)


@pytest.mark.parametrize("shape", [(H, W), (H, W, 3)])
def test_a_picture_varies_and_stays_a_picture(rng, shape):
    picture = ring(shape)
    before = picture.copy()
    varied = [vary(picture, rng) for _ in range(20)]
    assert {(one.shape, one.dtype) for one in varied} == {(shape, np.dtype(np.uint8))}
    assert np.array_equal(picture, before)
    assert len({one.tobytes() for one in varied}) == 20
    for one in varied:  # still a ring around a bright middle, on bright ground
        rows, columns = np.nonzero(one.reshape(H, W, -1)[..., 0] < 100)
        assert abs(rows.mean() - (H - 1) / 2) < 4
        assert abs(columns.mean() - (W - 1) / 2) < 5
        assert one[H // 2, W // 2].mean() > 200
    assert np.array_equal(vary(picture, np.random.default_rng(7)), vary(picture, np.random.default_rng(7)))


def test_places_without_a_change_give_the_picture(rng):
    picture = rng.uniform(0, 255, (H, W, 3)).astype(np.float32)
    assert np.allclose(sample(picture, *lean(H, W, rng, shift=0, scale=0, slant=0)), picture, atol=1e-3)
    rows, columns = lean(H, W, rng, shift=0, scale=0, slant=0)
    assert np.array_equal(bend((rows, columns), rng, amount=0), (rows, columns))


def test_between_pixels_is_a_straight_line_and_outside_is_the_edge():
    picture = np.array([[0, 10], [20, 30]], np.float32)
    rows, columns = np.array([[0.5, -3]], np.float32), np.array([[0.5, 9]], np.float32)
    assert sample(picture, rows, columns).tolist() == [[15, 10]]


def test_how_far_it_goes(rng):
    straight = lean(H, W, rng, 0, 0, 0)
    moved = [np.subtract(lean(H, W, rng, shift=0.04, scale=0, slant=0), straight) for _ in range(200)]
    assert 0.9 < max(abs(one[1]).max() for one in moved) / (0.04 * W) <= 1.001
    assert 0.9 < max(abs(one[0]).max() for one in moved) / (0.02 * H) <= 1.001
    slanted = lean(H, W, np.random.default_rng(1), shift=0, scale=0, slant=0.25)
    assert np.allclose(slanted[0], straight[0], atol=1e-4)
    assert np.ptp(slanted[1] - straight[1], axis=1).max() < 1e-4
    bent = [bend(straight, rng, 0.02)[0] - straight[0] for _ in range(100)]
    assert 0.005 < np.std(bent) / H < 0.02


def test_strokes_become_thicker_and_finer(rng):
    picture = ring().astype(np.float32)
    ink = [float((255 - thicken(picture, rng)).sum()) for _ in range(50)]
    assert min(ink) < 0.6 * (255 - picture).sum()
    assert max(ink) > 1.4 * (255 - picture).sum()


def test_blur_keeps_the_mean_and_noise_is_bounded(rng):
    picture = ring().astype(np.float32)
    blurred = blur(picture, rng)
    assert blurred.mean() == pytest.approx(picture.mean(), rel=1e-3)
    assert np.abs(np.diff(blurred)).max() < 255
    deviations = [np.std(noise(picture, rng, 12) - picture) for _ in range(100)]
    assert 0 < min(deviations) < 1
    assert 11 < max(deviations) < 13


def test_equal_sizes_share_what_does_not_change(rng):
    vary(ring(), rng)
    before = augment_pictures._centred.cache_info().misses
    vary(ring(), rng)
    assert augment_pictures._centred.cache_info().misses == before


@pytest.mark.parametrize("join", [np.maximum, np.minimum, np.add])
def test_each_pixel_is_joined_with_the_eight_around_it(rng, join):
    picture = rng.uniform(0, 1, (9, 7, 3)).astype(np.float32)
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (0, 1))
    expected = join.reduce(windows.reshape(9, 7, 3, 9), -1)
    assert np.allclose(augment_pictures._around(picture, join), expected, rtol=1e-5)
