import pytest

from unrolled.sources.whatsapp import is_whatsapp, read_whatsapp

STAMPS = {
    "android, American": "12/31/20, 9:15 PM - ",
    "android, narrow space": "12/31/20, 9:15\u202fPM - ",
    "android, German": "31.12.20, 21:15 - ",
    "android, English": "31/12/2020, 21:15 - ",
    "android, Spanish": "31/12/20, 9:15 p. m. - ",
    "android, Dutch": "31-12-2020 21:15 - ",
    "ios, German": "[31.12.20, 21:15:33] ",
    "ios, American": "[12/31/20, 9:15:33\u202fPM] ",
    "ios, English": "[31/12/2020, 21:15:33] ",
    "ios, Swedish": "[2020-12-31, 21:15:33] ",
    "copied": "[21:15, 31/12/2020] ",
}


@pytest.mark.parametrize("stamp", STAMPS.values(), ids=STAMPS.keys())
def test_dates_and_names_go(stamp):
    lines = [
        f"{stamp}Messages and calls are end-to-end encrypted. Tap to learn more.\n",
        f"{stamp}Anna Müller: see you at 9: by the door\n",
        "bring a book\n",
        "\n",
        "and a pen\n",
        f"{stamp}Bob: ok 👍\n",
        f"{stamp}+49 170 1234567: who is this?\n",
        f"{stamp}Anna Müller changed the subject from “Trip: one” to “Trip: two”\n",
        f"{stamp}Bob left\n",
    ]
    assert is_whatsapp(lines)
    assert [(message.author, message.text) for message in read_whatsapp(lines)] == [
        ("Anna Müller", "see you at 9: by the door\nbring a book\n\nand a pen"),
        ("Bob", "ok 👍"),
        ("+49 170 1234567", "who is this?"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<Media omitted>",
        "<Medien ausgeschlossen>",
        "\u200eimage omitted",
        "sticker omitted",
        "\u200e<attached: 00000012-PHOTO-2020-12-31.jpg>",
        "IMG-20201231-WA0001.jpg (file attached)",
        "\u200eIMG-20201231-WA0001.jpg (Datei angehängt)",
        "This message was deleted",
        "Du hast diese Nachricht gelöscht.",
        "null",
        "\u200eMissed voice call",
        "",
    ],
)
def test_what_nobody_wrote_goes(text):
    lines = ["31.12.20, 21:15 - Anna: one\n", f"\u200e31.12.20, 21:16 - Anna: {text}\n", "31.12.20, 21:17 - Bob: two\n"]
    assert [message.text for message in read_whatsapp(lines)] == ["one", "two"]


def test_what_stands_beside_a_picture_stays():
    lines = [
        "31.12.20, 21:15 - Anna: IMG-1.jpg (file attached)\n",
        "the sea\n",
        "31.12.20, 21:16 - Anna: on my way <This message was edited>\n",
        "31.12.20, 21:16 - \u202aAnna\u202c: \u2068@Bob\u2069 I <3 you\n",
    ]
    assert [tuple(message) for message in read_whatsapp(lines)] == [
        ("Anna", "the sea"),
        ("Anna", "on my way"),
        ("Anna", "@Bob I <3 you"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["The sky is blue.\n", "31.12.20, 21:15 - Anna: one\n", "31.12.20, 21:16 - Anna: two\n"],
        ["2020-12-31 21:15:33,123 - root - INFO - begun\n"] * 3,
        ["2020-12-31T21:15:33Z begun\n"] * 3,
        ["31.12.20 was a Thursday\n"] * 3,
        ["Anna: one\n", "Bob: two\n"],
        ["31.12.20, 21:15 - Anna: one\n"],
        [],
    ],
)
def test_other_texts_are_none(lines):
    assert not is_whatsapp(lines)
