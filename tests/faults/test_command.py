"""What a person gets who gives something wrong: one line, what to do, the right exit code."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from erastyle.corpus.sources import synthetic
from erastyle.corpus.sources.registry import open_source
from erastyle.pipeline.runtime import ledger, manifest
from tests.conftest import SMALL, erastyle

PAGE = (
    "<HTML><HEAD><TITLE>The {0} Page</TITLE></HEAD><BODY><H1>The {0} Page</H1>\n"
    "<P>Welcome to my page about {0}. I have kept this page since March of last year, and there "
    "are now many pictures of my {0} here. If you have something to say about {0}, please send me "
    "some mail and I will put it on the page when I have the time.\n"
    "<HR><I>Last updated 12 March 1995</I></BODY></HTML>\n"
)


def one_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith("error:")]
    assert len(lines) == 1, output
    assert "Traceback" not in output
    return lines[0]


def pages(folder: Path, sites: int = 4) -> Path:
    for number in range(sites):
        host = folder / f"www.host{number}.example"
        host.mkdir(parents=True)
        (host / "index.html").write_text(PAGE.format(f"tortoise number {number}"))
    return folder


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = erastyle(
        "ingest", "web-1995", "--run", tmp_path / "run", "--source", tmp_path / "empty"
    )
    assert result.exit_code == 1
    assert "empty" in one_line(result.output)


def test_a_source_that_does_not_exist_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.warc.gz"
    result = erastyle("ingest", "web-1995", "--run", tmp_path / "run", "--source", missing)
    assert result.exit_code == 1
    line = one_line(result.output)
    assert str(missing) in line
    assert "does not exist" in line


def test_a_zero_byte_web_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").touch()
    result = erastyle(
        "ingest", "web-1995", "--run", tmp_path / "run", "--source", tmp_path / "a.warc.gz"
    )
    assert result.exit_code == 1
    assert "a.warc.gz" in one_line(result.output)


def warc_record(url: str, body: bytes) -> bytes:
    http = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:0>\r\n"
        f"WARC-Target-URI: {url}\r\nWARC-Date: 1996-10-22T17:32:32Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + b"\r\n\r\n")


def test_a_truncated_web_archive_gives_its_good_records_and_quarantines_the_rest(
    tmp_path: Path,
) -> None:
    records = [
        warc_record(f"http://www.host{n}.example/", PAGE.format(f"tortoise {n}").encode())
        for n in range(3)
    ]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(records)[: -len(records[-1]) // 2])
    root = tmp_path / "run"
    result = erastyle("ingest", "web-1995", "--run", root, "--source", path, "--json")
    assert result.exit_code == 0, result.output
    stats = json.loads(result.stdout)["stages"][0]["stats"]
    assert stats["quarantined"] == 1
    assert stats["kept"] == 2
    (out,) = (root / "ingest").iterdir()
    (row,) = ledger.rows(out / "quarantine")
    assert "a.warc.gz" in row["source"]
    assert row["error"]


def test_binary_rubbish_goes_to_quarantine_with_its_bytes(tmp_path: Path) -> None:
    source = pages(tmp_path / "pages")
    rubbish = bytes(range(256)) * 40
    (source / "www.host0.example" / "bad.html").write_bytes(rubbish)
    root = tmp_path / "run"
    assert erastyle("ingest", "web-1995", "--run", root, "--source", source).exit_code == 0
    (out,) = (root / "ingest").iterdir()
    (row,) = ledger.rows(out / "quarantine")
    assert row["source"].endswith("bad.html")
    assert row["raw"] == rubbish


def test_a_line_of_50_megabytes_is_dropped_and_the_others_are_kept(tmp_path: Path) -> None:
    source = pages(tmp_path / "pages")
    (source / "www.host0.example" / "long.html").write_bytes(b"<HTML><P>" + b"word " * 10_000_000)
    root = tmp_path / "run"
    result = erastyle("ingest", "web-1995", "--run", root, "--source", source, "--json")
    assert result.exit_code == 0, result.output
    stats = json.loads(result.stdout)["stages"][0]["stats"]
    assert stats["dropped"] + stats["quarantined"] == 1
    assert stats["kept"] == 4


def test_a_missing_base_model_is_refused_before_anything_runs(tmp_path: Path) -> None:
    base = tmp_path / "no" / "model"
    result = erastyle("run", "web-1995", "--run", tmp_path / "run", "--base", base)
    assert result.exit_code == 1
    assert "no such folder" in one_line(result.output)
    assert not (tmp_path / "run" / "ingest").exists()


def test_a_hub_model_without_a_network_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = erastyle("generate", "Hello.", "--base", "nobody/no-such-model")
    assert result.exit_code == 1
    line = one_line(result.output)
    assert "nobody/no-such-model" in line
    assert "--base" in line


def test_a_base_that_is_no_language_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bert").mkdir()
    config = {"model_type": "bert", "architectures": ["BertForMaskedLM"]}
    (tmp_path / "bert" / "config.json").write_text(json.dumps(config))
    result = erastyle("generate", "Hello.", "--base", tmp_path / "bert")
    assert result.exit_code == 1
    one_line(result.output)


def test_one_site_cannot_be_split_and_the_message_says_what_to_do(tmp_path: Path) -> None:
    source = pages(tmp_path / "pages", sites=1)
    result = erastyle("split", "web-1995", "--run", tmp_path / "run", "--source", source)
    assert result.exit_code == 1
    assert "at least 3 sites" in one_line(result.output)


def test_three_rows_are_too_few_to_train_on(tmp_path: Path, tiny_base: Path) -> None:
    result = erastyle(
        "train", "web-1995", "--run", tmp_path / "run", "--source", "synthetic:60@7",
        "--base", tiny_base, "--set", "train.max_tokens=1500",
    )  # fmt: skip
    assert result.exit_code == 1
    assert "training rows" in one_line(result.output)
    assert not any((tmp_path / "run" / "train").glob("*")), "nothing half-written stays behind"


def test_an_unknown_key_names_the_nearest_and_a_wrong_value_its_line(tmp_path: Path) -> None:
    result = erastyle("run", "web-1995", "--set", "train.ranks=3")
    assert result.exit_code == 2
    assert "Did you mean train.rank?" in one_line(result.output)
    file = tmp_path / "run.yaml"
    file.write_text("era: web-1995\ntrain:\n  lr: fast\n")
    result = erastyle("run", file)
    assert result.exit_code == 2
    assert f"{file}:3: train.lr" in one_line(result.output)


def test_an_unknown_era_and_an_unknown_stage_are_answered_with_the_known_ones(
    tmp_path: Path,
) -> None:
    result = erastyle("run", "web-1996")
    assert result.exit_code == 2
    assert "web-1995" in one_line(result.output)
    result = erastyle("run", "web-1995", "--run", tmp_path / "run", "--until", "dedup")
    assert result.exit_code == 2
    assert "Did you mean dedupe?" in one_line(result.output)


def test_a_run_directory_in_use_is_not_touched(tmp_path: Path) -> None:
    from erastyle.pipeline.runtime import runner

    with runner.lock(tmp_path / "run"):
        code = subprocess.run(
            [sys.executable, "-m", "erastyle", "ingest", "web-1995", "--run", tmp_path / "run"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert code.returncode == 1
    assert "in use by another erastyle" in one_line(code.stderr)


@pytest.mark.parametrize("stage", ["ingest", "clean", "train"])
def test_an_interruption_leaves_finished_stages_valid_and_nothing_half_written(
    stage: str, tmp_path: Path, tiny_base: Path
) -> None:
    root = tmp_path / "run"
    small = [*SMALL, "--set", "train.max_tokens=3000000", "--set", "train.epochs=100"]
    process = subprocess.Popen(
        [sys.executable, "-m", "erastyle", "run", "web-1995", "--run", str(root), "--base",
         str(tiny_base), *small],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 200
    while not list((root / stage).glob("*.partial")) and time.monotonic() < deadline:
        time.sleep(0.02)
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 130, errors
    assert "What was finished stays valid" in one_line(errors)
    assert erastyle("verify", root).exit_code == 0
    if stage != "train":  # training keeps its checkpoints to go on from
        assert not list((root / stage).glob("*.partial"))


def test_a_full_disk_is_said_and_the_run_goes_on_when_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=120k", "tmpfs", str(disk)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        result = erastyle("ingest", "web-1995", "--run", disk / "run")
        assert result.exit_code == 1
        assert "is full" in one_line(result.output)
        assert not list(disk.glob("run/ingest/*"))
        subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
        assert erastyle("ingest", "web-1995", "--run", disk / "run").exit_code == 0
        assert erastyle("verify", disk / "run").exit_code == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_damaged_manifest_is_an_error_that_says_what_to_remove(tmp_path: Path) -> None:
    root = tmp_path / "run"
    assert erastyle("ingest", "web-1995", "--run", root).exit_code == 0
    (out,) = (root / "ingest").iterdir()
    (out / manifest.NAME).write_text("{")
    result = erastyle("ingest", "--run", root)
    assert result.exit_code == 1
    assert f"Remove {out}" in one_line(result.output)


def test_status_of_something_else_is_refused(tmp_path: Path) -> None:
    result = erastyle("status", tmp_path)
    assert result.exit_code == 1
    assert "not a run directory" in one_line(result.output)


def test_the_version_of_the_generator_is_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_source("synthetic:5@1")
    before = source.digest()
    assert open_source("synthetic:5@1").digest() == before
    monkeypatch.setattr(synthetic, "VERSION", synthetic.VERSION + 1)
    assert source.digest() != before


def test_an_interruption_in_the_middle_of_an_import_ends_with_its_code(tmp_path: Path) -> None:
    """As if Ctrl-C fell into the making of a dataclass, which Python does with exec()."""
    (tmp_path / "interrupted.py").write_text(
        "import erastyle.planned_run, erastyle.cli, sys\n"
        "erastyle.planned_run.stage_outputs = lambda _: exec('raise KeyboardInterrupt')\n"
        "sys.argv = ['erastyle', 'verify', 'run']\n"
        "erastyle.cli.main()\n"
    )
    command = [sys.executable, "-m", "interrupted"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 130, done.stderr
