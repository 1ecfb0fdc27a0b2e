"""Copies as evidence: a text that circulated widely gives more training rows, capped."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from erastyle.corpus import era as eras
from erastyle.pipeline import copy_weights
from erastyle.pipeline.pairs import PAIRS, PairsOptions
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context
from tests import factories


def document(name, split="train", site="", **signals):
    body = f"<TITLE>{name}</TITLE><P>A page about {name} and nothing else."
    names = {"id": f"{name:0>16}", "source": name, "site": site or name, "title": name}
    return factories.document(
        body, format="html", prose=body, raw_sha256=name, split=split, signals=signals, **names
    )


def paired(folder: Path, documents, **options):
    with Ledger(folder / "split") as book:
        for one in documents:
            book.keep(one)
    (folder / "out").mkdir()
    inputs = {"split": folder / "split"}
    chosen = PairsOptions(rehearsal=0, **options)
    context = Context(chosen, eras.load("web-1995"), 7, inputs, folder / "out", Progress(), folder)
    return PAIRS.run(context), list(ledger.rows(folder / "out" / "kept"))


def test_a_weight_grows_with_sites_and_stops_at_the_cap():
    for rule in ("log", "sqrt"):
        grown = [copy_weights.weight(n, rule, 4) for n in range(1, 200)]
        assert grown == sorted(grown)
        assert (grown[0], grown[-1]) == (1, 4)
    assert {copy_weights.weight(n, "none", 4) for n in range(1, 200)} == {1}


def test_a_fraction_is_met_on_average_and_always_drawn_alike():
    drawn = [copy_weights.repeats(2.25, str(i), 1) for i in range(4000)]
    assert 2.22 < sum(drawn) / len(drawn) < 2.28
    assert drawn == [copy_weights.repeats(2.25, str(i), 1) for i in range(4000)]
    assert drawn != [copy_weights.repeats(2.25, str(i), 2) for i in range(4000)]


def test_a_weighted_document_gives_more_rows_in_training_only_and_the_sum_holds(tmp_path):
    documents = [
        document("once"),
        document("thrice", weight=3.0, copies=9.0),
        document("held", "test", weight=3.0, copies=9.0),
    ]
    stats, rows = paired(tmp_path, documents)
    counts = Counter(row["document_id"].lstrip("0") for row in rows)
    assert counts == {"once": 1, "thrice": 3, "held": 1}
    assert stats["repeated"] == 2
    assert stats["read"] == stats["kept"] + stats["dropped"] == 3 + 2
    prompts = {r["prompt"][0]["content"] for r in rows if r["document_id"].endswith("thrice")}
    assert len(prompts) > 1


def test_repeated_rows_do_not_take_a_site_over_its_limit(tmp_path):
    documents = [document(f"p{i}", site="one", weight=4.0) for i in range(5)]
    _, rows = paired(tmp_path, documents, max_per_site=6)
    assert len(rows) == 6


def test_without_weights_every_document_gives_one_row(tmp_path):
    documents = [replace(document(f"p{i}"), signals={"copies": 12.0}) for i in range(5)]
    stats, rows = paired(tmp_path, documents)
    assert len(rows) == 5
    assert stats["repeated"] == 0
