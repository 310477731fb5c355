"""Streams of every kind of input and model that there is, with weights by chance."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tests.models.networks import bag_network, chord_network, first_steps_network, label_network, recurrent_network

from unrolled.arrays import map_tree
from unrolled.inference.answers import Answers, KeyAnswers, LabelAnswers, TokenAnswers
from unrolled.inference.frozen import Frozen
from unrolled.inference.stream import Stream
from unrolled.inputs import Input
from unrolled.inputs.chords import Chords
from unrolled.inputs.dna import Dna
from unrolled.inputs.notes import Notes
from unrolled.inputs.numbers import Numbers
from unrolled.inputs.sound import Sound
from unrolled.inputs.text import Text
from unrolled.models import Model

WORDS = ["the cat sees the red car", "my friend likes a house", "the old man hears the dog"]
LABELS = ["high", "low", "no"]
RATE = 8_000


def clip(seconds: float, pitch: float = 440.0) -> tuple[NDArray[np.float32], int]:
    """A tone and its rate."""
    return np.sin(np.arange(int(seconds * RATE)) * (2 * np.pi * pitch / RATE)).astype(np.float32), RATE


def words(vectorizer: str) -> Text:
    """A classifier's text."""
    text = Text("word", 40, vectorizer=vectorizer)
    text.learn(WORDS)
    return text


def learnt(input: Input, raw: object) -> Input:
    """The same input, fitted."""
    input.learn(raw)
    return input


class Kind(NamedTuple):
    """A model, its input and answers, and two raw inputs, the second to follow the first."""

    model: Model
    input: Input
    answers: Answers
    first: object
    second: object

    def frozen(self, seed: int = 0) -> Frozen:
        """The model with weights by chance."""
        initial = self.model.initial(np.random.default_rng(seed))
        return Frozen(self.model, map_tree(lambda a: np.asarray(a, np.float32) * 2, initial))

    def stream(self, seed: int = 0) -> Stream:
        """A stream that has read nothing."""
        return Stream(self.frozen(seed), self.input, self.answers)

    def steps(self) -> list[NDArray[np.generic]]:
        """The encoded steps of both raw inputs."""
        return [self.input.encode(self.first), self.input.encode(self.second)]


def classified(input: Input, network: object, first: object, second: object, **settings: object) -> Kind:
    """A classifier of an input, its network made for the input's sizes."""
    sizes = {"vocabulary": input.vocabulary, "inputs": 5 if input.vocabulary else input.width}
    model = network(len(LABELS), **sizes, **settings)
    return Kind(model, input, LabelAnswers(LABELS, 1.3), first, second)


def kinds() -> dict[str, Kind]:
    """By name: every input, and of text every model."""
    notes = learnt(Notes(4, 40), ["C4 . . E4 . G4", "C4 E4 . . G4"])
    learned, tf_idf = words("learned"), words("tf-idf")
    rows = np.random.default_rng(0).normal(size=(12, 2)).astype(np.float32)
    said = "the cat sees", "my red house likes a dog"
    sizes = {"widths": (6, 4)}
    numbers, sound = learnt(Numbers(), [rows]), learnt(Sound(), [clip(0.5), clip(0.5, 300)])
    recordings = clip(0.2), clip(0.15, 700)
    dna = learnt(Dna(), ["ACGTAC", "ACG"])
    together = {pooling: classified(learned, label_network, *said, pooling=pooling, **sizes) for pooling in (
        "last", "mean", "max", "attention")}  # fmt: skip
    ways = {"bidirectional": True, **sizes}
    network = recurrent_network(notes.vocabulary, 5, (6, 5), "gru")
    return {
        "notes": Kind(network, notes, TokenAnswers(notes.tokenizer), "C4 . E4", ". G4 ."),
        "chords": Kind(chord_network(88, (6, 5)), Chords(4), KeyAnswers(88), "C4+E4 - G4", "C4 C4+E4+G4"),
        **{f"text, {pooling}": kind for pooling, kind in together.items()},
        "dna": classified(dna, label_network, "ACGTN", "GATTACA", pooling="mean", **sizes),
        "numbers": classified(numbers, label_network, rows[:5], rows[5:], pooling="attention", **sizes),
        "sound": classified(sound, label_network, *recordings, pooling="max", **sizes),
        "one-hot": classified(words("one-hot"), label_network, *said, pooling="last", **sizes),
        "numbers both ways": classified(numbers, label_network, rows[:5], rows[5:], pooling="mean", **ways),
        "text both ways": classified(learned, label_network, *said, pooling="last", **ways),
        "text, middle": classified(learned, label_network, *said, pooling="middle", **ways),
        "text, bag": classified(learned, bag_network, *said),
        "text, first steps": classified(learned, first_steps_network, *said, units=6, window=4),
        "tf-idf": classified(tf_idf, bag_network, *said),
        "counts": classified(words("count"), bag_network, *said),
        "dna, first steps": classified(dna, first_steps_network, "ACGTN", "GATTACA", units=6, window=4),
    }


KINDS = kinds()
STREAMING = [name for name, kind in KINDS.items() if kind.model.streams]
WHOLE = [name for name, kind in KINDS.items() if not kind.model.streams]
