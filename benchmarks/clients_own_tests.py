"""Clients' own tests with the twins in place of torch's layers, beside the same with torch's.

    python -m pip install pytest neuralforecast pytorch-forecasting sb3-contrib
    python -m pip download --no-deps --no-binary :all: --no-build-isolation -d sdists \\
        neuralforecast pytorch-forecasting sb3-contrib
    python benchmarks/clients_own_tests.py --sdists sdists      # a few minutes; writes results/clients_own_tests.json

The source distributions hold the tests; nothing is fetched. Tests that need data from elsewhere fail with torch's
layers, too, and are left out of the count.
"""

import argparse
import sys
import tarfile
import time
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import report
from twins_in_place import compared, outcomes


class Suite(NamedTuple):
    """The tests of a package that meet recurrent layers."""

    package: str
    files: tuple[str, ...]
    chosen: str = ""  # by pytest's -k


SUITES = (
    Suite("sb3-contrib", ("tests/test_lstm.py",), "not performance"),
    Suite("pytorch-forecasting", ("tests/test_models/test_nn/test_rnn.py",)),
    Suite("neuralforecast", ("tests/test_categorical.py",)),
)


def unpacked(package: str, sdists: Path, into: Path) -> Path:
    """The folder of a source distribution."""
    name = f"{package.replace('-', '_')}-{version(package)}"
    with tarfile.open(sdists / f"{name}.tar.gz") as archive:
        archive.extractall(into, filter="data")
    return into / name


def main() -> None:
    """Run each suite twice, print what was lost, write the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sdists", type=Path, default=Path("sdists"), help="folder with the source distributions")
    parser.add_argument(
        "--only", nargs="+", choices=[suite.package for suite in SUITES], default=[], help="the others stay as they are"
    )
    options = parser.parse_args()
    rows, began = [], time.perf_counter()
    for suite in SUITES:
        if options.only and suite.package not in options.only:
            continue
        with TemporaryDirectory() as folder:
            home = unpacked(suite.package, options.sdists, Path(folder))
            runs = [outcomes(list(suite.files), home, twins, suite.chosen) for twins in (False, True)]
        rows.append({"package": suite.package, "version": version(suite.package), **compared(*runs)})
        print(f"{time.perf_counter() - began:4.0f} s: {rows[-1]}", file=sys.stderr, flush=True)
    done = {row["package"] for row in rows}
    kept = [row for row in report.rows("clients_own_tests") if row["package"] not in done]
    report.write("clients_own_tests", rows=sorted(kept + rows, key=lambda row: row["package"]))


if __name__ == "__main__":
    main()
