"""Corpora that would break a careless search for copies."""

from __future__ import annotations

import random
import socket
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from erastyle.corpus.document import Document, document_id, schema, to_row
from erastyle.corpus.errors import ConfigError, StageFailedError
from erastyle.pipeline import engine
from erastyle.pipeline.duplicates import DuplicateOptions, clusters
from erastyle.pipeline.neighbours import bucket_pairs


def write(path, texts, raws=None):
    rows = [
        to_row(
            Document(
                id=document_id(str(i), b""), source=str(i), site=f"s{i % 50}", format="text",
                body="", prose=text, raw_sha256=(raws[i] if raws else str(i)),
            )
        )
        for i, text in enumerate(texts)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, schema()), path)
    return [path]


def words(seed, count):
    rng = random.Random(seed)
    return [f"w{rng.randrange(5000)}" for _ in range(count)]


def test_documents_of_one_word_are_copies_only_by_their_bytes(tmp_path):
    texts = ["Index", "index", "Index", "", "", "unique"]
    files = write(tmp_path / "a.parquet", texts, ["a", "b", "a", "c", "c", "d"])
    rows = clusters(files, DuplicateOptions(), tmp_path / "work").to_pylist()
    ids = [document_id(str(i), b"") for i in range(6)]
    groups = {frozenset(r["id"] for r in rows if r["cluster"] == c["cluster"]) for c in rows}
    assert groups == {frozenset({ids[0], ids[2]}), frozenset({ids[3], ids[4]})}


def test_ten_thousand_identical_documents_are_one_cluster_at_once(tmp_path):
    text = " ".join(words(1, 60))
    files = write(tmp_path / "a.parquet", [text] * 10_000)
    start = time.process_time()
    table = clusters(files, DuplicateOptions(), tmp_path / "work")
    assert time.process_time() - start < 10
    assert table.num_rows == 10_000
    assert len(set(table["kept_id"].to_pylist())) == 1
    assert sorted(set(table["kind"].to_pylist())) == ["kept", "normalised"]


def test_half_a_corpus_of_near_copies_is_not_quadratic(tmp_path):
    base = words(1, 80)
    texts = []
    for i in range(2000):
        copy = list(base)
        copy[i % 80] = f"x{i}"
        texts += [" ".join(copy), " ".join(words(i + 10, 80))]
    files = write(tmp_path / "a.parquet", texts)
    start = time.process_time()
    table = clusters(files, DuplicateOptions(), tmp_path / "work")
    assert time.process_time() - start < 10
    assert table.num_rows == 2000
    assert len(set(table["cluster"].to_pylist())) == 1


def test_a_large_bucket_gives_a_few_pairs_a_member_and_none_of_the_close_ones_is_missed():
    rng = np.random.default_rng(1)
    sketches = rng.integers(0, 256, (50_000, 24)).astype(np.uint8)
    sketches[40_000] = sketches[123]
    sketches[40_000, 20:] += 1
    pairs = bucket_pairs(np.arange(50_000), np.zeros(50_000, np.uint64), sketches)
    assert len(pairs) < 4 * 50_000
    assert 123 * 50_000 + 40_000 in set(pairs.tolist())


def test_one_very_large_document_among_small_ones_is_found_to_be_copied(tmp_path):
    book = words(1, 300_000)
    edited = list(book)
    for i in range(0, len(book), 20):
        edited[i] = "changed"
    texts = [" ".join(book), " ".join(edited), *(" ".join(words(i, 100)) for i in range(2, 50))]
    table = clusters(write(tmp_path / "a.parquet", texts), DuplicateOptions(), tmp_path / "work")
    assert set(table["id"].to_pylist()) == {document_id("0", b""), document_id("1", b"")}


def test_an_address_where_nobody_answers_is_said_within_seconds():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]  # bound, not listening: connections are refused
        with pytest.raises(StageFailedError, match="No Ray cluster answers"):
            engine.reach(f"ray://127.0.0.1:{port}", seconds=2)


@pytest.mark.parametrize("address", ["", "nowhere", "host:port", "ray://:1"])
def test_what_is_no_address_is_refused_before_anything_starts(address):
    with pytest.raises(ConfigError, match="is not host:port"):
        engine.reach(address)


def test_an_address_without_ray_is_a_mistake_that_is_named():
    with pytest.raises(ConfigError, match="--engine ray"):
        engine.configure("native", "head:10001")


def test_the_native_engine_may_be_chosen_again_and_again():
    engine.configure("native")
    engine.configure("native")
