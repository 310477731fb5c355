"""Bodies of requests to models that write texts, and of their answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from unrolled.serve.bodies import FirstError
from unrolled.serve.limits import Limits
from unrolled.serve.schemas import Failure
from unrolled.settings import Search

__all__ = ["AlignRequest", "Asked", "FormRequest", "WriteReplies", "WriteReply", "WriteRequest"]

PREFIX = 2_000  # tokens
REMARK = "a warning, such as that the text was cut; absent where there is none"
Term = Annotated[str, Field(min_length=1, max_length=1_000)]
TokenId = Annotated[int, Field(ge=0, lt=2**31)]


class Asked(BaseModel):
    """How many answers, how they are searched, and how terms are to come out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    n: int = Field(3, ge=1, le=1_000, description="how many answers")
    beam: int | None = Field(None, ge=1, le=1_000, description="hypotheses side by side; more where n is more")
    length: Literal["short", "long"] | None = Field(
        None, description="of summaries and descriptions: how long they are"
    )
    glossary: dict[Term, Term] = Field(
        {}, description="terms of the text, and what each comes out as", examples=[{"bicycle": "Drahtesel"}]
    )

    def search(self, limits: Limits) -> Search:
        """The search: its beam holds all answers that are asked for."""
        beam = max(self.beam or min(Search().beam, limits.beam), self.at_once)
        return Search(beam=beam, n_best=self.n, length=self.length)

    @property
    def at_once(self) -> int:
        """How many answers one search gives."""
        return self.n

    @property
    def terms(self) -> tuple[tuple[str, str], ...]:
        """The glossary as one that can be compared."""
        return tuple(sorted(self.glossary.items()))

    def check(self, limits: Limits) -> None:
        """Failure 422 where more is asked for than the server gives."""
        for name, value in (("beam", self.beam or 1), ("n", self.n)):
            if value > limits.beam:
                raise Failure(422, f"{name} is {value}; expected at most {limits.beam}", "beam")
        if len(self.glossary) > limits.glossary:
            raise Failure(422, f"{len(self.glossary)} terms; expected at most {limits.glossary}", "glossary")
        for term, wanted in self.glossary.items():
            if not (term.strip() and wanted.strip()):
                raise Failure(422, f"glossary has {term[:80]!a} for {wanted[:80]!a}; expected no empty term")


class WriteRequest(Asked):
    """One text or picture, or several; and how many answers to each."""

    input: str | None = Field(None, description="text", examples=["a man is riding a bicycle"])
    inputs: Annotated[list[str], FirstError()] | None = Field(
        None, description="several, in place of input", min_length=1
    )
    picture: str | None = Field(None, description="of a model that reads pictures: base64 of a file's bytes")
    pictures: Annotated[list[str], FirstError()] | None = Field(
        None, description="several, in place of picture", min_length=1
    )


class FormRequest(Asked):
    """A text or picture whose answers are told with their tokens, and where each token looked."""

    n: int = Field(1, ge=1, le=1_000, description="how many answers")
    input: str | None = Field(None, description="text", examples=["a man is riding a bicycle"])
    picture: str | None = Field(None, description="of a model that reads pictures: base64 of a file's bytes")
    prefix: Annotated[list[TokenId], FirstError()] = Field(
        [], max_length=PREFIX, description="ids that the answers begin with"
    )


class AlignRequest(FormRequest):
    """The same; or an input whose answers differ from a place on."""

    differ: bool = Field(False, description="answers that go on differently after the prefix, each with its own token")

    @property
    def at_once(self) -> int:
        """One, where each answer is the best of those that go on by its token."""
        return 1 if self.differ else self.n


class Written(BaseModel):
    """A text that was written for an input, and how sure the model is of it."""

    text: str = Field(examples=["ein mann fährt fahrrad"])
    score: float = Field(description="as a rule the geometric mean of its tokens' probabilities", examples=[0.61])


class WriteReply(BaseModel):
    """The texts written for one input, the best first."""

    input: str | None = Field(None, description="the text; pictures are not sent back")
    predictions: list[Written]
    remark: str | None = Field(None, description=REMARK)


class WriteReplies(BaseModel):
    """The texts written for several inputs, in their order."""

    replies: list[WriteReply]


class Cells(BaseModel):
    """How the steps of a picture lie over it: row by row, in each from the left."""

    rows: int
    columns: int
    box: list[float] = Field(
        description="left, top, right and bottom of all, in shares of the picture's width and height",
        examples=[[0, 0, 1, 1]],
    )


class AlignedAnswer(Written):
    """An answer with its tokens, and where each of them looked."""

    source: list[str] = Field(description="tokens that were read; those that begin a word begin with a space")
    target: list[str] = Field(description="tokens that were written")
    ids: list[int] = Field(description="those as numbers, for a prefix")
    attention: list[list[float]] = Field(description="a row for each of target, which sums to 1 over source")
    copied: list[bool] | None = Field(
        None, description="of a model that copies: whether each of target stands in the source where it looked most"
    )
    grid: Cells | None = Field(None, description="of a picture: where its steps, the columns of attention, lie")


class AlignReply(BaseModel):
    """The answers, the best first."""

    answers: list[AlignedAnswer]
    remark: str | None = Field(None, description=REMARK)
