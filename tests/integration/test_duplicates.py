"""The search for copies over Parquet files."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from erastyle.corpus.document import Document, document_id, schema, to_row
from erastyle.corpus.errors import StageFailedError
from erastyle.corpus.text.normalise import normalise
from erastyle.corpus.text.shingles import jaccard, shingles
from erastyle.pipeline.dedupe.clusters import clusters
from erastyle.pipeline.dedupe.options import DuplicateOptions, PassageRules, ocr_options
from erastyle.pipeline.dedupe.passages import passages_of, repeated_passages
from erastyle.pipeline.split.leaks import leaks

WORDS = [
    a + b for a in ("ba", "ke", "li", "mo", "nu", "ra", "se") for b in ("d", "l", "m", "st", "x")
]


def prose(seed, length=200):
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) + rng.choice(WORDS) for _ in range(length))


def changed(text, share, seed=0):
    rng = random.Random(seed)
    words = text.split()
    for i in rng.sample(range(len(words)), round(share * len(words))):
        words[i] = "changed" + rng.choice(WORDS)
    return " ".join(words)


def document(name, text, raw=None, **more):
    raw = (raw or name).encode()
    more.setdefault("site", f"{name}.example")
    return Document(
        id=document_id(name, raw), source=name, format="text", body=text, prose=text,
        raw_sha256=document_id("", raw) * 4, **more,
    )  # fmt: skip


def shards(folder: Path, documents, count=1):
    folder.mkdir(exist_ok=True, parents=True)
    files = []
    for i in range(count):
        rows = [to_row(d) for d in documents[i::count]]
        files.append(folder / f"{count}-{i}.parquet")
        pq.write_table(pa.Table.from_pylist(rows, schema()), files[-1], row_group_size=7)
    return files


def found(tmp_path, documents, options=None, count=1):
    files = shards(tmp_path / "in", documents, count)
    table = clusters(files, options or DuplicateOptions(), tmp_path / "work")
    names = {d.id: d.source for d in documents}
    return {
        names[r["id"]]: (names[r["kept_id"]], r["kind"], r["similarity"]) for r in table.to_pylist()
    }


def similarity(one, other):
    return jaccard(shingles(normalise(one)), shingles(normalise(other)))


def test_copies_of_each_kind_are_found_and_named(tmp_path):
    text = prose(1)
    documents = [
        document("first", text, raw="same", date_from="1994-01-01"),
        document("mirror", text, raw="same", date_from="1995-01-01"),
        document("relaid", text.upper().replace(" ", "\n"), date_from="1996-01-01"),
        document("edited", changed(text, 0.1), date_from="1997-01-01"),
        document("other", prose(2)),
    ]
    got = found(tmp_path, documents)
    assert {name: row[:2] for name, row in got.items()} == {
        "first": ("first", "kept"),
        "mirror": ("first", "exact"),
        "relaid": ("first", "normalised"),
        "edited": ("first", "near"),
    }
    assert got["edited"][2] == similarity(text, documents[3].prose)


def test_the_result_is_the_same_whatever_the_shards_and_their_order(tmp_path):
    base = [prose(i) for i in range(25)]
    documents = [document(f"o{i}", t) for i, t in enumerate(base)]
    documents += [
        document(f"c{i}-{k}", changed(base[i], 0.05 * k, k))
        for i in range(0, 25, 3)
        for k in (0, 1, 2)
    ]
    options, tables = DuplicateOptions(), []
    for count, order in (
        (1, documents),
        (4, documents[::-1]),
        (9, sorted(documents, key=lambda d: d.id)),
    ):
        files = shards(tmp_path / f"in{count}", order, count)
        tables.append(clusters(files[::-1], options, tmp_path / "work"))
    assert tables[0].num_rows == 9 * 4
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.parametrize(
    ("rule", "kept"), [("earliest", "old"), ("cleanest", "clean"), ("longest", "long")]
)
def test_which_copy_stays_is_the_rule_of_the_era(tmp_path, rule, kept):
    text = prose(1)
    documents = [
        document("undated", text, signals={"ocr_noise": 0.2}),
        document("old", changed(text, 0.05, 1), date_from="1993-05-01", signals={"ocr_noise": 0.3}),
        document(
            "clean", changed(text, 0.05, 2), date_from="1994-05-01", signals={"ocr_noise": 0.1}
        ),
        document("long", text + " and more " * 5, date_from="1995", signals={"ocr_noise": 0.2}),
        document("modern", text, origin="modern", date_from="1990-01-01", signals={"ocr_noise": 0}),
    ]
    got = found(tmp_path, documents, DuplicateOptions(which_copy=rule))
    assert {row[0] for row in got.values()} == {kept}
    assert len(got) == 5


def test_a_document_is_dropped_only_for_one_that_it_resembles_itself(tmp_path):
    # A chain: each is a near copy of the next, but the ends have nothing in common.
    words = prose(5, 400).split()
    links = [" ".join(words[i * 40 : i * 40 + 160]) for i in range(7)]
    documents = [document(f"d{i}", t, date_from=f"199{i}-01-01") for i, t in enumerate(links)]
    table = clusters(shards(tmp_path / "in", documents), DuplicateOptions(), tmp_path / "work")
    assert len(set(table["cluster"].to_pylist())) == 1
    texts = {d.id: d.prose for d in documents}
    rows = table.to_pylist()
    assert sum(row["kind"] == "kept" for row in rows) > 1
    for row in rows:
        real = similarity(texts[row["id"]], texts[row["kept_id"]])
        assert row["similarity"] == pytest.approx(real)
        assert real >= 0.45


def test_short_documents_that_share_boilerplate_are_not_copies(tmp_path):
    boilerplate = prose(9, 70)
    pages = [document(f"p{i}", prose(20 + i, 30) + " " + boilerplate) for i in range(4)]
    assert 0.45 < similarity(pages[0].prose, pages[1].prose) < 0.55
    assert found(tmp_path, pages) == {}
    assert found(tmp_path, pages, DuplicateOptions(short_words=0))


def test_two_scans_of_an_article_are_copies_with_the_options_for_scans(tmp_path):
    text = prose(1, 300)
    swap = {"e": "c", "l": "1", "m": "rn", "s": "f", "o": "0", "n": "x"}
    rng = random.Random(4)

    def misread(word):
        at = rng.randrange(len(word))
        return word[:at] + swap.get(word[at], "") + word[at + 1 :]

    scan = " ".join(misread(w) if rng.random() < 0.3 else w for w in text.split())
    documents = [
        document("a", text),
        document("b", scan),
        *(document(f"o{i}", prose(50 + i)) for i in range(20)),
    ]
    assert found(tmp_path, documents) == {}
    assert set(found(tmp_path, documents, ocr_options())) == {"a", "b"}


def test_the_same_document_twice_is_an_error_that_names_it(tmp_path):
    twice = document("page", prose(1))
    with pytest.raises(StageFailedError, match=twice.id):
        found(tmp_path, [twice, twice])


def test_no_documents_and_no_copies_give_an_empty_table(tmp_path):
    assert found(tmp_path, [document("a", prose(1)), document("b", "")]) == {}
    assert found(tmp_path, []) == {}
    assert clusters([], DuplicateOptions(), tmp_path / "work").num_rows == 0


def test_a_paragraph_on_two_sites_is_named_with_the_document_that_keeps_it(tmp_path):
    licence = prose(7, 60)
    documents = [
        document("late", f"{prose(1)}\n\n{licence.upper()}", date_from="1996-01-01"),
        document("early", f"{licence}\n\n{prose(2)}", date_from="1994-01-01"),
        document("undated", f"{prose(3)}\n\n{licence}\n\n{prose(30, 20)}\n\n{licence}"),
        document("within1", f"{prose(4)}\n\n{prose(8, 70)}", site="one.example"),
        document("within2", f"{prose(5)}\n\n{prose(8, 70)}", site="one.example"),
        document("short1", f"{prose(40)}\n\n{prose(9, 30)}"),
        document("short2", f"{prose(6)}\n\n{prose(9, 30)}"),
    ]
    files = shards(tmp_path / "in", documents, 2)
    rows = repeated_passages(files, PassageRules(), tmp_path / "work").to_pylist()
    ids = {d.source: d.id for d in documents}
    (place,) = passages_of([licence], PassageRules())[0]
    assert rows == [
        {
            "digest": place.digest, "home": 0, "words": 60, "sites": 3, "documents": 3,
            "kept_id": ids["early"], "kept_start": 0,
        }
    ]  # fmt: skip


def test_a_passage_on_both_sides_of_a_split_is_found_wherever_it_stands(tmp_path):
    shared = prose(700, 50)
    train = [document(f"t{i}", prose(i, 120)) for i in range(10)]
    train.append(document("leaky", f"{prose(70, 33)} {shared} {prose(71, 9)}"))
    train.append(document("nearly", " ".join(shared.split()[:49]) + " " + prose(72, 60)))
    test = [document(f"e{i}", prose(100 + i, 120)) for i in range(5)]
    test.append(document("leaked", f"{prose(73, 4)}\n{shared.title()}, {prose(74, 80)}"))
    test.append(document("short", " ".join(shared.split()[:30])))
    sides = shards(tmp_path / "a", train, 3), shards(tmp_path / "b", test)
    (leak,) = leaks(*sides)
    assert (leak.train_id, leak.test_id) == (train[10].id, test[5].id)
    assert (leak.passage, leak.passages) == (shared, 1)
    assert {k.train_id for k in leaks(*sides, tokens=49)} == {train[10].id, train[11].id}


def test_pairs_that_stay_in_the_plan_give_the_same_clusters(tmp_path):
    base = prose(1, 90).split()
    documents = [document(f"o{i}", prose(100 + i)) for i in range(12)]
    documents += [document(f"m{i}", documents[i].prose.upper()) for i in range(4)]
    # More than a bucket compares everybody of, so that the rule for large ones is met too.
    for i in range(30):
        copy = list(base)
        copy[i * 3] = copy[(i * 7) % 90] = f"new{i}"
        documents.append(document(f"c{i}", " ".join(copy)))
    files = shards(tmp_path / "in", documents, 3)
    for options in (DuplicateOptions(), ocr_options()):
        here = clusters(files, options, tmp_path / "work", spread=False)
        assert len(set(here["cluster"].to_pylist())) == 5
        assert clusters(files, options, tmp_path / "work", spread=True).equals(here)
