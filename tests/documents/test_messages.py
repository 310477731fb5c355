"""Message catalogues: what is translated stays, the rest is filled in and marked, and damage is located."""

import re

import polib
import pytest

from unrolled.documents.base import translate_document
from unrolled.documents.messages import messages
from unrolled.errors import InputError

CATALOGUE = r"""# A translation.
#
#, fuzzy
msgid ""
msgstr ""
"Project-Id-Version: x\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 ? 1 : 2);\n"

#. extracted
#: a.c:1 b.c:2
msgid "&File"
msgstr ""

# by a person
#, c-format
#| msgid "Open %s"
msgctxt "menu"
msgid ""
"Open %s with care\n"
"and \"so\" on.\n"
msgstr ""

msgid "done"
msgstr "fertig"

#, fuzzy
msgid "perhaps"
msgstr "vielleicht"

#, python-format
msgid " %d file"
msgid_plural " %d files"
msgstr[0] ""
msgstr[1] ""
msgstr[2] "viele %d"

msgid "%d"
msgstr ""

#~ msgid "old"
#~ msgstr ""
"""


def shouted(text, **options):
    document = messages(text, "en", "de.po", **options)
    return translate_document(document, lambda sentences: [re.sub(r"(?<!%)\w+", upper, one) for one in sentences])


def upper(word):
    return word[0].upper()


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_what_is_not_translated_comes_back_to_the_letter(line_end):
    text = CATALOGUE.replace("\n", line_end)
    document = messages(text, "en", "de.po")
    assert document.filled(document.segments) == text
    assert document.segments == ["File", "Open %s with care", 'and "so" on.', "%d file", "%d files", "%d"]


def test_messages_are_filled_in_and_marked():
    text = shouted(CATALOGUE)
    assert '#: a.c:1 b.c:2\n#, fuzzy\nmsgid "&File"\nmsgstr "&FILE"\n' in text
    assert '#, fuzzy, c-format\n#| msgid "Open %s"\nmsgctxt "menu"\n' in text
    assert 'msgid " %d file"\nmsgid_plural " %d files"\nmsgstr[0] " %d FILE"\nmsgstr[1] " %d FILES"\n' in text
    assert 'msgstr[2] "viele %d"\n' in text
    before, after = polib.pofile(CATALOGUE), polib.pofile(text)
    assert [(entry.msgid, entry.msgctxt, entry.tcomment, entry.comment) for entry in after] == [
        (entry.msgid, entry.msgctxt, entry.tcomment, entry.comment) for entry in before
    ]
    assert (after.metadata, after.header) == (before.metadata, before.header)
    menu = after.find('Open %s with care\nand "so" on.\n')
    assert menu.msgstr == 'OPEN %s WITH CARE\nAND "SO" ON.\n'
    assert menu.fuzzy
    assert not after.find("done").fuzzy
    assert after.find("perhaps").msgstr == "vielleicht"


def test_every_message_where_that_is_asked_for():
    after = polib.pofile(shouted(CATALOGUE, every=True))
    assert after.find("done").msgstr == "DONE"
    assert after.find(" %d file").msgstr_plural[2] == " %d FILES"


@pytest.mark.parametrize(
    ("damaged", "line", "what"),
    [
        (CATALOGUE.replace('msgid "done"', "msgid done"), 23, "msgid done"),
        (CATALOGUE.replace('msgid "done"', 'msgid "done'), 23, "expected"),
        (CATALOGUE.replace('"and \\"so\\"', '"and "so"'), 20, "expected"),
        (CATALOGUE.replace('msgstr "fertig"\n', ""), 23, "a message without msgstr"),
        (CATALOGUE + '\nmsgid "end"\n', 43, "a message without msgstr"),
        (CATALOGUE.replace('msgid "done"\n', ""), 23, "cannot stand here"),
        ("Some text.\n", 1, "expected a comment"),
    ],
)
def test_damage_is_located(damaged, line, what):
    with pytest.raises(InputError, match=rf"^de\.po:{line}: .*{what}"):
        messages(damaged, "en", "de.po")
