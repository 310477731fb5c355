"""Perplexity on Penn Treebank (Mikolov's version): choices made on the validation part, the test part read once.

    python benchmarks/penn_treebank.py FOLDER RECIPE --run RUN [--save MODEL] [--threads N]

FOLDER holds ptb.{train,valid,test}.txt.gz, one sentence a line. A run is resumable: its checkpoint lies in RUN.
"""

import argparse
import time
from pathlib import Path

import report
import torch

from unrolled import NextWord, Training

RECIPES = {
    # Zaremba et al. 2014, "small": their loss is summed over the 20 steps of a window, ours is its mean, hence a rate
    # 20 times theirs of 1 and a clip of 5 / 20.
    "zaremba-small": NextWord(
        width=200,
        layers=2,
        tied=False,
        dropout=0.0,
        training=Training(
            epochs=13,
            batch=20,
            window=20,
            optimizer="sgd",
            learning_rate=20.0,
            schedule="halving",
            clip=0.25,
            patience=13,
        ),
    ),
    # At most 5 M parameters and 60 minutes on 2 cores.
    "ours": NextWord(
        width=450,
        layers=2,
        embedding=200,
        dropout=0.3,
        training=Training(epochs=20, batch=20, window=35, learning_rate=0.003, clip=1.0, patience=20),
    ),
    # What a phone could hold, for keyboard.py: 2.6 M parameters.
    "keyboard": NextWord(
        width=200,
        layers=2,
        dropout=0.2,
        training=Training(epochs=10, batch=20, window=35, learning_rate=0.003, clip=1.0, patience=10),
    ),
    # The same for a present phone, 3.5 M parameters: at most an hour on one core.
    "keyboard-wider": NextWord(
        width=400,
        layers=2,
        embedding=200,
        dropout=0.3,
        training=Training(
            epochs=12, batch=20, window=35, learning_rate=0.003, schedule="cosine", clip=1.0, patience=10
        ),
    ),
}


def main() -> None:
    """Train one recipe, or go on with it, and measure it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--save", type=Path, help="where to write the model folder; keyboard.py reads one")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train, valid, test = (arguments.folder / f"ptb.{part}.txt.gz" for part in ("train", "valid", "test"))

    model = RECIPES[arguments.recipe].set_params(tokens="space", vocabulary=10_000, lines=True)
    resume = (arguments.run / "resume.safetensors").exists()
    model.fit(train, valid=valid, run=arguments.run, resume=resume)
    if arguments.save:
        model.save(arguments.save, overwrite=True)
    began = time.perf_counter()
    parts = {part: model.evaluate(path) for part, path in (("valid", valid), ("test", test))}
    report.write(
        f"penn_treebank_{arguments.recipe}",
        parameters=sum(torch.Size(shape).numel() for shape in model.shapes().values()),
        training_seconds=round(model.fitted_.seconds),
        training_threads=arguments.threads,
        steps=model.fitted_.steps,
        tokens_per_second=round(
            model.fitted_.steps * model.training.batch * model.training.window / model.fitted_.seconds
        ),
        evaluation_seconds=round(time.perf_counter() - began, 1),
        **{part: e.columns for part, e in parts.items()},
    )


if __name__ == "__main__":
    main()
