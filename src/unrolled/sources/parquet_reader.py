"""Reads a Parquet file in a process of its own, since a damaged one may end the process that reads it.

    python -P parquet_reader.py FILE

writes the names of the columns as a line of JSON, waits on standard input for a line with the names of those that are
wanted, and writes their cells as texts, a line for each row. With exit code 3 the last line on standard error says why.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path


def _bound_memory() -> None:
    """No more memory than the machine has: a file may claim any size."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import os
        import resource

        machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (machine + (8 << 30), resource.RLIM_INFINITY))


def _lines(path: str) -> Iterator[object]:
    """The names of the columns, and then the rows of those that standard input names."""
    import polars

    from unrolled.errors import InputError
    from unrolled.sources.cells import text

    try:
        with open(path, "rb") as file:
            yield list(polars.read_parquet_schema(file))
        wanted = json.loads(sys.stdin.readline() or "[]")
        with open(path, "rb") as file:
            table = polars.read_parquet(file, columns=wanted).select(wanted)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from None
    except polars.exceptions.PolarsError as error:
        raise InputError(f"no sound Parquet file: {' '.join(str(error).split())}") from None
    for number, row in enumerate(table.iter_rows(), 1):
        yield [text(cell, f"row {number}", name) for cell, name in zip(row, wanted, strict=True)]


def main(path: str) -> None:
    """Read the file at a path."""
    for number, line in enumerate(_lines(path)):
        sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        if number == 0:
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    _bound_memory()
    sys.path.insert(0, str(Path(__file__).parents[2]))
    try:
        main(sys.argv[1])
    except ValueError as error:
        print(error, file=sys.stderr)
        sys.exit(3)
