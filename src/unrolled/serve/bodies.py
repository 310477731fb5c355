"""Bodies of requests and answers, derived from the inputs and the answers of the tasks.

There is one question for each type of raw input, and one group of replies for each named tuple that tasks answer with.
A new input or answer needs nothing here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from types import GenericAlias
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, FailFast, Field, create_model

from unrolled.inference.answers import Answer
from unrolled.inputs import Input, input_class
from unrolled.serve.schemas import Trace
from unrolled.serve.served import ServedModel
from unrolled.storage.strict_json import to_json
from unrolled.tasks import TASKS, task_class
from unrolled.tasks.predictor import Predictor

__all__ = ["Bodies", "FirstError", "Question", "Replies"]


class FirstError(FailFast):
    """Of a list only the first error is sought: there may be a hundred thousand. Types that are joined are hashed."""

    def __hash__(self) -> int:
        return hash(FirstError)


class Question(BaseModel):
    """One input, or several; and how many answers to each."""

    model_config = ConfigDict(extra="forbid", strict=True)

    n: int = Field(3, ge=1, le=100, description="how many answers")
    input: Any = None
    inputs: list[Any] | None = None


@dataclass(frozen=True)
class Replies:
    """The bodies that hold answers of one type: to one input, to several, and to one that was sent as a file."""

    single: type[BaseModel]
    several: type[BaseModel]
    of_file: type[BaseModel] | None

    def to_inputs(self, inputs: Sequence[Any], answers: Sequence[Sequence[Answer]], several: bool) -> str:
        """The reply to a question, as JSON; a text is sent back with its answers, other inputs are not."""
        replies = [
            _written(
                predictions=best, input=raw if isinstance(raw, str) and "input" in self.single.model_fields else None
            )
            for raw, best in zip(inputs, answers, strict=True)
        ]
        return f'{{"replies":[{",".join(replies)}]}}' if several else replies[0]

    def to_file(self, answers: Sequence[Answer], seconds: float, trace: Trace | None) -> str:
        """The reply, as JSON, to an input that was sent as a file and lasts for ``seconds``."""
        return _written(predictions=answers, seconds=seconds, growth=None if trace is None else trace.model_dump())


def _written(predictions: Sequence[Answer], **more: Any) -> str:
    """A reply as JSON without what is absent; InputError where it holds a number that is not finite."""
    entries = [{name: value for name, value in entry._asdict().items() if value is not None} for entry in predictions]
    present = {name: value for name, value in more.items() if value is not None}
    return to_json(present | {"predictions": entries}, "the answer", compact=True)


class Bodies:
    """All bodies of the registered tasks and of the models that are served."""

    def __init__(self, models: Iterable[ServedModel]) -> None:
        pairs: list[tuple[type[Answer], type[Input]]] = []
        for task in map(task_class, TASKS):
            if not issubclass(task, Predictor):
                continue
            pairs += [(task.answer, input_class(kind)) for kind in task.kinds]
        pairs += [(model.answer, type(model.input_)) for model in models]
        inputs = list(dict.fromkeys(input for _, input in pairs))
        self.media_types = tuple(dict.fromkeys(name for input in inputs for name in input.media_types))
        self.questions: dict[Any, type[Question]] = {}
        for input in inputs:
            if not input.media_types and input.raw_type not in self.questions:
                self.questions[input.raw_type] = _question(input)
        self.replies = {
            answer: _replies(answer, [input for other, input in pairs if other is answer])
            for answer in dict.fromkeys(answer for answer, _ in pairs)
        }

    @property
    def reply(self) -> Any:
        """The union of all replies."""
        bodies = [body for kind in self.replies.values() for body in (kind.single, kind.several, kind.of_file) if body]
        return reduce(or_, bodies)


def _question(input: type[Input]) -> type[Question]:
    """The question with raw inputs of this type."""
    example = Field(None, description=input.noun, examples=[input.raw_example])
    several = Field(None, description="several, in place of input", min_length=1)
    return create_model(
        f"{input.noun.title().replace(' ', '')}Question",
        __base__=Question,
        __doc__=f"One input ({input.noun}), or several; and how many answers to each.",
        input=(_until_wrong(input.raw_type) | None, example),
        inputs=(_until_wrong(_list_of(input.raw_type)) | None, several),
    )


def _replies(answer: type[Answer], inputs: Sequence[type[Input]]) -> Replies:
    """The replies with answers of this type, given by models that read these inputs."""
    name = answer.__name__
    entry_fields: dict[str, Any] = {key: (hint, ...) for key, hint in get_type_hints(answer).items()}
    entry = create_model(name, __doc__=answer.__doc__ or "", **entry_fields)
    fields: dict[str, Any] = {}
    texts = [input for input in inputs if input.raw_type is str and not input.media_types]
    if len(texts) == len(inputs):
        fields["input"] = (str, Field(examples=[texts[0].raw_example]))
    elif texts:
        fields["input"] = (str | None, Field(None, description="the text; other inputs are not sent back"))
    fields["predictions"] = (_list_of(entry), ...)
    single = create_model(f"{name}Reply", __doc__="The answers to one input, the best first.", **fields)
    several = create_model(
        f"{name}Replies",
        __doc__="The answers to several inputs, in their order.",
        replies=(_list_of(single), ...),
    )
    if not any(input.media_types for input in inputs):
        return Replies(single, several, None)
    of_file = create_model(
        f"{name}FileReply",
        __doc__="The answers to an input that was sent as a file, the best first.",
        predictions=fields["predictions"],
        seconds=(float, Field(description="how long it lasts")),
        growth=(Trace | None, Field(None, description="where moments were asked for")),
    )
    return Replies(single, several, of_file)


def _list_of(kind: Any) -> Any:
    return GenericAlias(list, (kind,))


def _until_wrong(kind: Any) -> Any:
    """The same type, but of a list only the first error is sought."""
    if get_origin(kind) is not list:
        return kind
    return Annotated[_list_of(_until_wrong(get_args(kind)[0])), FirstError()]
