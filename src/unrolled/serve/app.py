"""The application: what each address answers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, WebSocket, WebSocketDisconnect
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from unrolled.errors import InputError

__all__ = ["create_app"]

PAGE = Path(__file__).parent / "page"


class Question(BaseModel):
    """What /predict takes."""

    input: str
    n: int = Field(3, ge=1, le=100)


def create_app(models: Mapping[str, Any]) -> FastAPI:
    """The application that serves ``models`` by name."""
    app = FastAPI(title="unrolled", docs_url=None, redoc_url=None)

    def find(name: str) -> Any:
        if name not in models:
            raise HTTPException(404, f"there is no model {name!r}; there is {', '.join(models)}")
        return models[name]

    @app.get("/v1/models")
    def list_models() -> dict[str, Any]:
        return {"models": [{"name": n, "task": m.name, "description": m.describe()} for n, m in models.items()]}

    @app.post("/v1/models/{name}/predict")
    def predict(name: str, question: Question) -> dict[str, Any]:
        found = find(name).predict(question.input, question.n)
        return {"input": question.input, "predictions": [{"text": p.text, "score": p.score} for p in found]}

    @app.websocket("/v1/models/{name}/stream")
    async def stream(socket: WebSocket, name: str) -> None:
        await socket.accept()
        session = find(name).session()
        try:
            while True:
                try:
                    await socket.send_json(session.receive(await socket.receive_json()))
                except InputError as error:
                    await socket.send_json({"error": str(error)})
        except WebSocketDisconnect:
            pass

    app.mount("/", StaticFiles(directory=PAGE, html=True))
    return app
