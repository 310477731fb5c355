"""From spelling to sound: the CMU pronouncing dictionary, within half an hour of training on a CPU.

    python benchmarks/pronunciation.py RUN --minutes 30

A tenth of the words is the test, chosen by a hash of the word, so that all pronunciations of a word are on one side;
it is read once, when training has ended. An answer is right if it is any of the word's pronunciations, as in published
work without stress (Yao & Zweig 2015: 23.6 % of words wrong with a recurrent network, on a split of their own). RUN is
a folder outside the work tree. Beside the network: letter by letter in their contexts, and the nearest word.
"""

import argparse
import random
import time
from pathlib import Path
from typing import Any

import report
import torch

import unrolled
from unrolled import Search, Training, Translator
from unrolled.metrics.translation import pair_scores
from unrolled.sources.pairs import read_pairs

NAME = "pronunciation"
SHOWN = 20
RECIPE = Translator(width=256, embedding=64, dropout=0.2)


def main() -> None:
    """Train, or go on with training; then measure the test part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--beam", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = arguments.run / "model"
    if not model.exists():
        training = Training(minutes=arguments.minutes, epochs=arguments.epochs)
        task = Translator(**{**RECIPE.get_params(deep=False), "training": training})
        task.fit("sample:pronunciation", run=arguments.run / "run", resume=arguments.resume)
        task.save(model)
    fitted = unrolled.load(model)
    assert isinstance(fitted, Translator)
    pairs = read_pairs("sample:pronunciation:test")
    words, references = pairs.with_references()
    search = Search(beam=arguments.beam)
    began = time.perf_counter()
    answers = {"network": [found[0].text for found in fitted.predict_many(words, search=search)]}
    seconds = time.perf_counter() - began
    answers |= {baseline.name: baseline.answers(words) for baseline in fitted.learnt_.baselines}
    scores: dict[str, Any] = {name: pair_scores(said, references, spelled=True) for name, said in answers.items()}
    rows = sorted(random.Random(0).sample(range(len(words)), SHOWN))
    report.write(
        NAME,
        recipe=repr(RECIPE),
        model=fitted.describe(),
        parameters=fitted.parameters,
        minutes=round(fitted.fitted_.seconds / 60, 1),  # of training, those before a resumption included
        steps=fitted.fitted_.steps,
        search=repr(search),
        words=len(words),
        words_per_second=round(len(words) / seconds),
        scores={name: {key: round(value, 4) for key, value in values.items()} for name, values in scores.items()},
        outputs=[
            {"word": words[row], "network": answers["network"][row], "references": references[row]} for row in rows
        ],
    )


if __name__ == "__main__":
    main()
