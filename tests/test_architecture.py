"""Small files, small functions, and rooms that import only what lies to their left."""

import ast
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "unrolled"
PYTHON_FILES = sorted(SOURCE.rglob("*.py"))
NATIVE_FILES = sorted(path for path in (ROOT / "native").iterdir() if path.is_file())

ORDER = (
    *("errors", "version", "operators", "settings", "progress", "log", "storage"),
    *("kernels", "arrays", "smoothing", "cells", "layers", "models", "text", "decoding"),
    *("data", "sources", "inputs", "documents", "metrics", "baselines"),
    *(
        "nn",
        "training",
        "inference",
        "completion",
        "strokes",
        "suggestions",
        "keyboard",
        "inspection",
        "export",
        "pictures",
        "bench",
    ),
    *("planning", "tasks", "comparison", "serve", "commands", "__main__"),
)
"""Every room; it may import itself and what stands before it."""
WITH_TORCH = {"torch", "unrolled.nn", "unrolled.training"}
LEARNING = {"nn", "training"}
MEASURING = {"bench"}  # may import torch inside functions
NATIVE_CALLERS = {
    "kernels",
    "nn",
    "completion",
    "strokes",
}  # checked calls with numpy arrays; with torch's as raw pointers
NO_TASK_BY_NAME = {"serve", "commands"}  # these may import the registry of tasks, but no task


def room_of(path: Path) -> str:
    """src/unrolled/cells/lstm.py → cells; src/unrolled/operators.py → operators."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(tree: ast.AST, with_typing: bool = True, at_load: bool = True) -> Iterator[tuple[str, bool]]:
    """The full name of each import, and whether it is done when the module is loaded.

    ``with_typing``: those for the type checker alone count, too.
    """
    for node in ast.iter_child_nodes(tree):
        inside = at_load and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(node, ast.Import):
            yield from ((alias.name, at_load) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from ((f"{node.module}.{alias.name}", at_load) for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from imports(node, with_typing, at_load=False) if with_typing else ()
        elif not isinstance(node, ast.expr):
            yield from imports(node, with_typing, inside)


@lru_cache(maxsize=1)  # each check of a file reads it again
def parsed(source: str) -> ast.Module:
    return ast.parse(source)


def import_faults(room: str, source: str) -> list[str]:
    """What a module of a room imports against the rules."""
    if room not in ORDER:
        return [f"{room} is no room of the design: enter it in ORDER"]
    faults = []
    for name, at_load in imports(parsed(source)):
        head, _, rest = name.partition(".")
        torch_like = [module for module in WITH_TORCH if name == module or name.startswith(module + ".")]
        if torch_like and room not in LEARNING and (at_load or (head == "torch" and room not in MEASURING)):
            faults.append(f"{room} imports {name}: PyTorch may be imported in nn and training alone")
        if head != "unrolled":
            continue
        other = rest.partition(".")[0]
        if other == "_native":
            if room not in NATIVE_CALLERS:
                faults.append(f"{room} may not call the native code ({name})")
        elif other not in ORDER or ORDER.index(other) > ORDER.index(room):
            faults.append(f"{room} may not import {other} ({name})")
        elif room in NO_TASK_BY_NAME and re.match(
            r"unrolled\.tasks\.(?!(?:base|predictor|panels|pairs)\.)[a-z_]+\.", name
        ):
            faults.append(f"{room} knows a task by name ({name})")
    return faults


def circles(imported: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Groups of modules that import each other, directly or by way of others."""
    reached = {module: set(others) for module, others in imported.items()}
    for middle in imported:
        for others in reached.values():
            if middle in others:
                others.update(reached[middle])
    groups = {tuple(sorted(m for m in reached[module] if module in reached[m])) for module in imported}
    return [list(group) for group in sorted(groups) if group]


def import_graph() -> dict[str, set[str]]:
    """Which modules each module imports, wherever in it."""
    modules = {module_name(path): path for path in PYTHON_FILES}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        graph[name] = set()
        for imported, _ in imports(parsed(path.read_text(encoding="utf-8")), with_typing=False):
            parents = accumulate(imported.split("."), "{}.{}".format)
            other = max((module for module in parents if module in modules), default="unrolled", key=len)
            graph[name] |= {other} - {name, "unrolled"}
    return graph


def module_name(path: Path) -> str:
    """src/unrolled/cells/lstm.py → unrolled.cells.lstm."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(("unrolled", *parts)).removesuffix(".__init__")


def size_faults(source: str) -> list[str]:
    """Functions over 60 lines or 8 arguments, files over 300 lines."""
    faults = ["more than 300 lines"] if source.count("\n") > 300 else []
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            a = node.args
            names = [argument.arg for argument in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
            if len([name for name in names if name not in ("self", "cls")]) > 8:
                faults.append(f"{node.name} takes more than 8 arguments")
            if (node.end_lineno or 0) - node.lineno >= 60:
                faults.append(f"{node.name} has more than 60 lines")
    return faults


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_is_small_and_imports_what_its_room_may(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    faults = size_faults(source)
    if path != SOURCE / "__init__.py":
        faults += import_faults(room_of(path), source)
    assert faults == []


@pytest.mark.parametrize("path", NATIVE_FILES, ids=lambda path: path.name)
def test_native_files_are_small(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 300


def test_only_the_bindings_know_python() -> None:
    knowing = [p.name for p in NATIVE_FILES if "nanobind/" in (text := p.read_text()) or "Python.h" in text]
    assert knowing == ["bindings.h"]
    knowing = {p.name for p in NATIVE_FILES if '"bindings.h"' in p.read_text()}
    assert knowing == {"bindings.cpp"} | {
        f"bindings_{part}.cpp" for part in ("arrays", "frozen", "lexicon", "recurrent", "strokes")
    }


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("cells", "from unrolled.layers import recurrent"),
        ("serve", "from unrolled.tasks.classify import Classifier"),
        ("cells", "from unrolled import layers"),
        ("cells", "import unrolled.layers.dense"),
        ("cells", "def f():\n    from unrolled.models import language_model"),
        ("models", "from unrolled.text import tokens"),
        ("errors", "from unrolled.storage.files import replace"),
        ("data", "from unrolled import _native"),
        ("cells", "import torch"),
        ("inference", "def f():\n    from torch import nn"),
        ("tasks", "from unrolled.training import loop"),
        ("tasks", "class A:\n    from unrolled.nn.module import Module"),
        ("nn", "from unrolled.training import loop"),
        ("bench", "import torch"),
        ("bench", "from unrolled.nn import LSTM"),
        ("sources", "def f():\n    from unrolled.training import loop"),
        ("attic", "import json"),
    ],
)
def test_the_checker_sees_a_forbidden_import(room: str, source: str) -> None:
    assert import_faults(room, source)


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("cells", "from unrolled.arrays import Namespace"),
        ("tasks", "def fit():\n    from unrolled.training import loop"),
        ("tasks", "if TYPE_CHECKING:\n    from unrolled.training import loop"),
        ("training", "import torch"),
        ("bench", "def f():\n    import torch\n    from unrolled.nn import LSTM"),
        ("text", "from unrolled.errors import InputError"),
    ],
)
def test_the_checker_lets_an_allowed_import_pass(room: str, source: str) -> None:
    assert import_faults(room, source) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(import_graph()) == []


def test_the_checker_sees_a_circle() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_the_checker_sees_what_is_too_large() -> None:
    long_function = "def f():\n" + "    x = 1\n" * 60
    assert size_faults(long_function) == ["f has more than 60 lines"]
    assert size_faults("def f(a, b, c, d, e, f, g, h, *, i): ...") == ["f takes more than 8 arguments"]
    assert size_faults("x = 1\n" * 301) == ["more than 300 lines"]


def in_fresh_python(program: str) -> str:
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_everything_but_nn_and_training_loads_without_torch() -> None:
    modules = [
        module_name(path) for path in PYTHON_FILES if room_of(path) not in LEARNING and path.name != "__main__.py"
    ]
    assert len(modules) > 10
    refuse_torch = "import importlib, sys; sys.modules['torch'] = None"
    in_fresh_python(f"{refuse_torch}\nfor name in {modules}: importlib.import_module(name)")


def test_importing_unrolled_loads_no_numpy_and_no_torch() -> None:
    loaded = in_fresh_python(
        "import sys, unrolled; print(sorted({'numpy', 'torch', 'rich', 'typer'} & set(sys.modules)))"
    )
    assert loaded.strip() == "[]"
