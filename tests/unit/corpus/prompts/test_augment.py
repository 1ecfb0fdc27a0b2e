"""Augmentation invents nothing, and machine text never leads where real text is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus import era as eras
from erastyle.corpus.document import Document, Origin
from erastyle.corpus.prompts import augment
from erastyle.pipeline.pairs import PAIRS, PairsOptions
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context
from tests import factories

WORDS = "one more line about the tortoises of this club and what they like to eat in summer "


def page(sections: int = 4, number: int = 0, **more: object) -> Document:
    parts = [f"<H2>Part {n}</H2>\n<P>{WORDS * 4}{n}\n" for n in range(sections)]
    body = f"<TITLE>Club {number}</TITLE>\n" + "".join(parts) + "<ADDRESS>me</ADDRESS>"
    values = {"id": f"d{number:03}", "site": f"site{number}", "title": f"Club {number}"} | more
    return factories.document(body, format="html", prose=WORDS * 9, **values)


def test_a_crop_is_one_whole_section_with_its_name() -> None:
    found = augment.crop(page(), 1)
    assert found is not None
    name, text = found
    assert text.startswith(f"<H2>{name}</H2>")
    assert text in page().body
    assert text.count("<H2>") == 1


def test_a_page_of_one_section_gives_no_crop_and_no_other_order() -> None:
    assert augment.crop(page(1), 1) is None
    assert augment.reorder(page(1), 1) is None


def test_a_section_that_opens_a_table_for_the_next_is_left_in_place() -> None:
    torn = page(5)
    torn = replace(torn, body=torn.body.replace("<P>", "<TABLE><P>", 2))
    assert augment.reorder(torn, 1) is None


@settings(deadline=None, max_examples=60)
@given(st.integers(3, 9), st.integers(0, 50), st.sampled_from(["html", "text"]))
def test_every_byte_of_another_order_stands_in_the_document(
    count: int, seed: int, form: str
) -> None:
    document = page(count)
    if form == "text":
        body = "\n\n".join(f"Part {n}. {WORDS}" for n in range(count))
        document = replace(document, format="text", body=body)
    assert "".join(augment.sections(document)) == document.body
    found = augment.reorder(document, seed)
    if found is not None:
        assert found != document.body
        assert Counter(found) == Counter(document.body)
        other = replace(document, body=found)
        assert augment.sections(other)[0] == augment.sections(document)[0]
        assert augment.sections(other)[-1] == augment.sections(document)[-1]


def run(tmp_path: Path, documents: list[Document], /, **options: object) -> list[dict[str, object]]:
    source, out = tmp_path / "split", tmp_path / "pairs"
    out.mkdir(parents=True)
    from erastyle.corpus.document import schema

    with Ledger(source, schema()) as book:
        for document in documents:
            book.keep(document)
    chosen = PairsOptions.model_validate({"rehearsal": 0, **options})
    era = eras.load("web-1995")
    stats = PAIRS.run(Context(chosen, era, 7, {"split": source}, out, Progress(), tmp_path))
    assert stats["read"] == stats["kept"] + stats["dropped"]
    rows = list(ledger.rows(out / "kept"))
    rows.append({"stats": stats})
    return rows


def test_training_documents_are_augmented_and_test_documents_are_not(tmp_path: Path) -> None:
    documents = [page(5, 1, split="train"), page(5, 2, split="test")]
    *rows, _ = run(tmp_path, documents, requests=3, crops=2, reorder=True)
    of = Counter(row["document_id"] for row in rows)
    assert of["d002"] == 1
    assert of["d001"] in (5, 6), "three requests, one order, one or two different sections"
    prompts = [row["prompt"][0]["content"] for row in rows if row["document_id"] == "d001"]  # type: ignore[index]
    assert any("Only the section: Part" in p for p in prompts)


@pytest.mark.parametrize(("share", "kept"), [(0.0, 0), (0.3, 4), (0.5, 10)])
def test_generated_documents_keep_their_share_beside_real_ones(
    share: float, kept: int, tmp_path: Path
) -> None:
    def made(number: int, origin: Origin, split: str = "train") -> Document:
        return page(2, number, origin=origin, split=split)

    documents = [made(n, "period") for n in range(10)]
    documents += [made(n, "synthetic" if n % 2 else "rewritten") for n in range(10, 30)]
    *rows, last = run(tmp_path, documents, max_generated=share)
    assert len(rows) == 10 + kept
    stats = last["stats"]
    assert stats["generated_share"] == pytest.approx(kept / (10 + kept), abs=1e-3)  # type: ignore[index]
    assert stats["generated_share"] <= share  # type: ignore[index]


def test_a_corpus_of_generated_documents_alone_is_kept_and_said(tmp_path: Path) -> None:
    documents = [page(2, n, origin="synthetic", split="train") for n in range(9)]
    *rows, last = run(tmp_path, documents)
    assert len(rows) == 9
    assert last["stats"]["generated_share"] == 1  # type: ignore[index]


def test_a_choice_of_few_documents_is_part_of_a_choice_of_more(tmp_path: Path) -> None:
    documents = [page(2, n, split="train") for n in range(30)]
    documents += [page(2, 30 + n, split="test") for n in range(4)]
    taken = []
    for most in (5, 12):
        *rows, last = run(tmp_path / str(most), documents, documents=most)
        ids = {row["document_id"] for row in rows if row["split"] == "train"}
        assert len(ids) == most
        assert sum(row["split"] == "test" for row in rows) == 4
        assert last["stats"]["reasons"] == {"not chosen": 30 - most}  # type: ignore[index]
        taken.append(ids)
    assert taken[0] < taken[1]


def test_a_choice_of_few_keeps_the_limits_of_a_site_and_of_generated_text(tmp_path: Path) -> None:
    one_site = [page(2, n, split="train", site="a") for n in range(30)]
    taken = []
    for most in (4, 20):
        *rows, _ = run(tmp_path / str(most), one_site, documents=most, max_per_site=6)
        taken.append({row["document_id"] for row in rows})
    assert taken[0] < taken[1]
    assert [len(ids) for ids in taken] == [4, 6]
    mixed = [
        page(2, n, split="train", origin="synthetic" if n % 3 == 0 else "period") for n in range(30)
    ]
    for most in (5, 10, 20):
        *_, last = run(tmp_path / f"mixed{most}", mixed, documents=most, max_generated=0.2)
        assert last["stats"]["generated_share"] <= 0.2  # type: ignore[index]
