"""Descriptions of photos (Flickr8k), within an hour of training on a CPU beside the features.

    python benchmarks/captions.py ../shared/data/flickr8k RUN --epochs 12

All choices were made on the validation part; the test part is read once, by this program, when training has ended. RUN
is a folder outside the work tree for the pictures, the model and the file to resume from (--resume). Beside the network
stands what is said of the nearest picture. Pictures and texts of this set are never shown.
"""

import gzip
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pair_runs

from unrolled import Captioner

NAME = "captions"
PUBLISHED = {
    "NIC 2015": "63 / 41 / 27 / -",
    "Show-Attend-Tell soft 2015": "67 / 44.8 / 29.9 / 19.5",
}  # BLEU-1 … 4, test
RECIPE = Captioner(encoder="efficientnet-lite0")


def main() -> None:
    """Train, or go on with training; then measure."""
    parser = pair_runs.arguments(__doc__)
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    pairs = {part: list(_pairs(given.data, part, given.run / "pictures")) for part in ("train", "dev", "test")}
    task, minutes = pair_runs.fitted(RECIPE, pairs["train"], pairs["dev"], given)
    rows = {part: pair_runs.measured(task, pairs[part]) for part in ("dev", "test")}
    pair_runs.report_of(NAME, RECIPE, task, minutes, PUBLISHED, rows)


def _pairs(data: Path, part: str, pictures: Path) -> Iterator[tuple[Path, str]]:
    """Each picture of a part, unpacked into a folder, with each of its descriptions."""
    if not (pictures / part).exists():
        with tarfile.open(data / f"images160.{part}.tar") as packed:
            packed.extractall(pictures / part, filter="data")
    where = {path.name: path for path in (pictures / part).rglob("*.jpg")}
    with gzip.open(data / "captions.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["split"] == part:
                yield from ((where[Path(row["image"]).name], caption) for caption in row["captions"])


if __name__ == "__main__":
    main()
