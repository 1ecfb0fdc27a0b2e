"""Corpora that would break a careless search for copies."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from erastyle.corpus.document import Document, document_id, schema, to_row
from erastyle.corpus.errors import ConfigError, StageFailedError
from erastyle.corpus.text.arrow import binaries, lists, numbers
from erastyle.pipeline.dedupe import candidates, signatures, text_cache, verification
from erastyle.pipeline.dedupe.candidates import bucket_pairs
from erastyle.pipeline.dedupe.clusters import clusters
from erastyle.pipeline.dedupe.options import DuplicateOptions
from erastyle.pipeline.runtime import daft_engine
from tests.conftest import ROOT


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
    rows, size = np.arange(50_000), 50_000

    def pairs(column):
        orders = lambda rows: signatures.orders(sketches[rows])  # noqa: E731
        return bucket_pairs(rows, np.zeros(size, np.uint64), size, column, orders)

    assert len(pairs(0)) < 3 * size
    assert 123 * size + 40_000 in set(pairs(0).tolist())
    # What is alike shares many bands: the later ones must not add as many pairs again.
    assert len(pairs(1)) < size
    assert len(pairs(candidates.LARGE_COLUMNS)) == 0


def test_one_very_large_document_among_small_ones_is_found_to_be_copied(tmp_path):
    book = words(1, 300_000)
    edited = list(book)
    for i in range(0, len(book), 20):
        edited[i] = "changed"
    texts = [" ".join(book), " ".join(edited), *(" ".join(words(i, 100)) for i in range(2, 50))]
    table = clusters(write(tmp_path / "a.parquet", texts), DuplicateOptions(), tmp_path / "work")
    assert set(table["id"].to_pylist()) == {document_id("0", b""), document_id("1", b"")}


@pytest.mark.slow
def test_a_hundred_thousand_identical_documents_take_seconds(tmp_path):
    files = write(tmp_path / "a.parquet", [" ".join(words(1, 30))] * 100_000)
    start = time.process_time()
    table = clusters(files, DuplicateOptions(), tmp_path / "work")
    assert time.process_time() - start < 60
    assert table.num_rows == 100_000
    assert len(set(table["kept_id"].to_pylist())) == 1


def test_half_a_corpus_in_one_bucket_gives_pairs_in_proportion_to_its_size(tmp_path):
    counts = []
    for size in (500, 1000, 2000):
        base = words(1, 80)
        texts = []
        for i in range(size // 2):
            copy = list(base)
            copy[i % 80] = copy[(7 * i + 3) % 80] = f"x{i}"
            texts += [" ".join(copy), " ".join(words(i + 10, 80))]
        folder = tmp_path / str(size)
        folder.mkdir()
        options = DuplicateOptions()
        signatures.write(write(folder / "a.parquet", texts), options, folder / "prints")
        pairs = candidates.candidates(folder / "prints", np.zeros(0, np.uint64), options, folder)
        counts.append(len(pairs) / (size // 2))
    assert max(counts) < 3 * 12 + 24 + 8
    assert counts[2] < 1.5 * counts[0]


def test_little_memory_means_more_passes_and_the_same_pairs(tmp_path):
    documents, options = 100_000, DuplicateOptions(bands=8, hashes=16, min_words=1)
    rng = np.random.default_rng(1)
    (tmp_path / "prints").mkdir()
    columns = {
        "key": numbers(rng.permutation(documents).astype(np.uint64)),
        "words": numbers(np.full(documents, 50, np.int32)),
        "sketch": binaries(np.zeros((documents, 16), np.uint8)),
    }
    # One value in a hundred is shared by two documents.
    for band in range(8):
        values = rng.integers(0, documents * 50, (documents, 1)).astype(np.uint64)
        columns[f"bands_{band}"] = lists(values)
    pq.write_table(pa.table(columns), tmp_path / "prints" / "a.parquet")

    def search(memory_mb):
        given = options.model_copy(update={"memory_mb": memory_mb})
        return candidates.candidates(tmp_path / "prints", np.zeros(0, np.uint64), given, tmp_path)

    found = {memory: search(memory) for memory in (1, 2, 1024)}  # 4 parts, 2 parts, all at once
    assert candidates.passes(documents, 1, 1 << 20) == (1, 4)
    assert len(found[1024]) > 5_000
    for pairs in found.values():
        assert np.array_equal(pairs.one, found[1024].one)
        assert np.array_equal(pairs.other, found[1024].other)


def test_a_pass_over_part_of_the_values_takes_a_part_of_the_memory(tmp_path):
    documents, width = 200_000, 12
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 1 << 63, (documents, width)).astype(np.uint64)
    pq.write_table(pa.table({"bands_0": lists(hashes)}), tmp_path / "a.parquet")
    mask, order = np.ones(documents, bool), np.arange(documents)

    def peak(bands, part):
        tracemalloc.start()
        for _ in candidates._bands([tmp_path / "a.parquet"], 0, bands, mask, order, part):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used / (documents * 8)

    assert peak(range(12), (0, 1)) > 12
    assert peak(range(3), (0, 1)) < 6
    assert peak(range(1), (0, 10)) < 3


def test_where_texts_cannot_be_put_aside_the_corpus_is_read_again(tmp_path, monkeypatch):
    text = words(1, 100)
    texts = [" ".join(text), " ".join([*text[:90], *words(2, 10)]), "Caf\u00e9 " * 30]
    files = write(tmp_path / "a.parquet", texts)
    with_texts = clusters(files, DuplicateOptions(), tmp_path / "work")
    monkeypatch.setattr(text_cache, "SHARE", 0.0)
    assert not text_cache.fits(files, tmp_path)
    assert clusters(files, DuplicateOptions(), tmp_path / "work").equals(with_texts)
    assert with_texts.num_rows == 2
    assert not list((tmp_path / "work").iterdir())


def test_a_search_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail(*_arguments):
        raise OSError("No space left on device")

    files = write(tmp_path / "a.parquet", [" ".join(words(i, 60)) for i in range(5)])
    monkeypatch.setattr(verification, "verify", fail)
    with pytest.raises(OSError, match="No space left"):
        clusters(files, DuplicateOptions(), tmp_path / "work")
    assert not list((tmp_path / "work").iterdir())


KILLED = """
import os, signal, sys
from pathlib import Path
from erastyle.pipeline.dedupe import verification
from erastyle.pipeline.dedupe.clusters import clusters
from erastyle.pipeline.dedupe.options import DuplicateOptions
verification.verify = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
clusters([Path(sys.argv[1])], DuplicateOptions(), Path(sys.argv[2]))
"""


def test_a_search_that_is_killed_halfway_can_simply_be_run_again(tmp_path):
    text = words(1, 100)
    texts = [" ".join(text), " ".join([*text[:90], *words(2, 10)])]
    (file,) = write(tmp_path / "a.parquet", texts)
    source = str(ROOT / "src")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(file), str(tmp_path / "work")],
        env={**os.environ, "PYTHONPATH": source},
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert list((tmp_path / "work").iterdir())
    table = clusters([file], DuplicateOptions(), tmp_path / "work")
    assert table.equals(clusters([file], DuplicateOptions(), tmp_path / "fresh"))
    assert table.num_rows == 2
    assert not list((tmp_path / "work").iterdir())


def test_somebody_who_listens_but_is_no_cluster_is_said_within_the_given_time():
    start = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(StageFailedError, match="No Ray cluster answers"):
            daft_engine.reach(f"127.0.0.1:{port}", seconds=0.5)
    assert time.monotonic() - start < 5


def test_a_server_of_another_kind_is_not_taken_for_a_cluster():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(StageFailedError, match="another service"):
            daft_engine.reach(f"127.0.0.1:{server.getsockname()[1]}", seconds=2)
        thread.join()


def test_an_address_where_nobody_answers_is_said_within_seconds():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]  # bound, not listening: connections are refused
        with pytest.raises(StageFailedError, match="No Ray cluster answers"):
            daft_engine.reach(f"ray://127.0.0.1:{port}", seconds=2)


@pytest.mark.parametrize("address", ["", "nowhere", "host:port", "ray://:1"])
def test_what_is_no_address_is_refused_before_anything_starts(address):
    with pytest.raises(ConfigError, match="is not host:port"):
        daft_engine.reach(address)


def test_an_address_without_ray_is_a_mistake_that_is_named():
    with pytest.raises(ConfigError, match="--engine ray"):
        daft_engine.configure("native", "head:10001")


def test_the_native_engine_may_be_chosen_again_and_again():
    daft_engine.configure("native")
    daft_engine.configure("native")
