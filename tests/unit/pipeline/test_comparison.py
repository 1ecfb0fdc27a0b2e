"""The stage `comparison`: modern documents with the period's rules, and runs without any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.document import Document
from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.pipeline.comparison import COMPARISON, ComparisonRules, shared
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context, Stats
from tests import factories
from tests.conftest import erastyle

WEB = eras.load("web-1995")
PROSE = (
    "The river rose in the night and the lower meadow was under water by the morning, so we moved "
    "the sheep to the hill and waited there for the rain to stop before the mill could be reached. "
)


def compare(folder: Path, **rules: Any) -> Stats:
    out = folder / "comparison"
    out.mkdir()
    options = ComparisonRules.model_validate(rules)
    return COMPARISON.run(Context(options, WEB, 1995, {}, out, Progress(), folder))


def page(number: int, text: str = PROSE) -> str:
    own = " ".join(f"word{number}x{n}" for n in range(40))
    return f"<!doctype html><html><title>Page {number}</title><p>{text}</p><p>{own}</p></html>"


def pages(folder: Path, texts: dict[str, str]) -> str:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(folder)


def test_every_modern_record_is_kept_or_stands_in_a_ledger_with_its_reason(tmp_path: Path) -> None:
    texts = {f"www.host{n}.example/a.html": page(n, f"{PROSE} {n} " * 3) for n in range(9)}
    texts["www.host1.example/copy.html"] = texts["www.host0.example/a.html"]
    texts["www.host2.example/short.html"] = "<html><p>Too short to say anything.</p></html>"
    texts["www.host3.example/plain.txt"] = f"{PROSE} and no tags."
    folder = pages(tmp_path / "modern", texts)
    (tmp_path / "modern" / "www.host4.example" / "bad.html").write_bytes(bytes(range(256)) * 40)
    stats = compare(tmp_path, contrast=(folder,))
    assert stats["read"] == len(texts) + 1
    assert stats["read"] == stats["kept"] + stats["dropped"] + stats["quarantined"]
    out = tmp_path / "comparison"
    kept = list(ledger.read(out))
    dropped = list(ledger.rows(out / "dropped"))
    assert len(kept) == stats["kept"]
    assert len(dropped) == stats["dropped"]
    assert {row["reason"] for row in dropped} >= {"exact copy", "other format", "too short"}
    assert [row["source"][-8:] for row in ledger.rows(out / "quarantine")] == ["bad.html"]
    assert {d.origin for d in kept} == {row["origin"] for row in dropped if row["id"]} == {"modern"}
    assert sum(stats["splits"].values()) == stats["kept"]
    assert not (out / "draft").exists()


def test_the_sites_of_generated_modern_pages_are_in_all_three_splits(tmp_path: Path) -> None:
    stats = compare(tmp_path, contrast=("synthetic-modern:60@3",))
    assert set(stats["splits"]) == {"modern train", "modern dev", "modern test"}
    sides: dict[str, set[str]] = {}
    for document in ledger.read(tmp_path / "comparison"):
        sides.setdefault(document.site, set()).add(document.split)
    assert all(len(splits) == 1 for splits in sides.values())


def test_the_rules_of_cleaning_are_followed(tmp_path: Path) -> None:
    text = page(1, f"{PROSE * 3} Write to ann@millpond.org.")
    folder = pages(tmp_path / "modern", {"www.host1.example/a.html": text})
    compare(tmp_path, contrast=(folder,), clean={"privacy": True})
    (kept,) = ledger.read(tmp_path / "comparison")
    assert "ann@millpond.org" not in kept.body


def test_a_modern_corpus_of_which_nothing_stays_is_refused_with_the_reasons(tmp_path: Path) -> None:
    folder = pages(tmp_path / "modern", {"www.host1.example/a.html": "<html><p>No.</p></html>"})
    with pytest.raises(SourceError, match=r"No modern document is left .*1 too short.*--contrast"):
        compare(tmp_path, contrast=(folder,))


def document(name: str, prose: str) -> Document:
    names = {"id": name, "source": f"http://{name}", "site": name, "raw_sha256": name}
    return factories.document(prose, prose=prose, **names)


def test_modern_documents_with_a_passage_of_the_period_are_named(tmp_path: Path) -> None:
    passage = " ".join(f"shared{n}" for n in range(60))
    for name, documents in {
        "split": [document("old", f"before {passage} after"), document("other", PROSE)],
        "comparison": [document("quotes", f"see {passage}"), document("own", PROSE[:90])],
    }.items():
        with Ledger(tmp_path / name) as book:
            for one in documents:
                book.keep(one)
    found = shared(tmp_path / "split", tmp_path / "comparison", 50)
    assert {id_: leak.train_id for id_, leak in found.items()} == {"quotes": "old"}


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
@pytest.mark.parametrize("name", [name for name in eras.names() if name != "web-1995"])
def test_a_text_era_without_modern_texts_is_refused_before_the_first_stage(
    tmp_path: Path, name: str, dry: tuple[str, ...]
) -> None:
    source = pages(tmp_path / "old", {"a/a.txt": PROSE})
    result = erastyle("run", name, "--run", tmp_path / "run", "--source", source, *dry)
    assert result.exit_code == 2
    assert result.output == (
        f"error: {name} has no generated comparison texts; give modern plain texts with "
        "--contrast.\n"
    )
    assert not (tmp_path / "run").exists()


def test_what_needs_no_comparison_goes_without_one(tmp_path: Path) -> None:
    source = pages(tmp_path / "old", {"a/a.txt": PROSE})
    for until in ("split", "train"):
        result = erastyle(
            *("run", "usenet-1993", "--run", tmp_path / "run", "--source", source),
            *("--until", until, "--dry-run"),
        )
        assert result.exit_code == 0, result.output
        assert "comparison" not in result.output


def test_no_comparison_corpus_at_all_is_refused() -> None:
    with pytest.raises(ConfigError, match="give modern HTML pages with --contrast"):
        COMPARISON.ready(ComparisonRules(contrast=()), WEB)


def test_modern_documents_among_the_sources_are_no_documents_of_the_period(tmp_path: Path) -> None:
    root = tmp_path / "run"
    sources = ("--source", "synthetic:6@1", "--source", "synthetic-modern:4@1")
    result = erastyle("ingest", "web-1995", "--run", root, *sources)
    assert result.exit_code == 0, result.output
    (out,) = (root / "ingest").iterdir()
    assert {d.origin for d in ledger.read(out)} == {"synthetic"}
    assert [row["reason"] for row in ledger.rows(out / "dropped")] == ["modern"] * 4
