"""Translation from English to German (Multi30k, task 1), within an hour of training on a CPU.

    python benchmarks/translation.py ../shared/data/multi30k_en_de RUN --minutes 60

All choices were made on the validation part; the test parts are read once, by this program, when training has ended.
RUN is a folder outside the work tree for the model and the file to resume from (--resume). Beside the network stand a
dictionary learnt from the same pairs, word for word, and the nearest sentence's translation.
"""

import argparse
import json
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

NAME = "translation"
TESTS = ("test_2016_flickr", "test_2017_flickr", "test_2017_mscoco")
PUBLISHED = {"test_2016_flickr": 38.1}  # Caglayan et al. 2017, a recurrent network with attention, lower-cased tokens
SHOWN = 20
RECIPE = Translator(varied=False)


def main() -> None:
    """Train, or go on with training; then measure the test parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--beam", type=int, default=12)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    folder, model = arguments.data, arguments.run / "model"
    if not model.exists():
        training = Training(minutes=arguments.minutes, epochs=arguments.epochs)
        task = Translator(**{**RECIPE.get_params(deep=False), "training": training})
        began = time.perf_counter()
        task.fit(
            [folder / "train.en.gz", folder / "train.de.gz"],
            valid=[folder / "val.en.gz", folder / "val.de.gz"],
            run=arguments.run / "run",
            resume=arguments.resume,
        )
        (arguments.run / "minutes.json").write_text(json.dumps((time.perf_counter() - began) / 60))
        task.save(model)
    fitted = unrolled.load(model)
    assert isinstance(fitted, Translator)
    minutes = json.loads((arguments.run / "minutes.json").read_text())
    search = Search(beam=arguments.beam)
    rows = [_measured(fitted, folder, part, search) for part in ("val", *TESTS)]
    report.write(
        NAME,
        recipe=repr(RECIPE),
        model=fitted.describe(),
        parameters=fitted.parameters,
        minutes=round(minutes, 1),
        epochs=round(fitted.fitted_.steps * 64 / 29_000, 1),
        search=repr(search),
        rows=rows,
        outputs=_outputs(fitted, folder, search),
    )


def _measured(task: Translator, folder: Path, part: str, search: Search) -> dict[str, Any]:
    pairs = read_pairs([folder / f"{part}.en.gz", folder / f"{part}.de.gz"])
    began = time.perf_counter()
    answers = {"network": [found[0].text for found in task.predict_many(pairs.inputs, search=search)]}
    seconds = time.perf_counter() - began
    for baseline in task.learnt_.baselines:
        answers[baseline.name] = baseline.answers(pairs.inputs)
    row: dict[str, Any] = {"part": part, "sentences": len(pairs), "seconds": round(seconds, 1)}
    for name, said in answers.items():
        scores = pair_scores(said, [[target] for target in pairs.targets], spelled=False)
        row[name] = {measure: round(value, 2) for measure, value in scores.items()}
    return row | {"signature": scores.signature, "published_bleu_lowercased": PUBLISHED.get(part)}


def _outputs(task: Translator, folder: Path, search: Search) -> list[dict[str, str]]:
    """Some of the test's sentences, drawn at random, with what was written and what a person wrote."""
    pairs = read_pairs([folder / f"{TESTS[0]}.en.gz", folder / f"{TESTS[0]}.de.gz"])
    rows = sorted(random.Random(0).sample(range(len(pairs)), SHOWN))
    said = task.predict_many([pairs.inputs[row] for row in rows], search=search)
    return [
        {"source": pairs.inputs[row], "network": found[0].text, "reference": str(pairs.targets[row])}
        for row, found in zip(rows, said, strict=True)
    ]


if __name__ == "__main__":
    main()
