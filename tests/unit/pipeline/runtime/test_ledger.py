"""Nothing disappears: the sum is checked, and the files are the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from erastyle.corpus.document import Document, from_row, to_row
from erastyle.corpus.record import KEEP, Unreadable
from erastyle.pipeline.runtime import ledger, manifest
from erastyle.pipeline.runtime.ledger import Ledger
from tests import factories


def document(number: int, body: str = "Hello.") -> Document:
    return factories.document(body, id=f"{number:016x}", source=f"http://a.example/{number}")


def test_a_lost_document_breaks_the_sum(tmp_path: Path) -> None:
    with Ledger(tmp_path) as book:
        book.keep(document(1))
        with pytest.raises(AssertionError, match=r"read 2, but 1 kept \+ 0 dropped"):
            book.stats(2)


def test_a_doubled_document_breaks_the_sum(tmp_path: Path) -> None:
    with Ledger(tmp_path) as book:
        book.keep(document(1))
        book.drop(document(1), "too short")
        with pytest.raises(AssertionError, match=r"read 1, but 1 kept \+ 1 dropped"):
            book.stats(1)


def test_the_counts_name_every_reason_the_commonest_first(tmp_path: Path) -> None:
    with Ledger(tmp_path) as book:
        book.keep(document(1))
        book.drop(document(2), "too short", "3 words")
        for number in (3, 4):
            book.drop(document(number), "other language", "fr")
        book.drop_row("not text", "image/gif", "http://a.example/a.gif")
        book.quarantine(Unreadable("a.warc.gz", 17, "truncated: 3 bytes missing", b"abc"))
        stats = book.stats(6)
    assert (stats["kept"], stats["dropped"], stats["quarantined"]) == (1, 4, 1)
    assert list(stats["reasons"].items()) == [
        ("other language", 2),
        ("too short", 1),
        ("not text", 1),
        ("truncated", 1),
    ]
    rows = list(ledger.rows(tmp_path / "dropped"))
    assert [r["detail"] for r in rows] == ["3 words", "fr", "fr", "image/gif"]
    assert rows[0]["excerpt"] == "Hello."


def test_a_dropped_document_shows_its_beginning_and_quarantine_bounds_the_bytes(
    tmp_path: Path,
) -> None:
    with Ledger(tmp_path) as book:
        book.drop(document(1, "x" * 5000), "too long")
        book.quarantine(Unreadable("a", 0, "binary", b"\xff" * (KEEP + 9)))
        book.stats(2)
    (dropped,) = ledger.rows(tmp_path / "dropped")
    (kept_apart,) = ledger.rows(tmp_path / "quarantine")
    assert dropped["excerpt"] == "x" * ledger.EXCERPT
    assert kept_apart["raw"] == b"\xff" * KEEP


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        with Ledger(tmp_path / name) as book:
            for number in range(50):
                book.keep(document(number, f"{number} é \u0000 日本"))
            book.drop(document(51), "too short")
    assert manifest.describe(tmp_path / "one") == manifest.describe(tmp_path / "other")


def test_what_was_never_written_is_an_empty_folder_to_read(tmp_path: Path) -> None:
    with Ledger(tmp_path) as book:
        assert book.stats(0)["read"] == 0
    assert list(tmp_path.iterdir()) == []
    assert list(ledger.read(tmp_path)) == []
    assert ledger.count(tmp_path) == 0


def test_an_error_in_the_middle_still_closes_the_files(tmp_path: Path) -> None:
    def write() -> None:
        with Ledger(tmp_path) as book:
            book.keep(document(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert [d.id for d in ledger.read(tmp_path)] == [document(1).id]


def test_signals_do_not_depend_on_the_order_they_were_measured_in() -> None:
    one, other = document(1), document(1)
    one.signals.update(words=3.0, noise=0.5)
    other.signals.update(noise=0.5, words=3.0)
    assert to_row(one) == to_row(other)
    assert from_row(to_row(one)) == one
