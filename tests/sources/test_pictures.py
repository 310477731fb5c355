import random
import struct
import sys
import warnings
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image
from tests.sources.pictures_by_code import encoded, folder_of, picture, turned

from unrolled.errors import InputError, MissingExtra
from unrolled.sources.pictures import picture_files, read_picture, scaled, square

RGB = Image.fromarray(picture())
FORMATS = {
    "jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    "progressive": ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
    "png": ("PNG", {}),
    "apng": ("PNG", {"save_all": True, "append_images": [RGB.rotate(180)]}),
    "webp": ("WEBP", {"lossless": True}),
    "animated webp": ("WEBP", {"lossless": True, "save_all": True, "append_images": [RGB.rotate(180)]}),
    "gif": ("GIF", {"save_all": True, "append_images": [RGB.rotate(180)]}),
    "bmp": ("BMP", {}),
    "tiff": ("TIFF", {"compression": "tiff_lzw", "save_all": True, "append_images": [RGB.rotate(180)]}),
}


def close(one, other, most=8):
    return one.shape == other.shape and np.abs(one.astype(int) - other.astype(int)).max() <= most


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_read_from_bytes_a_path_and_a_text_and_of_several_pictures_the_first(name, tmp_path):
    format, options = FORMATS[name]
    content = encoded(RGB, format, **options)
    path = tmp_path / "named.anything"
    path.write_bytes(content)
    for raw in (content, path, str(path)):
        read = read_picture(raw)
        assert read.dtype == np.uint8
        assert read.flags.writeable
        assert close(read, picture())


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_as_its_exif_says(format, orientation):
    upright = picture()
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: np.rot90(upright, -1),
    }[orientation]
    options = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(format, {})
    content = encoded(Image.fromarray(np.ascontiguousarray(stored)), format, exif=turned(orientation), **options)
    assert close(read_picture(content), upright)
    assert close(scaled(content, 8), square(upright, 8))


def test_colours_of_print_and_shades_of_grey_become_rgb():
    assert close(read_picture(encoded(RGB.convert("CMYK"), "JPEG", quality=95, subsampling=0)), picture(), 12)
    assert close(read_picture(encoded(RGB.convert("CMYK"), "TIFF")), picture())
    grey = read_picture(encoded(RGB.convert("L")))
    assert (grey == grey[:, :, :1]).all()
    assert (grey[0, 0, 0], grey[0, 12, 0]) == (60, 117)
    bits = read_picture(encoded(Image.fromarray(picture()[:, :, 0] > 0)))
    assert bits[0, 0].tolist() == [255, 255, 255]
    assert bits[0, 12].tolist() == [0, 0, 0]


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_16_bits_are_scaled_and_not_cut_off(format):
    shades = np.array([[0, 128, 129, 256, 4_096, 32_768, 65_535]], np.uint16)
    expected = [0, 0, 1, 1, 16, 128, 255]
    assert read_picture(encoded(Image.fromarray(shades), format))[0, :, 0].tolist() == expected
    assert read_picture(Image.fromarray(shades))[0, :, 2].tolist() == expected


def test_what_is_transparent_is_white():
    clear = np.dstack([picture(), np.full((16, 24), 255, np.uint8)])
    clear[:8, :, 3], clear[8:, 12:, 3] = 0, 51
    expected = picture()
    expected[:8], expected[8:, 12:] = 255, (244, 244, 204)
    image = Image.fromarray(clear)
    for content in (encoded(image), encoded(image, "WEBP", lossless=True), encoded(image, "TIFF"), clear, image):
        assert close(read_picture(content), expected, 1)
    palette = RGB.quantize(4)
    blue = palette.getpixel((0, 15))
    expected = picture()
    expected[8:, :12] = 255
    assert close(read_picture(encoded(palette, transparency=blue)), expected, 3)
    assert close(read_picture(encoded(palette, "GIF", transparency=blue)), expected, 3)
    grey = Image.merge("LA", (Image.new("L", (2, 2), 100), Image.new("L", (2, 2), 0)))
    assert (read_picture(encoded(grey)) == 255).all()


def test_arrays_and_images_are_pictures_and_arrays_without_alpha_need_no_pillow(monkeypatch):
    rows = picture()
    assert read_picture(rows) is rows
    assert (read_picture(RGB) == rows).all()
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert read_picture(rows) is rows
    grey = rows[:, :, 0]
    assert (read_picture(grey) == grey[:, :, None]).all()
    assert (read_picture(grey[:, :, None]) == grey[:, :, None]).all()
    assert (square(rows[:, :16], 16) == rows[:, :16]).all()
    with pytest.raises(MissingExtra, match=r"reading pictures needs pillow.*unrolled\[images\]"):
        read_picture(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (picture().astype(np.float32) / 255, r"an array of float32; expected uint8, 0 to 255: \(255 \* picture\)"),
        (picture().astype(np.int64), "an array of int64; expected uint8"),
        (np.zeros((0, 4, 3), np.uint8), "a picture of 4 × 0 pixels; expected at least one"),
        (np.zeros((4, 4, 2), np.uint8), r"an array of shape \(4, 4, 2\); expected \(H, W\)"),
        (np.zeros(4, np.uint8), r"an array of shape \(4,\)"),
        (
            np.broadcast_to(np.uint8(0), (8_000, 8_000, 3)),
            "a picture of 8,000 × 8,000 pixels; expected at most 50,000,000",
        ),
        (Image.new("F", (2, 2)), "a picture of fractions; expected grey, RGB or CMYK"),
        (Image.new("I", (2, 2), 70_000), "a picture of 32 bits, from 70,000 to 70,000"),
        (7, "int; expected a path, the bytes of a file"),
        (None, "NoneType; expected a path"),
        (b"", "the file is empty; expected a picture: JPEG, PNG, WebP, GIF, BMP or TIFF"),
        (b"Hello, this is\na text", "no picture but text, it begins with 'Hello, this is'"),
        (b'<?xml version="1.0"?>\n<svg xmlns="">', "an SVG drawing; expected a picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture; expected"),
        (b"\0\0\x01\0\x01\0", "an icon; expected"),
        (b"<!DOCTYPE html><html>", "a web page; expected"),
        (b"\x00\x01\x02\x03", r"no picture, it begins with b'\\x00\\x01\\x02\\x03'"),
        (encoded()[:60], r"the picture is damaged or cut off \("),
        (encoded(format="JPEG")[:-40], r"the picture is damaged or cut off \("),
        (b"\xff\xd8\xff\xda" * 200, "a JPEG of 200 scans; expected at most 100"),
    ],
)
def test_whatever_is_no_picture_says_what_it_is(raw, message):
    with pytest.raises(InputError, match=f"^shop.csv:3: {message}"):
        read_picture(raw, "shop.csv:3")


def test_files_are_named_with_the_place_that_names_them(tmp_path):
    text = tmp_path / "photo.jpg"
    text.write_text("no picture")
    with pytest.raises(InputError, match=f"^{text}: no picture but text"):
        read_picture(text)
    with pytest.raises(InputError, match=f"^a.csv:2: {text}: no picture but text"):
        scaled(str(text), 8, where="a.csv:2")
    with pytest.raises(InputError, match=f"^a.csv:2: {tmp_path}: a folder or a pipe; expected a file with a picture"):
        read_picture(tmp_path, "a.csv:2")
    with pytest.raises(InputError, match=r"gone.png: cannot be read: No such file"):
        read_picture(tmp_path / "gone.png")
    with pytest.raises(InputError, match="no path: embedded null byte"):
        read_picture("a\0b.png")


def png_of(width, height):
    """The head of a PNG of any size, with hardly any content."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (20_001, 1), (10_000, 10_000), (1 << 30, 1 << 30)])
def test_a_picture_that_unpacks_to_too_much_is_refused_before_it_is_decoded(width, height):
    with pytest.raises(InputError, match=r"^the picture: (a picture of .* pixels; expected|the pict)"):
        read_picture(png_of(width, height))


def test_a_large_picture_is_read_smaller_and_looks_the_same():
    rng = np.random.default_rng(0)
    large = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)).resize(
        (800, 600), Image.Resampling.BICUBIC
    )
    content = encoded(large, "JPEG", quality=95)
    for raw in (content, encoded(large), large):
        assert read_picture(raw, least=70).shape == (75, 100, 3)
    for how in ("squash", "crop", "pad"):
        assert close(scaled(content, 20, how), square(read_picture(content), 20, how), 6)


def test_a_square_holds_the_whole_picture_its_middle_or_white_beside_it():
    squashed = square(picture(), 8)
    assert squashed.shape == (8, 8, 3)
    assert [squashed[place].argmax() for place in ((0, 0), (0, 7), (7, 0))] == [0, 1, 2]
    middle = square(np.repeat(np.arange(30, dtype=np.uint8)[None, :, None], 10, 0).repeat(3, 2), 10, "crop")
    assert middle[0, :, 0].tolist() == list(range(10, 20))
    padded = square(np.zeros((6, 12, 3), np.uint8), 12, "pad")
    assert padded[:3].min() == padded[9:].min() == 255
    assert padded[3:9].max() == 0
    with pytest.raises(InputError, match="how is 'fit'; expected squash, crop, pad"):
        square(picture(), 8, "fit")
    with pytest.raises(InputError, match="side is 0; expected 1 to 4,096 pixels"):
        scaled(picture(), 0)


def test_the_pictures_of_a_folder_are_sorted_at_any_depth_without_hidden_ones(tmp_path):
    folder_of(tmp_path, "b.JPG", "a.png", "sub/c.webp", ".hidden.png")
    (tmp_path / "notes.txt").write_text("x")
    assert [str(path.relative_to(tmp_path)) for path in picture_files(tmp_path)] == ["a.png", "b.JPG", "sub/c.webp"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: no pictures in it; expected files \.jpg"):
        picture_files(tmp_path / "empty")
    with pytest.raises(InputError, match=r"gone: No such file or directory; expected a folder of pictures"):
        picture_files(tmp_path / "gone")


SEEDS = {
    **{name: encoded(RGB, format, **options) for name, (format, options) in FORMATS.items()},
    "palette": encoded(RGB.quantize(8), transparency=1),
    "turned": encoded(RGB, "JPEG", exif=turned(6)),
}


@pytest.mark.parametrize("name", [name for name in SEEDS if name != "tiff"])  # libtiff writes of itself to stderr
def test_damaged_files_are_refused_or_read_and_never_anything_else(name):
    rng = random.Random(name)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(60):
            content = bytearray(SEEDS[name])
            for _ in range(rng.choice((1, 2, 8))):
                content[rng.randrange(len(content))] = rng.choice((0, 1, 127, 255, rng.randrange(256)))
            with suppress(InputError):
                length = rng.choice((len(content), rng.randrange(1, len(content))))
                assert scaled(bytes(content[:length]), 8).shape == (8, 8, 3)
    assert not said
