# ruff: noqa: E501 (a case stays on its line)
"""The kinds of input that others' tools stumbled over, as files beside the checkout."""

from __future__ import annotations

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.cleaning import cleaner
from erastyle.corpus.cleaning.quality import Drop
from erastyle.corpus.document import Document
from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources.registry import open_source
from erastyle.pipeline import ingest
from tests.conftest import ROOT

CASES = ROOT.parent / "shared" / "cases"


@pytest.fixture(autouse=True)
def _there() -> None:
    if not CASES.is_dir():
        pytest.skip(f"needs the shared cases in {CASES}")


def cleaned(kind: str, path: str, era: str) -> list[Document | Drop | Skipped | Unreadable]:
    profile = eras.load(era)
    out: list[Document | Drop | Skipped | Unreadable] = []
    for item in open_source(f"{kind}:{CASES / path}").read():
        read = ingest.read(item, profile) if isinstance(item, Record) else item
        out.append(cleaner.clean(read, profile) if isinstance(read, Document) else read)
    return out


def documents(kind: str, path: str, era: str) -> list[Document]:
    return [d for d in cleaned(kind, path, era) if isinstance(d, Document)]


@pytest.mark.parametrize(
    ("kind", "path", "era", "count", "inside", "outside"),
    [
        ("warc", "02-arc-gzip-many-records/whole.arc.gz", "web-1995", 2, "Okapi", ""),
        ("gutenberg", "03-gutenberg-small-print-at-end/oldin10.txt", "newspaper-1890", 1, "It was a cold", "lawyers"),
        ("gutenberg", "03-gutenberg-small-print-at-end/nostart.txt", "newspaper-1890", 1, "in the morning.", "lawyers"),
        ("mbox", "04-mbox-without-blank-lines/three.mbox", "usenet-1993", 3, "Hippo end", "Newsgroups"),
        ("mbox", "04-mbox-without-blank-lines/crlf.mbox", "usenet-1993", 2, "Giraffe end", "Message-ID"),
        ("mbox", "05-raw-8-bit-mail-headers/latin1.mbox", "usenet-1993", 1, "Yours,", "Waldf"),
        ("mbox", "05-raw-8-bit-mail-headers/ascii.mbox", "usenet-1993", 1, "Yours,", "Waldf"),
        ("folder", "06-html-open-ends/in", "web-1995", 4, "The middle lion line stays", ""),
        ("warc", "10-arc-version-2/v2.arc", "web-1995", 1, "Zebra one", ""),
        ("mbox", "11-multipart-loses-text/two-parts.mbox", "usenet-1993", 1, "Giraffe two.", ""),
        ("mbox", "11-multipart-loses-text/digest.mbox", "usenet-1993", 2, "Giraffe second.", ""),
        ("mbox", "11-multipart-loses-text/no-boundary.mbox", "usenet-1993", 1, "Zebra plain.", ""),
        ("folder", "13-overstrike-and-escapes/man.txt", "manual-1995", 1, "zebra [ options ] file", "\x08"),
        ("folder", "13-overstrike-and-escapes/heavy.txt", "manual-1995", 1, "The first machine", "\x08"),
        ("folder", "13-overstrike-and-escapes/ansi.txt", "manual-1995", 1, "NAME", "\x1b"),
        ("newspapers", "15-hyphen-that-is-part-of-the-word/in", "newspaper-1890", 5, "Anglo-Saxon", "today"),
        ("folder", "18-declared-charset-not-known/in", "web-1995", 3, "İstanbul güneş şeker", "½"),
        ("gutenberg", "19-gutenberg-notes-left-in/html-note.txt", "newspaper-1890", 1, "It was a cold", "HTML"),
        ("gutenberg", "19-gutenberg-notes-left-in/bracketed.txt", "newspaper-1890", 1, "THE OLD INN", "Produced"),
        ("gutenberg", "19-gutenberg-notes-left-in/copyrighted.txt", "newspaper-1890", 1, "in the morning.", "COPYRIGHTED"),
        ("warc", "23-warc-header-lines-with-lf/lf.warc", "web-1995", 2, "Giraffe two", ""),
        ("table", "25-json-and-csv-messages/array.json", "usenet-1993", 2, "My brother", ""),
        ("table", "25-json-and-csv-messages/utf16.jsonl", "usenet-1993", 2, "My brother", ""),
        ("table", "25-json-and-csv-messages/semicolon.csv", "usenet-1993", 4, "My brother", ""),
        ("newspapers", "27-xml-that-is-not-alto/in", "newspaper-1890", 1, "The council met", ""),
        ("folder", "31-invisible-characters-in-prose/in", "web-1995", 2, "hippopotamus", "\ufeff"),
        ("folder", "33-numbers-taken-for-years/in", "web-1995", 4, "2004 Oak Street", ""),
    ],
)  # fmt: skip
def test_the_right_text_is_kept(
    kind: str, path: str, era: str, count: int, inside: str, outside: str
) -> None:
    kept = documents(kind, path, era)
    text = "\n".join(document.prose for document in kept)
    assert len(kept) == count
    assert inside in text
    assert not outside or outside not in text


@pytest.mark.parametrize(
    ("kind", "path", "era", "years"),
    [
        ("warc", "01-last-modified-unused/l01-rfc1123.warc", "web-1995", [1996]),
        ("warc", "01-last-modified-unused/l02-rfc850.warc", "web-1995", [1996]),
        ("warc", "01-last-modified-unused/l03-asctime.warc", "web-1995", [1996]),
        ("table", "07-table-dates-in-words/dates.jsonl", "usenet-1993", [1994, 1994, 1994]),
        ("warc", "10-arc-version-2/v2.arc", "web-1995", [1996]),
        ("folder", "22-dates-in-pages/in", "web-1995", [1996, 1995, 1996]),
    ],
)
def test_the_right_year_lies_in_the_interval(
    kind: str, path: str, era: str, years: list[int]
) -> None:
    kept = documents(kind, path, era)
    assert len(kept) == len(years)
    for document, year in zip(kept, years, strict=True):
        assert document.date_from[:4] <= str(year) <= document.date_to[:4]
        # A copyright line is read as what it is: the page may have been changed years after it.
        assert int(document.date_to[:4]) - int(document.date_from[:4]) <= 6


@pytest.mark.parametrize("name", ["epoch", "est", "future"])
def test_an_unset_clock_is_no_date(name: str) -> None:
    path = f"09-unset-clock-in-mail-date/{name}.mbox"
    (document,) = documents("mbox", path, "usenet-1993")
    assert (document.date_from, document.date_to) == ("", "1993-04-14")


def test_titles_are_read() -> None:
    (subject,) = documents("mbox", "05-raw-8-bit-mail-headers/subject.mbox", "usenet-1993")
    assert subject.title == "Zebra café Löwe"
    (manual,) = documents("folder", "13-overstrike-and-escapes/man.txt", "manual-1995")
    assert manual.title == "NAME"


def test_signs_and_mets_are_told() -> None:
    text = "\n".join(
        d.prose for d in documents("folder", "18-declared-charset-not-known/in", "web-1995")
    )
    assert "cœur 5 €" in text
    assert "5 µs" in text
    other = cleaned("newspapers", "27-xml-that-is-not-alto/in", "newspaper-1890")
    assert [i.detail for i in other if isinstance(i, Skipped)] == ["METS"]
