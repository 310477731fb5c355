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
from collections import Counter
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
RECIPE = Translator(varied=False)  # as it is learnt faster so, and the set has few numbers


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
            _parts(folder, "train"),
            valid=_parts(folder, "val"),
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
        one_word_inputs=_loops(fitted, folder, search),
        outputs=_outputs(fitted, folder, search),
    )


def _measured(task: Translator, folder: Path, part: str, search: Search) -> dict[str, Any]:
    pairs = read_pairs(_parts(folder, part))
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


def _loops(task: Translator, folder: Path, search: Search) -> dict[str, int]:
    """Of 1,000 inputs of one word, the answers in which a word comes three times, and the most words of an answer."""
    words = Counter(word for text in read_pairs(_parts(folder, "train")).inputs for word in text.lower().split())
    chosen = [word for word, _ in words.most_common(10_000)[::10]]
    said = [found[0].text.lower().split() for found in task.predict_many(chosen, search=search)]
    thrice = sum(max(Counter(answer).values(), default=0) >= 3 for answer in said)
    return {"inputs": len(chosen), "answers_with_a_word_three_times": thrice, "longest": max(map(len, said))}


def _parts(folder: Path, name: str) -> list[Path]:
    """The two files of a part."""
    return [folder / f"{name}.en.gz", folder / f"{name}.de.gz"]


def _outputs(task: Translator, folder: Path, search: Search) -> list[dict[str, str]]:
    """Some of the test's sentences, drawn at random, with what was written and what a person wrote."""
    pairs = read_pairs(_parts(folder, TESTS[0]))
    rows = sorted(random.Random(0).sample(range(len(pairs)), SHOWN))
    said = task.predict_many([pairs.inputs[row] for row in rows], search=search)
    return [
        {"source": pairs.inputs[row], "network": found[0].text, "reference": str(pairs.targets[row])}
        for row, found in zip(rows, said, strict=True)
    ]


if __name__ == "__main__":
    main()
