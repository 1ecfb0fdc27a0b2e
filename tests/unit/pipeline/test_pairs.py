"""Pairs: no site, and no way to begin a page, becomes the style."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from erastyle.corpus import era as eras
from erastyle.corpus.document import Document, schema
from erastyle.pipeline.pairs import PAIRS, PairsOptions
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context

WORDS = "The cat sat on the mat and the dog lay by the door of the old house. "


def page(
    number: int, site: str, *, by: str = "", year: int = 1995, split: str = "train"
) -> Document:
    made = f'<META NAME="generator" CONTENT="{by} 1.0">' if by else ""
    body = f"<HTML><TITLE>Page {number}</TITLE>{made}<P>{WORDS * (1 + number % 3)}"
    return Document(
        f"{number:016x}", f"http://{site}/{number}", site, "html", body, str(number),
        title=f"Page {number}", prose=WORDS, split=split,
        date_from=f"{year}-01-01", date_to=f"{year}-12-31",
    )  # fmt: skip


def paired(
    tmp_path: Path, documents: list[Document], **options: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    source, out = tmp_path / "split", tmp_path / "out"
    out.mkdir()
    with Ledger(source, schema()) as book:
        for document in documents:
            book.keep(document)
    chosen = PairsOptions.model_validate({"rehearsal": 0, **options})
    web = eras.load("web-1995")
    stats = PAIRS.run(Context(chosen, web, 7, {"split": source}, out, Progress(), tmp_path))
    assert stats["read"] == stats["kept"] + stats["dropped"]
    return stats, list(ledger.rows(out / "kept"))


def test_one_program_gives_few_pages_on_any_number_of_sites(tmp_path: Path) -> None:
    documents = [page(n, f"s{n % 9}", by="Wordweb") for n in range(40)]
    documents += [page(n, f"s{n % 9}") for n in range(40, 60)]
    stats, rows = paired(tmp_path, documents, max_per_template=10)
    made = Counter("by wordweb" in row["templates"] for row in rows)
    assert (made[True], made[False]) == (10, 20)
    assert stats["reasons"] == {"template has enough": 30}
    (detail,) = {row["detail"] for row in ledger.rows(tmp_path / "out" / "dropped")}
    assert detail == "by wordweb: 10 pairs"


def test_a_full_site_gives_pages_of_all_its_years(tmp_path: Path) -> None:
    documents = [page(n, "big", year=1994 + (n >= 80)) for n in range(100)]
    stats, rows = paired(tmp_path, documents, max_per_site=20)
    assert Counter(row["year"] for row in rows) == {"1994": 10, "1995": 10}
    assert stats["reasons"] == {"site has enough": 80}


def test_dev_and_test_pages_are_all_kept(tmp_path: Path) -> None:
    documents = [page(n, "one", by="Wordweb", split=("dev", "test")[n % 2]) for n in range(80)]
    _, rows = paired(tmp_path, documents, max_per_site=3, max_per_template=3)
    assert len(rows) == 80
    assert all(row["kind"] == "note" for row in rows)
