"""Models that copy and models that read pictures, over HTTP."""

import base64
import io
import struct
import zlib

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.serve.small_writers import Describes, Shortens

from unrolled.serve.app import create_app
from unrolled.serve.limits import Limits

TEXT = "the meeting about budgets is on Wednesday at ten"


def picture(kind: str = "PNG", bright: int = 5) -> bytes:
    """A picture of two rows of three parts, one of which is bright."""
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[10 * (bright // 3) :][:10, 10 * (bright % 3) :][:, :10] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def bomb(side: int = 15_000) -> bytes:
    """The beginning of a PNG that claims so many pixels a side."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    contents = (b"IHDR" + head, b"IDAT" + bytes(9))
    parts = [struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in contents]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def client():
    limits = Limits(inputs=2, beam=6, picture=4_000)
    app = create_app({"subjects": Shortens(), "describe": Describes()}, limits)
    with TestClient(app, base_url="http://127.0.0.1") as opened:
        yield opened


def test_an_answer_says_what_was_copied_and_is_as_long_as_asked_for(client):
    (one,) = client.post("/v1/models/subjects/align", json={"input": TEXT, "length": "short"}).json()["answers"]
    assert (one["text"], one["copied"]) == ("about meeting Wednesday", [False, True, True])
    assert "grid" not in one
    usual = client.post("/v1/models/subjects/predict", json={"input": TEXT}).json()
    assert usual["predictions"][0]["text"] == "about meeting budgets Wednesday"
    refused = client.post("/v1/models/subjects/align", json={"input": TEXT, "length": "huge"})
    assert (refused.status_code, refused.json()["error"][:44]) == (422, "length is 'huge': Input should be 'short' or")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_a_body_or_stands_in_json(client, kind):
    content = picture(kind)
    said = {"predictions": [{"text": "it is bottom right", "score": 0.7}]}
    headers = {"content-type": f"image/{kind.lower()}"}
    answer = client.post("/v1/models/describe/predict?n=1&beam=2", content=content, headers=headers)
    assert (answer.status_code, answer.json()) == (200, said)
    assert client.post("/v1/models/describe/predict", json={"picture": coded(content), "n": 1}).json() == said
    several = {"pictures": [coded(content), coded(picture(bright=0))]}
    replies = client.post("/v1/models/describe/predict", json=several).json()["replies"]
    assert [reply["predictions"][0]["text"] for reply in replies] == ["it is bottom right", "it is top left"]
    for end in ("align", "write"):
        url = f"/v1/models/describe/{end}?length=short"
        answer = client.post(url, content=content, headers=headers).text.splitlines()[-1]
        assert '"text":"it is brightest"' in answer
        assert '"grid":{"rows":2,"columns":3,"box":[0.0,0.0,1.0,1.0]}' in answer


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 422, "expected a picture: JPEG, PNG"),
        (b"a text", 422, "expected a picture: JPEG, PNG"),
        (picture("JPEG")[:300], 422, "the picture"),
        (bomb(), 422, "a picture of more than 50,000,000 pixels; expected fewer"),
        (b"\xff\xd8\xff" * 2_000, 413, "6000 bytes; expected at most 4000"),
    ],
)
def test_what_is_no_picture_is_refused(client, content, status, said):
    for end in ("predict", "align", "write"):
        answer = client.post(f"/v1/models/describe/{end}", content=content, headers={"content-type": "image/jpeg"})
        assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (
            "describe/predict",
            {"input": "photo.jpg"},
            "input came; expected either picture, base64 of a file, or pictures",
        ),
        ("describe/align", {"input": "a.jpg"}, "input came; expected picture, base64 of a file"),
        ("describe/align", {}, "expected picture, base64 of a file"),
        ("describe/align", {"picture": "/etc/passwd!"}, "picture is '/etc/passwd!': "),
        ("describe/predict", {"pictures": ["", "", ""]}, "3 inputs; expected at most 2"),
        ("describe/predict?n=9", {"picture": ""}, "n is '9'; expected a whole number from 1 to 6"),
        ("subjects/predict", {"picture": ""}, "picture came; expected either input, text, or inputs"),
        ("subjects/align", {"input": "a", "picture": ""}, "input and picture came; expected input, text"),
    ],
)
def test_a_body_of_another_kind_is_refused(client, path, body, said):
    answer = client.post(f"/v1/models/{path}", json=body)
    assert (answer.status_code, answer.json()["error"][: len(said)]) == (422, said)


@pytest.mark.parametrize(("model", "media"), [("subjects", "image/png"), ("describe", "text/plain")])
def test_a_wrong_media_type_is_refused(client, model, media):
    answer = client.post(f"/v1/models/{model}/align", content=picture(), headers={"content-type": media})
    assert (answer.status_code, f"content-type is '{media}'; expected" in answer.json()["error"]) == (415, True)


def test_pictures_are_described_in_the_schema(client):
    assert client.get("/v1/models/describe").json()["reads"] == "picture"
    assert client.get("/v1/models").json()["limits"]["picture"] == 4_000
    paths = client.get("/openapi.json").json()["paths"]
    for end in ("predict", "align", "write"):
        asked = paths[f"/v1/models/{{name}}/{end}"]["post"]
        assert "image/png" in asked["requestBody"]["content"]
        assert {"n", "beam", "length"} <= {one["name"] for one in asked["parameters"]}
