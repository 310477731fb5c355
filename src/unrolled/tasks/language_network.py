"""The networks of tasks that predict what comes next, as their settings describe them."""

from dataclasses import dataclass

from unrolled.cells import CELLS
from unrolled.errors import InputError
from unrolled.layers import Dense, Embedding, Recurrent
from unrolled.models import Bernoulli, Model, RecurrentBody, Softmax, WindowBody
from unrolled.text.tokens import END

__all__ = ["LanguageNetwork"]


@dataclass(frozen=True)
class LanguageNetwork:
    """The settings of such a network: ``model`` is recurrent or dense, dropout is variational.

    With ``tied`` the last layer is as wide as the word vectors.
    """

    model: str
    cell: str
    width: int
    layers: int
    embedding: int | None
    context: int
    dropout: float
    tied: bool

    def check(self) -> None:
        """Raise InputError for settings that contradict each other."""
        if self.model == "dense" and self.layers != 1:
            raise InputError(f"layers is {self.layers}; the dense network has 1 hidden layer", "layers")
        if self.tied and self.layers == 1 and self.embedding not in (None, self.width):
            raise InputError(
                f"width is {self.width}, embedding {self.embedding}; "
                "one layer tied to the word vectors is as wide as they are: leave one out, or take tied=False",
                *("width", "embedding", "tied=False"),
            )

    def over_tokens(self, tokens: int) -> Model:
        """Word vectors, recurrent layers or a dense one over a window, softmax over the tokens."""
        embedding = self.embedding or self.width
        last = embedding if self.tied else self.width
        words = Embedding(tokens, embedding)
        body: RecurrentBody | WindowBody
        if self.model == "dense":
            hidden = Dense(self.context * embedding, last)
            body = WindowBody(words, hidden, self.context, self.dropout, True, END)
        else:
            widths = (*[self.width] * (self.layers - 1), last)
            layers = Recurrent(CELLS[self.cell], embedding, widths, False, self.dropout, True)
            body = RecurrentBody(words, layers, self.dropout)
        return Model(body, None, Softmax(tokens, last, self.tied), self.dropout, True)

    def over_keys(self, keys: int) -> Model:
        """Recurrent layers over frames of keys, each on or off by itself next; U holds a vector for each key."""
        layers = Recurrent(CELLS[self.cell], keys, (self.width,) * self.layers, False, self.dropout, True)
        return Model(RecurrentBody(None, layers), None, Bernoulli(keys, self.width), self.dropout, True)

    def describe(self, model: Model, over: str) -> str:
        """One line on a model with these settings; ``over`` names what it reads, {} being the number of features."""
        features = over.format(model.body.inputs)
        if isinstance(model.body, WindowBody):
            return f"dense network over {self.context} {features}: it grows with that window"
        assert model.layers is not None
        widths = ", ".join(map(str, model.layers.widths))
        return f"{self.cell} layers of {widths} units over {features}: the same for any length"
