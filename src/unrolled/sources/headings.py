"""Which columns of a table are meant: by their names, by numbers, or by the names that such columns usually have."""

import re
from collections.abc import Mapping, Sequence

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.cells import Table

__all__ = ["has_headings", "places", "usual_name", "usual_places"]

_USUAL: Mapping[str, Sequence[str]] = {
    "text": (
        *(
            "text",
            "review",
            "reviewtext",
            "reviewbody",
            "sentence",
            "comment",
            "commenttext",
            "message",
            "tweet",
            "sms",
        ),
        *("content", "body", "post", "utterance", "document", "article", "question", "query", "email", "phrase", "v2"),
        *(
            "description",
            "headline",
            "title",
            "summary",
            "input",
            "texts",
            "reviews",
            "sentences",
            "comments",
            "messages",
        ),
    ),
    "label": (
        *("label", "labels", "sentiment", "class", "category", "target", "intent", "topic", "emotion", "polarity"),
        *("score", "rating", "stars", "overall", "classindex", "classlabel", "tag", "language", "lang", "v1", "output"),
    ),
    "name": ("name", "id", "sequenceid", "seqid", "accession", "sequence", "header", "gene", "entry"),
    "source": ("source", "src", "sourcetext", "input", "inputs", "prompt", "original", "word", "spelling", "grapheme"),
    "target": (
        *("target", "tgt", "trg", "targettext", "output", "outputs", "translation", "reference", "pronunciation"),
        *("phonemes", "phoneme", "summary", "completion", "response"),
    ),
    "document": (
        *("document", "body", "article", "text", "content", "email", "mail", "message", "source", "input", "dialogue"),
        *("description", "story", "post", "review", "passage", "fulltext", "maintext"),
    ),
    "summary": (
        *("summary", "subject", "headline", "title", "highlights", "abstract", "tldr", "target", "output", "synopsis"),
        *("summaries", "subjectline", "short"),
    ),
    "picture": (
        *("picture", "image", "filename", "imagefilename", "imagefile", "imagename", "picturefile", "file", "photo"),
        *("img", "filepath", "imagepath", "imgpath", "path", "imageid", "pictureid", "photoid", "src", "id", "name"),
    ),
    "caption": (
        *("caption", "captions", "description", "descriptions", "alt", "alttext", "text", "texts", "sentence"),
        *("sentences", "comment", "comments", "title", "label", "target"),
    ),
    "query": (
        *(
            "query",
            "queries",
            "searchquery",
            "searchterm",
            "searchterms",
            "search",
            "searchphrase",
            "keyword",
            "keywords",
        ),
        *("term", "terms", "phrase", "q", "text", "name", "title"),
    ),
    "item": ("item", "items", "title", "name", "product", "productname", "itemname", "query", "text", "label"),
    "count": ("count", "counts", "frequency", "freq", "times", "searches", "volume", "searchvolume", "number", "n"),
    "user": (
        "user",
        "userid",
        "anonid",
        "visitor",
        "visitorid",
        "client",
        "clientid",
        "person",
        "session",
        "sessionid",
    ),
}
"""For a column that is asked for by one of these names and is not there: what it is usually called, the likelier first,
in lower case and without anything but letters and digits."""

_TOGETHER = (
    ("text", "label", "name"),
    ("source", "target"),
    ("document", "summary"),
)  # keys of `_USUAL` that are asked for together
_LONG = 4  # columns that a table with a row for each step has at least


def places(
    table: Table, columns: Sequence[str], group: str | None = None, meant: str = "INPUT,LABEL"
) -> tuple[list[int], bool]:
    """The place of each of ``columns`` among the headings, and whether the headings are themselves a row.

    A column is named as it is in the table, or, where that is clear, in other case. Numbers from 1 name columns of a
    table without headings. The names that are keys of `_USUAL` stand for the usual ones as well, which is then said.
    ``group`` is a further column, the last. InputError for a column that is not there, or is there twice, in which
    ``meant`` says what the columns are.
    """
    headings = table.headings
    columns = [*columns, *([] if group is None else [group])]
    if all(re.fullmatch(r"[1-9]\d{0,5}", name) and name not in headings for name in columns) and table.first:
        numbers = [int(name) - 1 for name in columns]
        if max(numbers) >= len(headings):
            raise InputError(f"{table.where}: no column {max(numbers) + 1}; it has {_shown(headings)}")
        return numbers, not any(_areusual_places([headings[place] for place in numbers], names) for names in _TOGETHER)
    found = [_named(table, name) for name in columns]
    taken = {place for place in found if place is not None}
    guessed = dict[str, str]()
    for number, name in enumerate(columns):
        if found[number] is None:
            place = next((place for place in usual_places(headings, name) if place not in taken), None)
            if place is None:
                raise _refusal(table, name, number == len(columns) - 1 and group is not None, meant)
            taken.add(place)
            found[number], guessed[name] = place, headings[place]
    if guessed:
        read = " and ".join(f"the column {heading!r} as {name}" for name, heading in guessed.items())
        remark(f"{table.where}: reads {read}; columns names others", "columns")
    return [place for place in found if place is not None], False


def has_headings(table: Table, names: Sequence[str]) -> bool:
    """Whether the first row of a table holds the headings that usually stand for ``names``, and no more than these."""
    return len(table.headings) == len(names) and all(usual_places(table.headings, name) for name in names)


def usual_name(table: Table, names: Sequence[str]) -> str | None:
    """The first of ``names`` for which a heading of the table usually stands."""
    return next((name for name in names if _named(table, name) is not None or usual_places(table.headings, name)), None)


def _areusual_places(headings: Sequence[str], names: Sequence[str]) -> bool:
    """Whether headings usually stand for ``names``, each for its own."""
    return all(_plain(heading) in _USUAL[name] for heading, name in zip(headings, names, strict=False))


def _named(table: Table, name: str) -> int | None:
    """The place of a column by its name, or None."""
    for same in (str, str.casefold):
        among = [place for place, heading in enumerate(table.headings) if same(heading) == same(name)]
        if len(among) > 1:
            twice = f"two columns are called {table.headings[among[1]]!r}"
            raise InputError(f"{table.where}: {twice}, the {among[0] + 1}. and the {among[1] + 1}.; rename one of them")
        if among:
            return among[0]
    return None


def usual_places(headings: Sequence[str], name: str) -> list[int]:
    """The places of headings that usually stand for a column of this name, the likelier first."""
    names = _USUAL.get(name, ())
    known = [
        (names.index(_plain(heading)), place) for place, heading in enumerate(headings) if _plain(heading) in names
    ]
    return [place for _, place in sorted(known)]


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]", "", heading).casefold()


def _shown(headings: Sequence[str]) -> str:
    more = f" and {len(headings) - 20} more" if len(headings) > 20 else ""
    return ", ".join(heading[:40] for heading in headings[:20]) + more


def _refusal(table: Table, name: str, grouped: bool, meant: str) -> InputError:
    """Why a column was not found, and what to do."""
    message = f"{table.where}: no column {name!r}; it has {_shown(table.headings)}"
    if len(table.headings) < 2:
        return InputError(f'{message}: name what separates its columns, as in delimiter=";"', 'delimiter=";"')
    if grouped:
        return InputError(f'{message}: name another with group="COLUMN"', 'group="COLUMN"')
    yours, long, numbers = f'columns="{meant}"', 'columns="ID,TIME,VALUE,LABEL"', 'columns="1,2"'
    message = f"{message}: name yours with {yours}"
    if len(table.headings) >= _LONG and meant == "INPUT,LABEL":
        message = f"{message}, or, of series with a row for each step, with {long}"
    if table.first is not None:
        message = f"{message}, or, where these are no headings, number them: {numbers}"
    return InputError(message, yours, long, numbers)
