"""Laws of the stage `dedupe` that hold for any corpus."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus import era as eras
from erastyle.corpus.document import Document, document_id, schema, to_row
from erastyle.corpus.html.prose import prose
from erastyle.corpus.html.remove_passages import take_out
from erastyle.corpus.text.normalise import normalise
from erastyle.pipeline.dedupe.options import PassageRules
from erastyle.pipeline.dedupe.passage_notes import PASSAGES
from erastyle.pipeline.dedupe.passages import passages_of
from erastyle.pipeline.dedupe.stage import DEDUPE, DedupeOptions
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context

ERA = eras.load("web-1995")
# Ten long paragraphs and ten short ones; no two share a word.
LONG = [" ".join(f"{chr(97 + i)}{k}" for k in range(55)) for i in range(10)]
SHORT = [" ".join(f"{chr(97 + i)}x{k}" for k in range(9)) for i in range(10)]


@st.composite
def corpora(draw, among=(*LONG, *SHORT)):
    """Draw documents that are made of a few paragraphs, on a few sites and days."""
    out = []
    for number in range(draw(st.integers(1, 12))):
        texts = draw(st.lists(st.sampled_from(among), max_size=5))
        html = draw(st.booleans())
        own = " ".join(f"own{number}x{k}" for k in range(draw(st.integers(1, 60))))
        texts.insert(draw(st.integers(0, len(texts))), own)
        body = "".join(f"<P>{t}\n" for t in texts) if html else "\n\n".join(texts)
        name = str(number)
        raw = draw(st.sampled_from((name, "same")))
        copied = next((d for d in out if d.raw_sha256 == raw), None)
        if copied:  # equal raw bytes are equal text
            html, body = copied.format == "html", copied.body
        out.append(
            Document(
                id=document_id(name, b""), source=name, site=draw(st.sampled_from("abc")),
                format="html" if html else "text", body=body,
                prose=prose(body) if html else body,
                raw_sha256=raw,
                date_from=draw(st.sampled_from(("", "1994-01-01", "1996-01-01"))),
            )
        )  # fmt: skip
    return out


def dedupe(documents, shards=1, **options):
    """Return what was kept, what was taken out, and what was dropped."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "clean" / "kept").mkdir(parents=True)
        for i in range(shards):
            rows = [to_row(d) for d in documents[i::shards]]
            path = folder / "clean" / "kept" / f"{i:06}.parquet"
            pq.write_table(pa.Table.from_pylist(rows, schema()), path)
        out = folder / "out"
        out.mkdir()
        options = DedupeOptions(frame_pages=3, own_words=5, **options)
        DEDUPE.run(Context(options, ERA, 7, {"clean": folder / "clean"}, out, Progress(), folder))
        return (
            {d.id: d for d in ledger.read(out)},
            list(ledger.rows(out / PASSAGES)),
            {r["id"]: r for r in ledger.rows(out / "dropped")},
        )


@settings(deadline=None, max_examples=8)
@given(corpora(), st.sampled_from(("cut", "mask")))
def test_every_twin_that_is_named_is_kept_and_holds_the_passage(documents, action):
    kept, notes, dropped = dedupe(documents, passages=action)
    assert kept.keys() | dropped.keys() == {d.id for d in documents}
    assert not kept.keys() & dropped.keys()
    for row in dropped.values():
        if row["reason"] == "nothing of its own":
            twins = row["detail"].rpartition(" in ")[2].split()
        else:
            twins = [row["detail"].split()[1]]
        assert set(twins) <= kept.keys()
    before = {d.id: d.prose for d in documents}
    for note in notes:
        twin = kept[note["kept_id"]]
        passage = normalise(before[note["id"]][note["start"] : note["end"]])
        assert f" {passage} " in f" {normalise(twin.prose)} "


@settings(deadline=None, max_examples=8)
@given(corpora(), st.sampled_from(("cut", "mask")))
def test_nothing_goes_but_what_is_noted_and_nothing_is_noted_but_what_is_repeated(
    documents, action
):
    kept, notes, _ = dedupe(documents, passages=action)
    before = {d.id: d for d in documents}
    for id_, document in kept.items():
        own = sorted((n["start"], n["end"]) for n in notes if n["id"] == id_)
        left, at = [], 0
        for start, end in own:
            left.append(before[id_].prose[at:start])
            at = end
        left.append(before[id_].prose[at:])
        assert normalise(document.prose) == normalise(" ".join(left))
        seen = prose(document.body) if document.format == "html" else document.body
        assert normalise(seen) == normalise(document.prose)
        if not own:
            assert (document.body, document.prose) == (before[id_].body, before[id_].prose)
    for note in notes:
        assert note["documents"] >= 2
        passage = before[note["id"]].prose[note["start"] : note["end"]]
        others = [d for d in documents if d.id != note["id"] and passage in d.prose]
        assert others


@settings(deadline=None, max_examples=6)
@given(corpora(), st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_order_of_documents_and_shards_changes_nothing(documents, rng, shards):
    turned = list(documents)
    rng.shuffle(turned)
    one, notes, dropped = dedupe(documents)
    other, other_notes, other_dropped = dedupe(turned, shards)
    assert one == other
    assert dropped == other_dropped

    def place(note):
        return note["id"], note["start"]

    assert sorted(notes, key=place) == sorted(other_notes, key=place)


@settings(deadline=None, max_examples=6)
@given(corpora(LONG), st.sampled_from(("keep", "cut", "mask")))
def test_what_was_deduplicated_is_not_changed_by_doing_it_again(documents, action):
    """Only a document that lost its passage can be a near copy now, or make another one."""
    kept, first, _ = dedupe(documents, passages=action)
    again, notes, dropped = dedupe(list(kept.values()), passages=action)
    shortened = {note["id"] for note in first}
    for row in dropped.values():
        assert shortened.intersection((row["id"], *row["detail"].split()))
    assert not notes
    assert again.keys() | dropped.keys() == kept.keys()
    assert {i: d.body for i, d in again.items()} == {i: kept[i].body for i in again}


TEXTS = st.text(st.sampled_from("ab \n.\u00e9\u0130_-")) | st.text()


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, max_size=5))
def test_paragraphs_of_a_batch_are_those_of_single_texts(texts):
    rules = PassageRules(passage_words=10)
    texts = [t.encode("utf-8", "ignore").decode() + f"\n\n{' w' * 12}" for t in texts]
    batch = passages_of(texts, rules)
    assert batch == [passages_of([text], rules)[0] for text in texts]
    for text, passages in zip(texts, batch, strict=True):
        for passage in passages:
            normal = normalise(text[passage.start : passage.end])
            digest = hashlib.blake2b(normal.encode(), digest_size=8).digest()
            assert passage.words == len(normal.split()) >= 10
            assert passage.digest == int.from_bytes(digest, "big")


PIECES = st.sampled_from(
    ["<P>", "</P>", "<B>", "</B>", "<LI>", "<UL>", "</UL>", "<BR>", "<HR>", "<TD>", "<TABLE>",
     "<!-- a b -->", "<IMG SRC=x>", "<A HREF='>'>", "</A>", "&amp;", "&eacute;t", "one two", "a b",
     "one", " ", "\n", "\n\n", "<", ">", "<PRE>", "</PRE>", "<TITLE>a b</TITLE>"]
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.lists(PIECES, max_size=30).map("".join), st.data(), st.booleans())
def test_a_page_without_a_passage_reads_like_its_prose_without_it(page, data, mask):
    text = prose(page)
    gaps = [match.span() for match in re.finditer("\n\n+", text)]
    begins, ends = [0, *(g[1] for g in gaps)], [*(g[0] for g in gaps), len(text)]
    blocks = [(a, b) for a, b in zip(begins, ends, strict=True) if normalise(text[a:b])]
    if not blocks:
        return
    start, end = data.draw(st.sampled_from(blocks))
    found = take_out(page, text, [(start, end)], html=True, mask=mask)
    assert normalise(prose(found.body)) == normalise(found.prose)
    if found.stayed:
        assert (found.body, found.prose) == (page, text)
    else:
        assert normalise(found.prose) == normalise(text[:start] + " " + text[end:])
