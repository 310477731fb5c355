"""Make music: a model of notes as words, or of chords of the keys that sound together."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple

from unrolled.baselines import Predictions
from unrolled.baselines.frames import CHORDS
from unrolled.baselines.key_mixture import KeyWeight
from unrolled.baselines.mixture import MixtureWeights
from unrolled.baselines.ngram import ngram
from unrolled.cells import CELLS
from unrolled.errors import InputError
from unrolled.inference.answers import KeyAnswers, TokenAnswers
from unrolled.inputs.chords import Chords
from unrolled.inputs.notes import Notes
from unrolled.metrics.frames import frame_scores
from unrolled.metrics.language import language_scores
from unrolled.settings import documented, option
from unrolled.tasks.continuation import Continuation
from unrolled.tasks.language_network import LanguageNetwork
from unrolled.tasks.predictor import Predictor

__all__ = ["Composer"]


@documented
@dataclass(eq=False, repr=False)
class Composer(Predictor):
    """Learns from music and goes on with it: notes as words, or chords of 88 keys.

    It reads MIDI files, chorale JSON and .npz rolls (see `unrolled.sources.music`); of a file with parts it learns from
    train, stops by valid and is measured on test. A chord is typed as C4+E4+G4, silence as -.

    >>> from unrolled import Composer
    >>> model = Composer(events="chords", width=100)
    >>> model
    <Composer(events='chords', width=100), not fitted>

    ``model.fit("chorales.json")`` learns, ``model.play("C4+E4", seconds=20, temperature=0.8).write("tune.mid")`` plays.
    """

    events: str = option(
        "notes", "what the model reads and writes: notes and pauses one after another, or all keys of a step at once",
        choices=("notes", "chords"),
    )  # fmt: skip
    grid: int | None = option(None, "steps of time a beat; 4 for MIDI, 1 for frames where not given", 1, 96)
    cell: str | None = option(
        None, "the recurrence; lstm for notes, gru for chords where not given", choices=tuple(CELLS)
    )
    width: int | None = option(None, "hidden units of a layer; 256, or 200 for chords, where not given", 1, 65_536)
    layers: int = option(1, "recurrent layers", 1, 64)
    dropout: float | None = option(
        None, "share of features dropped while training; 0.2, or 0.3 for chords, where not given", 0.0, 1.0
    )
    vocabulary: int = option(10_000, "of notes, number of different ones at most", 3, 2**24)
    model: str = option("recurrent", "of notes, recurrent or the dense network", choices=("recurrent", "dense"))
    embedding: int | None = option(None, "of notes, length of their vectors; as wide as a layer else", 1, 65_536)
    context: int = option(5, "of notes, how many the dense network sees", 1, 1024)
    tied: bool = option(True, "of notes, the output layer shares their vectors")
    order: int = option(5, "of notes, longest n-gram of the baseline", 1, 5)
    mixture: bool = option(True, "answers mix the network with the baseline, by weights chosen on the validation part")
    name: ClassVar[str] = "compose"
    card: ClassVar[str] = "compose"
    kinds: ClassVar[tuple[str, ...]] = ("notes", "chords")
    reads: ClassVar[str] = "MIDI files, chorale JSON, .npz rolls, folders of them, FILE#PART."
    examples: ClassVar[tuple[str, ...]] = ("melodies/ -o tunes", "chorales.json -o harmony --events chords")
    adjustable: ClassVar[tuple[str, ...]] = ("dropout", "mixture")

    def recipe(self) -> Continuation:
        """Notes with an n-gram, or chords with the better of their keys and an n-gram over frames."""
        return EVENTS[self.events].recipe(self)

    @property
    def network_settings(self) -> LanguageNetwork:
        """The network that the settings describe; what they leave out is as usual for these events."""
        usual = EVENTS[self.events]
        return LanguageNetwork(
            self.model,
            self.cell or usual.cell,
            self.width or usual.width,
            self.layers,
            self.embedding,
            self.context,
            usual.dropout if self.dropout is None else self.dropout,
            self.tied,
        )

    def check(self) -> None:
        """Raise InputError for a setting that is not allowed, or that contradicts another."""
        super().check()
        for field in fields(self):
            if field.name in EVENTS[self.events].foreign and getattr(self, field.name) != field.default:
                events = f'events="{self.events}"'
                raise InputError(f"{field.name} means nothing with {events}; leave it out", field.name, events)
        self.network_settings.check()

    def metadata(self) -> dict[str, Any]:
        """What a client should know of the model; see `Predictor.metadata`."""
        return super().metadata() | {"cell": self.network_settings.cell}

    def describe(self) -> str:
        """One line on what the model is."""
        return self.network_settings.describe(self.network()[0], EVENTS[self.events].over)


class Events(NamedTuple):
    """How a model reads music: its recipe, settings that mean nothing for it, and its usual cell, width and dropout."""

    recipe: Callable[[Composer], Continuation]
    foreign: tuple[str, ...]
    cell: str
    width: int
    dropout: float
    over: str


def _notes(settings: Composer) -> Continuation:
    return Continuation(
        input=Notes(settings.grid, settings.vocabulary),
        build=lambda notes: settings.network_settings.over_tokens(notes.outcomes),
        baseline=ngram(settings.order),
        outcomes=lambda notes: TokenAnswers(notes.tokenizer),
        measures=_note_scores,
        weights=MixtureWeights,
        mixed=settings.mixture,
    )


def _note_scores(predictions: Predictions, notes: Notes) -> dict[str, float]:
    return language_scores(predictions, notes.tokenizer.tokens, keystrokes=False)


def _chords(settings: Composer) -> Continuation:
    return Continuation(
        input=Chords(settings.grid),
        build=lambda chords: settings.network_settings.over_keys(chords.outcomes),
        baseline=CHORDS,
        outcomes=lambda chords: KeyAnswers(chords.outcomes),
        measures=lambda predictions, chords: frame_scores(predictions),
        weights=KeyWeight,
        mixed=settings.mixture,
    )


EVENTS = {
    "notes": Events(_notes, (), "lstm", 256, 0.2, "word vectors of {}"),
    "chords": Events(
        _chords,
        ("vocabulary", "model", "embedding", "context", "tied", "order"),
        "gru",
        200,
        0.3,
        "chords of {} notes",
    ),
}
