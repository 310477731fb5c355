"""The address of models that write texts alone; /predict they share with others."""

from collections.abc import Sequence

from fastapi import FastAPI, Request
from fastapi.responses import Response

from unrolled.serve.forecast_bodies import body_of
from unrolled.serve.limits import Limits
from unrolled.serve.models import REFUSALS, Name, Served
from unrolled.serve.schemas import json_reply, media_type, read_body
from unrolled.serve.writing_bodies import AlignReply, AlignRequest
from unrolled.serve.written import Given, align

__all__ = ["add_writing"]


def add_writing(app: FastAPI, served: Served, limits: Limits) -> None:
    """Add it; of a model that writes no texts it answers 422."""

    @app.post(
        "/v1/models/{name}/align", responses=REFUSALS, openapi_extra=body_of(AlignRequest), response_model=AlignReply
    )
    async def align_texts(name: Name, request: Request) -> Response:
        """Write texts for an input, with their tokens and where each of them looked; all, or all after a prefix."""
        model = served.find_writer(name)
        content_type, body = media_type(request), await request.body()

        def read() -> AlignRequest:
            return read_body(content_type, body, AlignRequest, ", ".join(AlignRequest.model_fields))

        asked = await served.quickly(request, "read", len(body), read)
        asked.check([asked.input], limits)
        n, beam, differ = asked.n, asked.width(limits), asked.differ

        def answer(questions: Sequence[Given]) -> list[str]:
            return align(model, questions, n, beam, differ)

        given = Given(asked.input, asked.terms, tuple(asked.prefix))
        (text,) = await served.ask(request, ("align", name, n, beam, differ), answer, [given], [len(asked.input)])
        return json_reply(text)
