"""What the packages promise by name is there, and nothing else is on the front page."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import unrolled

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(unrolled.__path__, "unrolled.", onerror=lambda _: None)
)


@pytest.mark.parametrize("name", ["unrolled", *(name for name in MODULES if not name.endswith("__main__"))])
def test_every_promised_name_resolves(name: str) -> None:
    module = importlib.import_module(name)
    promised = getattr(module, "__all__", [])
    assert len(promised) == len(set(promised))
    for attribute in promised:
        assert getattr(module, attribute) is not None


def test_the_front_page_is_exactly_what_is_promised() -> None:
    assert set(dir(unrolled)) == {
        "NextWord",
        "Suggester",
        "Composer",
        "Classifier",
        "Forecaster",
        "Translator",
        "Summarizer",
        "Captioner",
        "Swipe",
        "Multilingual",
        "load",
        "accelerate",
        "restore",
        "Training",
        "Decoding",
        "Search",
        "BlockList",
        "InputError",
        "MissingExtra",
        "TrainingError",
        "UnrolledError",
        "__version__",
    }


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(AttributeError, match="'Nonsense'; it has NextWord"):
        unrolled.Nonsense  # noqa: B018


def test_a_name_of_an_earlier_version_is_refused_with_the_one_in_its_place() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'NextChord'; it has Composer\(events='chords'\)"):
        unrolled.NextChord  # noqa: B018
    with pytest.raises(ImportError, match="NextChord"):
        from unrolled import NextChord  # noqa: F401


@pytest.mark.parametrize(
    "use", ["import unrolled; unrolled.accelerate", "import unrolled.nn", "from unrolled.nn import LSTM"]
)
def test_what_needs_pytorch_says_so_where_it_is_missing(use: str) -> None:
    program = f"import sys; sys.modules['torch'] = None; {use}"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "MissingExtra: unrolled.nn needs PyTorch, which is not installed: pip install" in run.stderr
