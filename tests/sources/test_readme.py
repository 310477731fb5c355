import textwrap

import pytest

from unrolled.sources.readme import paragraphs_of

MARKDOWN = """\
# A *great* title [![badge](https://a.b/c.svg)](https://a.b)

<div align="center"><img src="x.png"></div>

Reads `files` of [any form](https://a.b/c "title"), also
**large** ones; see <https://a.b> or https://a.b/d.

```python
import code
```

| a | table |
|---|---|
| of | cells |

- One item
- Another

```
more code
```

Homepage: https://a.b
"""

RESTRUCTURED = """\
=========
The title
=========

.. image:: https://a.b/c.svg
   :target: https://a.b

   A caption

Reads ``files`` of `any form <https://a.b/c>`_, also
**large** ones, by :func:`~this.function` and Name_ [1]_::

    import code

Then *more*, e.g. a word |badge|.

- One item
- Another that
  goes on

+---+-------+
| a | table |
+---+-------+

:Author: somebody
.. _Name: https://a.b
"""


def test_markdown_becomes_running_text():
    assert list(paragraphs_of(MARKDOWN, "text/markdown")) == [
        "A great title",
        "Reads files of any form, also large ones; see or",
        "One item",
        "Another",
    ]


def test_restructured_text_becomes_running_text():
    assert list(paragraphs_of(RESTRUCTURED, "text/x-rst")) == [
        "The title",
        "Reads files of any form, also large ones, by this.function and Name :",
        "Then more, e.g. a word .",
        "One item",
        "Another that goes on",
    ]


def test_plain_text_keeps_its_marks():
    text = textwrap.dedent("""\
        A first *line*
        and a second

        1.2.3

        the rest""")
    assert list(paragraphs_of(text, "text/plain")) == ["A first *line* and a second", "the rest"]


@pytest.mark.parametrize("kind", ["text/markdown", "text/x-rst", "text/plain"])
def test_nothing_has_no_paragraphs(kind):
    assert list(paragraphs_of(" \n\n \n", kind)) == []
