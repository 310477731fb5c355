"""Word vectors of the embedded text in the default settings, beside gensim's plain use; and a GloVe file read by both.

python benchmarks/word_vectors.py [ROUNDS]

Learning is timed from the command to the end, in fresh processes by turns: ours is `unrolled vectors sample:wikipedia`,
gensim's cuts the same paragraphs into words by `gensim.utils.simple_preprocess` and trains in the same settings, but at
its own learning rate. What reading the sample takes, which both do alike, is measured too. Processor time stands beside
the clock's, which other work on the machine lengthens. Quality: rank correlation with what people say of the likeness
of word pairs (WordSim-353, which gensim ships), out-of-vocabulary pairs left out.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import report
from gensim.models import KeyedVectors
from gensim.test.utils import datapath

from unrolled.text.vector_training import VectorTraining

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
SAMPLE = "sample:wikipedia"
READ = f"from unrolled.sources.text import read_paragraphs; texts = list(read_paragraphs({SAMPLE!r}))"
PLAIN = f"""
{READ}
from gensim.models import Word2Vec
from gensim.utils import simple_preprocess
sentences = [simple_preprocess(text, min_len=1, max_len=100) for text in texts]
model = Word2Vec(sentences, vector_size={VectorTraining.width}, window={VectorTraining.window}, sg=1, workers=1,
                 epochs={VectorTraining.epochs}, min_count={VectorTraining.min_count}, seed=0)
model.wv.save_word2vec_format("FILE", binary=True)
"""
WORDS, WIDTH = 20_000, 300


def main() -> None:
    """Time learning and reading; judge the vectors."""
    with tempfile.TemporaryDirectory() as folder:
        learning = _learning(Path(folder))
        reading = _reading(Path(folder) / "vectors.glove")
    report.write("word_vectors", rounds=ROUNDS, learning=learning, reading=reading)


def _learning(folder: Path) -> dict[str, Any]:
    command = Path(sys.executable).with_name("unrolled")
    ours, theirs = folder / "ours.bin", folder / "theirs.bin"
    commands = {
        "unrolled vectors": [str(command), "vectors", SAMPLE, "-o", str(ours), "--overwrite"],
        "gensim, plain": [sys.executable, "-c", PLAIN.replace("FILE", str(theirs))],
        "reading the sample alone": [sys.executable, "-c", READ],
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, words in commands.items():
            began, used = time.perf_counter(), _used()
            subprocess.run(words, check=True, capture_output=True)
            seconds[name].append((time.perf_counter() - began, _used() - used))
    found: dict[str, Any] = {name: _medians(took) for name, took in seconds.items()}
    return found | {"wordsim353: unrolled": _wordsim(ours), "wordsim353: gensim, plain": _wordsim(theirs)}


def _used() -> float:
    """Seconds of processor time that finished children took."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _medians(took: list[tuple[float, float]]) -> dict[str, float]:
    clock, processor = (round(statistics.median(one), 2) for one in zip(*took, strict=True))
    return {"seconds": clock, "processor seconds": processor}


def _wordsim(path: Path) -> dict[str, float]:
    _, spearman, unknown = KeyedVectors.load_word2vec_format(path, binary=True).evaluate_word_pairs(
        datapath("wordsim353.tsv")
    )
    return {"spearman": round(float(spearman[0]), 3), "unknown pairs, %": round(unknown, 1)}


def _reading(path: Path) -> dict[str, Any]:
    """Seconds to read a GloVe file of 20,000 × 300 by turns; the larger ones are 20 times that: 400,000 words."""
    from unrolled.text.word_vectors import WordVectors

    rng = np.random.default_rng(0)
    WordVectors([f"word{i}" for i in range(WORDS)], rng.normal(0, 0.4, (WORDS, WIDTH)).round(5)).write(path)
    readers = {
        "unrolled": lambda: WordVectors.read(path).vectors,
        "gensim": lambda: KeyedVectors.load_word2vec_format(path, binary=False, no_header=True).vectors,
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, read in readers.items():
            began, used = time.perf_counter(), time.process_time()
            vectors = read()
            seconds[name].append((time.perf_counter() - began, time.process_time() - used))
            assert vectors.shape == (WORDS, WIDTH)
    return {
        "words": WORDS,
        "width": WIDTH,
        "mebibytes": round(path.stat().st_size / 2**20, 1),
        **{name: _medians(took) for name, took in seconds.items()},
    }


if __name__ == "__main__":
    main()
