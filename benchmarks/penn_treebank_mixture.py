"""A network mixed with its n-gram on Penn Treebank, where text is little and where it is whole.

    python benchmarks/penn_treebank_mixture.py FOLDER [--words 25000 100000]
    python benchmarks/penn_treebank_mixture.py FOLDER --model MODEL

FOLDER holds ptb.{train,valid,test}.txt.gz, one sentence a line. The first learns from the first words of the training
part, with the defaults; the last tenth of these is for validation. The second takes the model that penn_treebank.py
saved, chooses the weights of the mixture on the validation part and reads the test part once.
"""

import argparse
import gzip
import tempfile
from pathlib import Path
from typing import Any

import report
import torch

import unrolled
from unrolled import NextWord


def beginning(path: Path, words: int) -> str:
    """The first lines of a text that have no more than so many words together."""
    lines, count = list[str](), 0
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            count += len(line.split())
            if count > words:
                break
            lines.append(line)
    return "".join(lines)


def measured(model: Any, valid: Path, test: Path) -> dict[str, Any]:
    """Perplexity of the mixture, the network and the n-gram on both parts, and how far the mixture is below."""
    found: dict[str, Any] = {"mixture": model.learnt_.mixture.network}
    for part, path in (("valid", valid), ("test", test)):
        columns = model.evaluate(path, show=False).columns
        found[part] = {name: round(scores["perplexity"], 2) for name, scores in columns.items()}
        mixture, *_, ngram = found[part].values()
        found[f"{part}_below_the_n_gram"] = round(1 - mixture / ngram, 4)
    return found


def main() -> None:
    """Measure and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--words", type=int, nargs="+", default=[25_000, 100_000])
    parser.add_argument("--model", type=Path, help="a saved model of the whole training part")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train, valid, test = (arguments.folder / f"ptb.{part}.txt.gz" for part in ("train", "valid", "test"))
    if arguments.model:
        whole = unrolled.load(arguments.model).mix(valid)
        report.write("penn_treebank_mixture", model=whole.describe(), **measured(whole, valid, test))
        return
    rows = []
    for words in arguments.words:
        with tempfile.TemporaryDirectory() as folder:
            text = Path(folder) / "train.txt"
            text.write_text(beginning(train, words), encoding="utf-8")
            model = NextWord(tokens="space", lines=True).fit(text, show=False)
        row = {"words": words, "steps": model.fitted_.steps, "seconds": round(model.fitted_.seconds)}
        rows.append(row | measured(model, valid, test))
        print(rows[-1], flush=True)
    report.write("penn_treebank_mixture_small", rows=rows)


if __name__ == "__main__":
    main()
