"""The stage `dedupe` on passages: taken out of body and prose alike, each with its twin."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.document import Document, document_id
from erastyle.corpus.html.prose import prose
from erastyle.pipeline.dedupe.best_copy import Copy, order, sort_text
from erastyle.pipeline.dedupe.passage_notes import PASSAGES
from erastyle.pipeline.dedupe.stage import CLUSTERS, DEDUPE, DedupeOptions
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context
from tests import factories

ERA = eras.load("web-1995")


def words(seed, count=60):
    rng = random.Random(seed)
    return " ".join(f"w{rng.randrange(3000)}" for _ in range(count))


def page(name, *paragraphs, site="", date="", origin="period", raw="", **signals):
    body = "<H1>" + name + "</H1>\n" + "".join(f"<P>{p}\n" for p in paragraphs)
    return factories.document(
        body,
        id=document_id(name, b""),
        source=name,
        site=site or f"{name}.example",
        format="html",
        prose=prose(body),
        raw_sha256=raw or name,
        date_from=date,
        origin=origin,
        signals={"words": float(len(prose(body).split()))} | signals,
    )


def dedupe(folder: Path, documents, era=ERA, **options):
    source, out = folder / "clean", folder / "out"
    with Ledger(source) as book:
        for document in documents:
            book.keep(document)
    out.mkdir()
    context = Context(DedupeOptions(**options), era, 7, {"clean": source}, out, Progress(), folder)
    stats = DEDUPE.run(context)
    assert stats["read"] == len(documents) == stats["kept"] + stats["dropped"]
    kept = {d.source: d for d in ledger.read(out)}
    notes = list(ledger.rows(out / PASSAGES))
    dropped = {r["source"]: r for r in ledger.rows(out / "dropped")}
    return stats, kept, notes, dropped


def test_a_long_paragraph_of_two_sites_stays_where_it_stood_first(tmp_path):
    licence = words(1)
    documents = [
        page("late", words(2), licence, words(3), date="1996-01-01"),
        page("early", licence.upper(), words(4), date="1994-01-01"),
        page("other", words(5)),
    ]
    stats, kept, notes, _ = dedupe(tmp_path, documents)
    assert kept["early"] == documents[1]
    assert kept["other"] == documents[2]
    late = kept["late"]
    assert late.body == f"<H1>late</H1>\n<P>{words(2)}\n<P>{words(3)}\n"
    assert late.prose == prose(late.body)
    assert late.signals["words"] == 1 + 60 + 60
    (note,) = notes
    assert (note["kept_id"], note["kept_source"], note["kept_start"]) == (
        documents[1].id, "early", documents[1].prose.index(licence.upper())
    )  # fmt: skip
    assert documents[0].prose[note["start"] : note["end"]] == licence
    assert documents[0].body[note["body_start"] : note["body_end"]] == licence
    assert (note["action"], note["documents"], note["sites"]) == ("cut", 2, 2)
    assert stats["passages"] == {"cut, on several sites": 1}
    assert stats["passage_characters"] == {"cut": len(licence)}


def test_the_option_decides_between_keeping_cutting_and_masking(tmp_path):
    licence = words(1)
    documents = [page("a", licence, words(2)), page("b", licence, words(3))]
    bodies = {}
    for action in ("keep", "cut", "mask"):
        (tmp_path / action).mkdir()
        _, kept, notes, _ = dedupe(tmp_path / action, documents, passages=action)
        bodies[action] = sorted(d.body.count(licence) for d in kept.values())
        assert len(notes) == (action != "keep")
        assert any("[...]" in d.body and "[...]" in d.prose for d in kept.values()) == (
            action == "mask"
        )
    assert bodies == {"keep": [1, 1], "cut": [0, 1], "mask": [0, 1]}


def test_what_is_not_said_follows_the_era(tmp_path):
    usenet = eras.load("usenet-1993")
    documents = [page("a", words(1), words(2)), page("b", words(1), words(3))]
    _, _, notes, _ = dedupe(tmp_path, documents, usenet)
    assert [note["action"] for note in notes] == ["mask"]


def test_the_frame_of_a_site_stays_on_one_page(tmp_path):
    foot = "This page is kept by the friends of the old tram, Lower Street 4."
    documents = [
        page(f"tram{i}", words(i), words(50 + i), words(70 + i), words(90 + i), words(30 + i), foot,
             site="tram.example", date=f"199{4 + i % 3}-0{1 + i}-01")
        for i in range(6)
    ]  # fmt: skip
    documents += [page(f"visitor{i}", words(100 + i), foot) for i in range(3)]
    _, kept, notes, _ = dedupe(tmp_path, documents, frame_pages=5)
    holding = [name for name, d in kept.items() if foot in d.body]
    assert holding == ["tram0", "visitor0", "visitor1", "visitor2"]
    assert {n["rule"] for n in notes} == {"frame of its site"}
    assert {n["kept_source"] for n in notes} == {"tram0"}


def test_on_a_large_site_a_few_pages_make_no_frame(tmp_path):
    foot = "Applies to the operating system in version six and later ones."
    documents = [page(f"p{i}", words(i), foot, site="kb.example") for i in range(5)]
    documents += [page(f"q{i}", words(100 + i), site="kb.example") for i in range(46)]
    _, _, notes, _ = dedupe(tmp_path, documents, frame_pages=5)
    assert not notes
    (tmp_path / "two").mkdir()
    _, _, notes, _ = dedupe(tmp_path / "two", documents[:50], frame_pages=5)
    assert len(notes) == 4


def test_a_repeated_remark_in_the_middle_of_pages_is_no_frame(tmp_path):
    remark = "The committee voted in January to restrict the side effects further."
    documents = [
        page(f"p{i}", *(words(20 * i + k) for k in range(4)), remark,
             *(words(20 * i + k) for k in range(5, 9)), site="one.example")
        for i in range(6)
    ]  # fmt: skip
    _, kept, notes, _ = dedupe(tmp_path, documents, frame_pages=5)
    assert not notes
    assert all(remark in d.body for d in kept.values())


def test_a_document_without_words_of_its_own_is_dropped_and_names_who_holds_them(tmp_path):
    quoted = words(1)
    documents = [
        page("first", quoted, words(2), date="1994-01-01"),
        page("echo", quoted, "so true", date="1995-01-01"),
    ]
    _, kept, notes, dropped = dedupe(tmp_path, documents, short_words=0, threshold=0.99)
    assert list(kept) == ["first"]
    assert dropped["echo"]["reason"] == "nothing of its own"
    assert documents[0].id in dropped["echo"]["detail"]
    assert not notes


def test_a_passage_that_only_a_dropped_copy_repeats_is_not_cut(tmp_path):
    long = words(1, 80)
    documents = [
        page("a", long, words(2), date="1994-01-01"),
        page("copy", long, words(2), date="1995-01-01"),
    ]
    _, kept, notes, dropped = dedupe(tmp_path, documents)
    assert kept["a"].body == documents[0].body
    assert list(dropped) == ["copy"]
    assert not notes


def test_what_cannot_be_located_in_the_body_stays_and_the_ledger_says_so(tmp_path):
    quoted = words(1)
    odd = page("odd", words(2))
    odd = Document(**{
        **{n: getattr(odd, n) for n in Document.__slots__},
        "prose": f"odd\n\n{quoted}\n\n{words(2)}", "date_from": "1996-01-01",
    })  # fmt: skip
    _, kept, notes, _ = dedupe(tmp_path, [odd, page("a", quoted, words(3), date="1994-01-01")])
    assert kept["odd"] == odd
    assert [(n["action"], n["body_start"]) for n in notes] == [("stays", -1)]


@pytest.mark.parametrize("rule", ["earliest", "cleanest", "longest"])
def test_a_plan_orders_documents_as_the_rule_for_copies_does(rule):
    rng = random.Random(3)
    rows = [
        {
            "id": f"{rng.getrandbits(64):016x}",
            "origin": rng.choice(["period", "modern", "synthetic"]),
            "date_from": rng.choice(["", "1994-01-01", "1995-06-01"]),
            "signals": [
                {"name": "ocr_noise", "value": rng.choice([0.0, 0.25, 1.5])},
                {"name": "words", "value": float(rng.choice([5, 1000, 70_000]))},
            ],
        }
        for _ in range(200)
    ]
    copies = {
        r["id"]: Copy(r["id"], r["origin"], r["date_from"], r["signals"][0]["value"],
                      int(r["signals"][1]["value"]), "")
        for r in rows
    }  # fmt: skip
    ordered = sorted(rows, key=lambda r: sort_text(r, rule))
    assert [r["id"] for r in ordered] == sorted(copies, key=lambda i: order(rule)(copies[i]))


def test_a_text_of_many_sites_counts_more_in_training_and_never_above_the_cap(tmp_path):
    chain = words(1, 90)
    documents = [page(f"m{i}", chain, site=f"s{i % 10}.example") for i in range(20)]
    documents += [page("alone", words(2))]
    weights = {}
    for rule in ("none", "log", "sqrt"):
        (tmp_path / rule).mkdir()
        stats, kept, _, _ = dedupe(tmp_path / rule, documents, weight=rule, weight_cap=4)
        (one,) = (d for d in kept.values() if d.source != "alone")
        assert (one.signals["copies"], one.signals["copy_sites"]) == (20, 10)
        assert "copies" not in kept["alone"].signals
        assert stats["weighted"] == (rule != "none")
        weights[rule] = one.signals.get("weight")
    assert weights == {"none": None, "log": 4.0, "sqrt": 3.1623}


def test_clusters_name_the_kept_twin_of_every_member(tmp_path):
    text = words(1, 90)
    dedupe(tmp_path, [page("a", text), page("b", text), page("c", words(2))])
    rows = pq.read_table(tmp_path / "out" / CLUSTERS).to_pylist()
    assert {r["kind"] for r in rows} == {"kept", "near"}
    assert len({r["kept_id"] for r in rows}) == 1
