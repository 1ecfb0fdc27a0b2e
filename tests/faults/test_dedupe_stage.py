"""The whole stage `dedupe`, and the split behind it, on what would break them."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.document import document_id, schema, to_row
from erastyle.corpus.errors import StageFailedError
from erastyle.pipeline.dedupe.stage import DEDUPE, WORKSPACE, DedupeOptions
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context
from erastyle.pipeline.split import assign
from erastyle.pipeline.split import stage as split
from erastyle.pipeline.split.stage import SPLIT, SplitOptions
from tests import factories
from tests.conftest import erastyle


def document(number, text, site="", raw=""):
    return factories.document(
        text,
        id=document_id(str(number), b""),
        source=str(number),
        site=site or f"s{number % 50}",
        prose=text,
        raw_sha256=raw or str(number),
        signals={"words": float(text.count(" ") + 1)},
    )


def words(seed, count):
    rng = random.Random(str(seed))  # a number and its negative would give the same
    return " ".join(f"w{rng.randrange(5000)}" for _ in range(count))


def put(folder: Path, documents):
    (folder / "kept").mkdir(parents=True)
    rows = [to_row(d) for d in documents]
    pq.write_table(pa.Table.from_pylist(rows, schema()), folder / "kept" / "000000.parquet")
    return [d.id for d in documents]


def run(stage, options, folder: Path, need, era="usenet-1993"):
    """Do a stage on `folder/need` and check that nothing got lost."""
    out = folder / stage.name
    out.mkdir()
    inputs = {need: folder / need}
    stats = stage.run(Context(options, eras.load(era), 7, inputs, out, Progress(), folder))
    before = [r["id"] for r in ledger.rows(folder / need / "kept", ["id"])]
    after = [r["id"] for part in ("kept", "dropped") for r in ledger.rows(out / part, ["id"])]
    assert Counter(before) == Counter(after)
    assert stats["read"] == stats["kept"] + stats["dropped"] == len(before)
    assert not list(folder.glob(f"{WORKSPACE}*"))
    return stats


def test_a_document_of_one_word_passes_the_stage(tmp_path):
    put(tmp_path / "clean", [document(1, "Index"), document(2, ""), document(3, words(3, 90))])
    stats = run(DEDUPE, DedupeOptions(frame_pages=2), tmp_path, "clean")
    assert stats["kept"] == 3


def test_fifty_thousand_identical_documents_leave_one(tmp_path):
    text = "\n\n".join((words(1, 60), words(2, 60)))
    put(tmp_path / "clean", [document(i, text) for i in range(50_000)])
    start = time.process_time()
    stats = run(DEDUPE, DedupeOptions(weight="sqrt"), tmp_path, "clean")
    assert time.process_time() - start < 60
    assert stats["kept"] == 1
    assert stats["reasons"] == {"same words": 49_999}
    (kept,) = ledger.read(tmp_path / "dedupe")
    assert (kept.signals["copies"], kept.signals["copy_sites"]) == (50_000, 50)
    assert kept.signals["weight"] == 4


def test_a_paragraph_in_every_document_of_a_corpus_is_not_quadratic(tmp_path):
    notice = words(1, 60)
    put(tmp_path / "clean", [document(i, f"{words(i + 9, 90)}\n\n{notice}") for i in range(3000)])
    start = time.process_time()
    stats = run(DEDUPE, DedupeOptions(passages="cut", short_words=0), tmp_path, "clean")
    assert time.process_time() - start < 30
    assert stats["kept"] == 3000
    assert stats["passages"] == {"cut, on several sites": 2999}
    assert sum(notice in d.body for d in ledger.read(tmp_path / "dedupe")) == 1


@pytest.mark.slow
def test_one_document_of_a_hundred_megabytes_among_small_ones(tmp_path):
    rng = random.Random(1)
    paragraphs = [words(i, 60) for i in range(500)]
    text, size = [], 0
    while size < 100_000_000:
        text.append(f"{rng.choice(paragraphs)} {len(text)}")
        size += len(text[-1]) + 2
    text.append(words(-1, 70))
    documents = [document(0, "\n\n".join(text))]
    documents += [document(i, f"{words(1000 + i, 90)}\n\n{words(-1, 70)}") for i in range(1, 20)]
    put(tmp_path / "clean", documents)
    stats = run(DEDUPE, DedupeOptions(passages="mask"), tmp_path, "clean")
    assert stats["kept"] == 20
    assert stats["passages"] == {"mask, on several sites": 19}


def test_a_killed_stage_leaves_nothing_behind_that_the_next_run_keeps(tmp_path):
    root = tmp_path / "run"
    arguments = ["web-1995", "--run", str(root), "--source", "synthetic:300@7",
                 "--contrast", "synthetic-modern:60@7", "--set", "clean.workers=1"]  # fmt: skip
    assert erastyle("clean", *arguments).exit_code == 0
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "erastyle", "dedupe", *arguments],
        env=environment, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not list(root.glob(f"{WORKSPACE}*")):
        assert process.poll() is None, "the stage ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not [p for p in (root / "dedupe").glob("*") if not p.name.endswith(".partial")]
    result = erastyle("dedupe", *arguments)
    assert result.exit_code == 0, result.output
    assert not list(root.glob(f"{WORKSPACE}*"))
    assert [p.suffix for p in (root / "dedupe").iterdir()] == [""]
    assert erastyle("verify", root).exit_code == 0


def test_a_worker_that_is_killed_is_said_and_the_next_run_works(tmp_path):
    root = tmp_path / "run"
    arguments = ["dedupe", "web-1995", "--run", str(root), "--source", "synthetic:1200@7",
                 "--contrast", "synthetic-modern:60@7"]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "erastyle", *arguments, "--set", "clean.workers=2"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (workers := _workers(process.pid)):
        assert process.poll() is None, "no worker was started"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(workers[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    (line,) = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert "clean failed" in line
    assert "run again" in line
    result = erastyle(*arguments, "--set", "clean.workers=1")
    assert result.exit_code == 0, result.output
    assert erastyle("verify", root).exit_code == 0


def _workers(parent: int) -> list[int]:
    """Return the processes that a pool of `parent` started, from /proc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and b"spawn_main" in command:
            found.append(int(path.parent.name))
    return found


def test_an_address_where_nobody_answers_leaves_nothing_half_written(tmp_path):
    root = tmp_path / "run"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"  # bound, not listening
        start = time.monotonic()
        result = erastyle("dedupe", "web-1995", "--run", root, "--source", "synthetic:30@7",
                          "--engine", "ray", "--address", address)  # fmt: skip
    assert time.monotonic() - start < 30
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert f"No Ray cluster answers at {address}" in result.output
    assert not root.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--engine", "ray", "--address", "nowhere"),
        ("--address", "127.0.0.1:6379"),
        ("--engine", "native", "--address", "127.0.0.1:6379"),
        ("--engine", "spark"),
    ],
)
@pytest.mark.parametrize("command", ["run", "dedupe"])
def test_an_engine_or_address_that_is_none_is_wrong_use(tmp_path, command, arguments):
    result = erastyle(command, "web-1995", "--run", tmp_path / "run", *arguments)
    assert result.exit_code == 2
    assert result.output.startswith("error: ")
    assert not (tmp_path / "run").exists()


def split_of(tmp_path, monkeypatch, documents, **faults):
    """Deduplicate and split; `faults` replace functions of the stage `split`."""
    put(tmp_path / "clean", documents)
    run(DEDUPE, DedupeOptions(passages="keep"), tmp_path, "clean")
    for name, fault in faults.items():
        monkeypatch.setattr(assign if name == "assign" else split, name, fault)
    return run(SPLIT, SplitOptions(), tmp_path, "dedupe")


def planted():
    """Return a corpus in which a passage of 60 words stands on the sites of all three splits."""
    shared = words(-5, 60)
    documents = [document(i, words(i, 200), f"site{i % 12}") for i in range(60)]
    return documents + [
        document(100 + i, f"{words(500 + i, 200)} {shared} {words(700 + i, 200)}", f"site{i}")
        for i in range(12)
    ]


def test_a_planted_leak_is_taken_out_of_the_held_out_sides(tmp_path, monkeypatch):
    stats = split_of(tmp_path, monkeypatch, planted())
    holding = [d.split for d in ledger.read(tmp_path / "split") if words(-5, 60) in d.prose]
    assert len(holding) > 1
    assert set(holding) == {"train"}
    assert stats["reasons"]["passage of training"] == 12 - len(holding)


def by_site(sites, *_):
    """Send the first site to dev, the second to test, and all others to training."""
    sides = {"site0": "dev", "site1": "test"}
    split = {m.id: sides.get(site, "train") for site, members in sites.items() for m in members}
    return assign.Assignment(split, ())


def test_what_dev_and_test_share_stays_in_test_alone(tmp_path, monkeypatch):
    documents = [d for d in planted() if int(d.source) < 100]
    shared = words("shared", 60)
    documents += [document(200 + i, f"{words(f'd{i}', 150)} {shared}", f"site{i}") for i in (0, 1)]
    stats = split_of(tmp_path, monkeypatch, documents, assign=by_site)
    assert [d.split for d in ledger.read(tmp_path / "split") if shared in d.prose] == ["test"]
    assert stats["reasons"] == {"passage of test": 1}


def test_a_leak_that_the_stage_missed_is_refused_by_its_guard(tmp_path, monkeypatch):
    with pytest.raises(StageFailedError, match="share 50 words in a row"):
        split_of(tmp_path, monkeypatch, planted(), leaks=lambda *_: [])


def test_a_cluster_on_two_sides_is_refused_by_the_guard(tmp_path, monkeypatch):
    # A chain of near copies keeps several of its documents; the stage must not part them.
    chain = words("chain", 1600).split()
    documents = [document(i, words(i, 200), f"site{i % 12}") for i in range(60)]
    documents += [
        document(100 + i, " ".join(chain[i * 40 : i * 40 + 160]), f"site{i % 3}") for i in range(36)
    ]
    with pytest.raises(StageFailedError, match=r"copies on two sides: .* are of one cluster"):
        split_of(tmp_path, monkeypatch, documents, assign=by_site, leaks=lambda *_: [])
