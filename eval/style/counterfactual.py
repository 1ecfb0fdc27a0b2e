"""Would naming the era buy a better style score? The same text, with what only names it."""

from __future__ import annotations

import re

from erastyle.corpus.document import Format
from erastyle.corpus.era import Era

_YEAR = re.compile(r"(?<![0-9])(?:1[0-9]|20)[0-9]{2}(?![0-9])")
_BODY = re.compile(r"<body\b[^<>]{0,4000}>", re.IGNORECASE)


def dated(text: str, format: Format, era: Era) -> str:  # noqa: A002
    r"""Return `text` with its years set to the era's, and that year and decade added to it.

    >>> from erastyle.corpus import era
    >>> dated("Written in 2019.", "text", era.load("web-1995"))
    '1995 1990s\n\nWritten in 1995.\n\n1995 1990s'
    """
    year = _middle(era)
    return _around(_YEAR.sub(str(year), text), format, f"{year} {year // 10 * 10}s")


def named(text: str, format: Format, era: Era) -> str:  # noqa: A002
    r"""Return `text` with the era's title at its beginning and end.

    A title is made of words that texts of the era may use, so this may move a score a little.

    >>> from erastyle.corpus import era
    >>> named("Hello.", "text", era.load("web-1995"))
    'the early web, 1993-1997\n\nHello.\n\nthe early web, 1993-1997'
    """
    return _around(text, format, era.title)


def _middle(era: Era) -> int:
    return (era.period.first.year + era.period.last.year) // 2


def _around(text: str, format: Format, label: str) -> str:  # noqa: A002
    """Return `text` with `label` at both ends, inside the body of a page."""
    if format == "text":
        return f"{label}\n\n{text}\n\n{label}"
    body = _BODY.search(text)
    at = body.end() if body else 0
    return f"{text[:at]}\n{label}\n{text[at:]}\n{label}\n"
