"""The colours of a value's sign are one palette, on the page and in pictures; colour-blind readers tell them apart."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from unrolled import serve
from unrolled.inspection.figures import DARK, LIGHT

PAGE = Path(serve.__file__).parent / "page"
# Machado, Oliveira and Fernandes (2009): what is seen without one of the three kinds of cones, in linear RGB.
BLIND = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(colour, blindness):
    """CIE L*a*b* of a colour as it is seen."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(BLIND[blindness]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    x, y, z = np.cbrt(np.maximum(xyz / [0.9505, 1.0, 1.089], 1e-3))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def signs(theme):
    """The colours of the page: below zero, zero, above."""
    text = (PAGE / "colours.js").read_text()
    line = re.search(rf"{theme}: {{([^}}]*)}}", text)
    assert line is not None
    found = dict(re.findall(r'(\w+): "(#[0-9a-f]{6})"', line[1]))
    return tuple(found[name] for name in ("below", "zero", "above"))


@pytest.mark.parametrize(("theme", "look"), [("light", LIGHT), ("dark", DARK)])
def test_the_page_and_the_pictures_have_one_palette(theme, look):
    assert signs(theme) == tuple(colour.lower() for colour in look.two_sides)
    red, _, blue = to_rgb(look.two_sides[0])
    assert red > blue  # below zero is orange
    red, _, blue = to_rgb(look.two_sides[2])
    assert blue > red  # above it is blue
    shades = look.diverging
    assert np.linalg.norm(np.subtract(shades(0.0)[:3], to_rgb(look.two_sides[0]))) < 0.01
    assert np.linalg.norm(np.subtract(shades(1.0)[:3], to_rgb(look.two_sides[2]))) < 0.01


def test_the_heat_map_takes_the_palette_and_no_other():
    text = (PAGE / "heat.js").read_text()
    assert 'from "./colours.js"' in text
    assert "value < 0 ? low : high" in text
    assert "[below, zero, above]" in text
    assert not re.findall(r"#[0-9a-fA-F]{6}|\[\d+, \d+, \d+\]", text)


@pytest.mark.parametrize("blindness", BLIND)
@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_colour_blind_readers_tell_the_signs_apart(look, blindness):
    for one, other in combinations(look.two_sides, 2):
        assert np.linalg.norm(lab(one, blindness) - lab(other, blindness)) > 30, (one, other)
    for one, other in combinations(look.series[:2], 2):  # the bars for and against
        assert np.linalg.norm(lab(one, blindness) - lab(other, blindness)) > 30, (one, other)
