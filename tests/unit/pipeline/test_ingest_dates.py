"""Dates that only the source knows: what ingest hands on is what the clean stage reads."""

from __future__ import annotations

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.dates import evidence, interval
from erastyle.corpus.document import Document
from erastyle.corpus.record import Record
from erastyle.pipeline import ingest

PAGE = b"<HTML><TITLE>Boats</TITLE><BODY><P>Our boats lie in the harbour.</BODY></HTML>"


def read(headers: dict[str, str], captured: str = "2001-05-03", date: str = "") -> Document:
    record = Record(
        "http://a.example/", PAGE, "a.example", "text/html", headers, captured, date=date
    )
    document = ingest.read(record, eras.load("web-1995"))
    assert isinstance(document, Document)
    return document


@pytest.mark.parametrize(
    "header",
    [
        "Sat, 08 Jun 1996 10:00:00 GMT",
        "Saturday, 08-Jun-96 10:00:00 GMT",
        "Sat Jun  8 10:00:00 1996",
        "Sat, 8 Jun 1996 10:00:00 +0200",
        "Sat, 08-Jun-1996 10:00:00 GMT",
        "1996-06-08T10:00:00Z",
    ],
)
def test_last_modified_dates_a_page_in_every_form_of_the_time(header: str) -> None:
    dating = interval.date(read({"last-modified": header}))
    assert "last-modified" in dating.evidence
    assert dating.best == 1996
    assert dating.date_to.startswith("1996")
    assert dating.confidence > 0.7


@pytest.mark.parametrize(
    "header",
    [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Wed, 31 Dec 1969 23:59:59 GMT",
        "Tue, 01 Jan 1980 00:00:00 GMT",
        "Fri, 01 Jan 1993 00:00:00 GMT",
        "Fri, 03 May 2002 10:00:00 GMT",
        "Sat, 14 Apr 2036 10:00:00 GMT",
        "Thu, 03 May 2001 09:00:00 GMT",
        "never",
        "",
    ],
)
def test_a_last_modified_of_no_clock_or_behind_the_capture_is_none(header: str) -> None:
    document = read({"last-modified": header, "date": "Thu, 03 May 2001 09:00:00 GMT"})
    assert document.date_evidence == ""


@pytest.mark.parametrize("headers", [{}, {"last-modified": "Sat, 08 Jun 1996 10:00:00 GMT"}])
def test_every_line_that_ingest_writes_is_read_as_a_clue(headers: dict[str, str]) -> None:
    for date in ("", "1995-01-02", "1995"):
        lines = read(headers, date=date).date_evidence
        clues = list(evidence.from_headers(lines))
        assert len(clues) == len(lines.splitlines()) == bool(headers) + bool(date)
