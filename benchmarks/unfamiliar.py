"""How sure classifiers are of what they never learnt: silence, noise, random letters, foreign words, constant series.

    python benchmarks/unfamiliar.py MODEL ... [--output benchmarks/results/unfamiliar.json]

Of each folder's model, by the kind of its input: the largest probability that it gives to each unfamiliar input, and
the share of those below 0.9.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import unrolled

COUNT = 20  # inputs of each sort
BELOW = 0.9
RATE = 16_000
FOREIGN = (
    "nyumba yangu iko karibu na mto",
    "kissa istuu ikkunalla ja katsoo ulos",
    "a kutya az udvaron fut egész nap",
    "mae'r ceffyl yn cerdded ar y bryn",
    "de hond loopt vandaag naar het strand",
    "pisica doarme pe scaunul din bucătărie",
    "kedi bugün bahçede uyuyor",
    "ang aso ay tumatakbo sa dalampasigan",
    "kass magab akna all ja näeb und",
    "mi domo estas proksime de la maro",
)


def sounds(rng, model):
    """Clips (samples, rate) of a second."""
    hum = np.sin(2 * np.pi * 50 * np.arange(RATE) / RATE)
    return {
        "silence": [(np.zeros(RATE, np.float32), RATE)],
        "white noise": [(rng.normal(0, rng.uniform(0.01, 0.3), RATE).astype(np.float32), RATE) for _ in range(COUNT)],
        "a hum": [((loud * hum).astype(np.float32), RATE) for loud in (0.01, 0.1, 0.5)],
    }


def texts(rng, model):
    """Texts of words that the model has hardly met."""
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    word = lambda: "".join(rng.choice(letters, rng.integers(2, 10)))  # noqa: E731
    return {
        "foreign words": list(FOREIGN),
        "random letters": [" ".join(word() for _ in range(8)) for _ in range(COUNT)],
        "signs": ["? ! .", "1 2 3 4 5 6 7", "... ... ..."],
    }


def sequences(rng, model):
    """DNA without any order."""
    length = model.input_.length or 60
    return {
        "random letters": ["".join(rng.choice(list("ACGT"), length)) for _ in range(COUNT)],
        "one letter": [letter * length for letter in "ACGTN"],
    }


def series(rng, model):
    """Series in the scale of those that the model has learnt."""
    scale, steps = model.input_.scale, 60
    constant = [np.repeat((scale.mean + far * scale.deviation)[None], steps, 0) for far in (-3, -1, 0, 1, 3)]
    noise = rng.normal(size=(COUNT, steps, len(scale.mean))) * scale.deviation + scale.mean
    return {"constant": constant, "white noise": list(noise.astype(np.float32))}


INPUTS = {"sound": sounds, "text": texts, "dna": sequences, "numbers": series}


def measure(folder):
    """The largest probability of each unfamiliar input to one model, by sort."""
    model = unrolled.load(folder)
    kind = model.input_.kind
    result = {"reads": kind, "labels": len(model.labels_), "unfamiliar": {}}
    for name, inputs in INPUTS[kind](np.random.default_rng(0), model).items():
        largest = [answers[0].score for answers in model.predict_many(inputs, 1)]
        below = float(np.mean(np.array(largest) < BELOW))
        result["unfamiliar"][name] = {
            "inputs": len(largest),
            "largest": round(max(largest), 4),
            "mean": round(float(np.mean(largest)), 4),
            "below 0.9": round(below, 3),
        }
    return result


def main():
    """Measure all models that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+")
    parser.add_argument("--output", default="benchmarks/results/unfamiliar.json")
    arguments = parser.parse_args()
    results = {}
    for folder in arguments.models:
        results[Path(folder).name] = found = measure(folder)
        for name, row in found["unfamiliar"].items():
            print(f"{folder} ({found['reads']}), {name}: {row}")
    Path(arguments.output).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
