"""Unpack shared data into what a user would have: a folder of WAV for each label, and FASTA with labelled headers.

    python benchmarks/prepare.py fsdd fsdd.npz FOLDER
    python benchmarks/prepare.py splice splice.csv.gz FOLDER

fsdd (spoken digits, 6 speakers × 10 digits × 50) gives FOLDER/{train,valid,test}/DIGIT/SPEAKER_INDEX.wav and the same
recordings once more as FOLDER/speakers/SPEAKER/DIGIT/SPEAKER_INDEX.wav. test is the official one (index 0 to 4); train
and valid together are the official training part, valid the last tenth of it of each speaker and digit (45 to 49).

splice (DNA around junctions) gives FOLDER/{train,valid,test}.fasta with 70, 10 and 20 % of each label. Every distinct
sequence is written once, so that none is in two parts; the one that stands there with two labels is left out.
"""

import argparse
import csv
import gzip
from collections import defaultdict
from pathlib import Path

import numpy as np
import soundfile

VALID = 45  # recordings of a speaker and digit from this index on are for choices
TEST = 5  # and those before this one are the official test


def fsdd(source: Path, folder: Path) -> None:
    data = np.load(source)
    samples = np.split(data["samples"], np.cumsum(data["length"])[:-1])
    for clip, digit, speaker, index in zip(samples, data["digit"], data["speaker"], data["index"], strict=True):
        part = "test" if index < TEST else "train" if index < VALID else "valid"
        for above in (part, f"speakers/{speaker}"):
            path = folder / above / str(digit) / f"{speaker}_{index:02}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, clip, int(data["rate"]))


def splice(source: Path, folder: Path) -> None:
    labels, names = defaultdict[str, set[str]](set), dict[str, str]()
    with gzip.open(source, "rt") as file:
        for row in csv.DictReader(file):
            labels[row["sequence"]].add(row["class"])
            names.setdefault(row["sequence"], row["name"])
    rng = np.random.default_rng(0)
    parts = defaultdict[str, list[str]](list)
    for label in ("EI", "IE", "N"):
        sequences = sorted(sequence for sequence, of in labels.items() if of == {label})
        ends = [round(share * len(sequences)) for share in (0.7, 0.8)]
        for part, rows in zip(("train", "valid", "test"), np.split(rng.permutation(len(sequences)), ends), strict=True):
            parts[part] += [f">{names[sequences[row]]} {label}\n{sequences[row]}\n" for row in rows]
    folder.mkdir(parents=True, exist_ok=True)
    for part, records in parts.items():
        (folder / f"{part}.fasta").write_text("".join(records))


def main() -> None:
    """Unpack one set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=("fsdd", "splice"))
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    {"fsdd": fsdd, "splice": splice}[given.set](given.source, given.folder)


if __name__ == "__main__":
    main()
