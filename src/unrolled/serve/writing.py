"""The addresses of models that write texts alone; /predict they share with others."""

from collections.abc import AsyncIterator, Hashable, Iterator, Sequence
from time import monotonic
from typing import TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

from unrolled.errors import InputError
from unrolled.serve.engine import Busy
from unrolled.serve.limits import Limits
from unrolled.serve.models import REFUSALS, Name, Served
from unrolled.serve.schemas import json_reply
from unrolled.serve.writing_bodies import AlignReply, AlignRequest, FormRequest
from unrolled.serve.writing_requests import Sent, accepting, question
from unrolled.serve.written import Given, align, form
from unrolled.storage.strict_json import to_json

__all__ = ["add_writing"]

LINES = "application/x-ndjson"
Body = TypeVar("Body", bound=FormRequest)


def add_writing(app: FastAPI, served: Served, limits: Limits) -> None:
    """Add them; of a model that writes no texts they answer 422."""

    files = served.media_types

    async def read(name: str, request: Request, kind: type[Body]) -> tuple[Body, Given]:
        model, sent = served.find_writer(name), await Sent.by(request, limits)
        asked, (raw,), _ = await served.quickly(
            request, "read", len(sent.body), lambda: question(kind, model, sent, limits)
        )
        return asked, Given(raw, asked.terms, tuple(asked.prefix))

    @app.post(
        "/v1/models/{name}/align",
        responses=REFUSALS,
        openapi_extra=accepting(AlignRequest, files),
        response_model=AlignReply,
    )
    async def align_texts(name: Name, request: Request) -> Response:
        """Write texts for an input, with their tokens and where each of them looked; all, or such as differ."""
        model = served.find_writer(name)
        asked, given = await read(name, request, AlignRequest)
        search, differ = asked.search(limits), asked.differ

        def answer(questions: Sequence[Given]) -> list[str]:
            return align(model, questions, search, differ)

        (text,) = await served.ask(request, ("align", name, search, differ), answer, [given], [len(given.raw)])
        return json_reply(text)

    @app.post(
        "/v1/models/{name}/write",
        response_class=Response,
        responses={**REFUSALS, 200: {"content": {LINES: {}}, "description": "A line of JSON for each step"}},
        openapi_extra=accepting(FormRequest, files),
    )
    async def write_text(name: Name, request: Request) -> Response:
        """Write a text for an input, to be read as it forms: lines {"forming": TEXT}, at last the answer of /align."""
        model = served.find_writer(name)
        asked, given = await read(name, request, FormRequest)
        search = asked.search(limits)
        steps = _Steps(served, request, ("write", name, search.beam), form(model, given, search))
        return StreamingResponse(steps.lines(await steps.next(), limits.seconds), media_type=LINES)


class _Steps:
    """A text that forms step by step, each a turn of its own, so that others are answered in between."""

    def __init__(self, served: Served, request: Request, kind: Hashable, lines: Iterator[str]) -> None:
        self._served, self._request, self._kind, self._lines = served, request, kind, lines

    async def next(self) -> str | None:
        """The next step's line, empty where nothing has changed; None after the last."""
        return await self._served.alone(self._request, self._kind, 1, lambda: next(self._lines, None))

    async def lines(self, first: str | None, seconds: float) -> AsyncIterator[str]:
        """All lines from the first on, for so long at most. What goes wrong meanwhile is the last one."""
        line, ends = first, monotonic() + seconds
        try:
            while line is not None:
                if line:
                    yield f"{line}\n"
                if monotonic() > ends:
                    raise TimeoutError
                line = await self.next()
        except InputError as error:
            status, problem = 422, str(error)
        except Busy:
            status, problem = 503, "the server is busy; try again"
        except TimeoutError:
            status, problem = 503, f"not ready within {seconds:g} s; try again"
        else:
            return
        yield to_json({"error": problem, "status": status}, "the answer", compact=True) + "\n"
