"""`erastyle export` and `erastyle verify` on a run, on a folder, and where something is wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from erastyle.train.export.export_folder import problems
from tests import gguf_files
from tests.conftest import ROOT, erastyle
from tests.unit.train.export.conftest import style_on

PEER = ROOT / "benchmarks" / ".venvs" / "llamacpp" / "bin" / "python"


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setenv("ERASTYLE_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="module")
def style(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A style model on a tiny Llama with the tokenizer rule of SmolLM2."""
    folder = tmp_path_factory.mktemp("style")
    gguf_files.write(folder / "tiny.gguf", gguf_files.Tiny())
    return style_on(folder / "tiny.gguf", folder / "model")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with documents and without a model."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    table = folder.parent / "pages.jsonl"
    made = folder.parent / "made"
    done = erastyle(
        "ingest", "web-1995", "--source", "synthetic:40@7",
        "--contrast", "synthetic-modern:10@7", "--run", made,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    from erastyle.pipeline.runtime import ledger

    (ingest,) = (made / "ingest").iterdir()
    licences = ("CC0", "All rights reserved.", "")
    rows = [
        {
            "body": document.body,
            "site": document.site,
            "source": document.source,
            "date": "1995-05-01",
            "licence": licences[number % 3],
        }
        for number, document in enumerate(ledger.read(ingest))
    ]
    table.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = erastyle(
        "split", "web-1995", "--source", table, "--contrast", "synthetic-modern:10@7",
        "--run", folder,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize("kind", ["adapter", "merged", "gguf", "gguf-lora", "ollama"])
def test_every_kind_is_exported_with_its_papers_and_verifies(
    kind: str, style: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = erastyle("export", style, "--to", kind, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["kind"] == kind
    assert told["checks"]
    papers = {"README.md", "LICENCES.md", "provenance.json", "SHA256SUMS"}
    assert papers | set(told["payload"]) == set(told["files"])
    card = (out / "README.md").read_text("utf-8")
    assert "written by a machine" in card or "made by a machine" in card
    assert str(style.parent) not in "".join(p.read_text("utf-8") for p in out.rglob("*.json"))
    shown = erastyle("verify", out)
    assert (shown.exit_code, "all as exported" in shown.output) == (0, True), shown.output
    sums = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=out, check=False)
    assert sums.returncode == 0


def test_a_tampered_export_does_not_verify(style: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert erastyle("export", style, "--to", "adapter", "--out", out).exit_code == 0
    weights = out / "adapter_model.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(bytes(raw))
    shown = erastyle("verify", out, "--json")
    assert shown.exit_code == 1
    assert "not the recorded one" in json.loads(shown.stdout)["problems"][0]


def test_a_tokenizer_that_llama_cpp_does_not_know_is_refused_and_merged_is_offered(
    tiny_base: Path, tmp_path: Path
) -> None:
    style = style_on(tiny_base, tmp_path / "style")
    for kind in ("gguf", "gguf-lora"):
        done = erastyle("export", style, "--to", kind, "--out", tmp_path / "out")
        assert done.exit_code == 1
        assert "llama.cpp does not know how its tokenizer splits words" in done.output
        assert "--to merged" in done.output
        assert sorted(p.name for p in tmp_path.iterdir()) == ["style"]
    done = erastyle("export", style, "--to", "merged", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("--to", "gguf"), 2, "name a place with --out"),
        (("--to", "adapter", "--strength", "0.5"), 2, "--strength is of the merged kinds"),
        (("--to", "merged", "--strength", "2"), 2, "from 0 (the base) to 1.5"),
        (("--to", "merged", "--type", "f16"), 2, "--type is of GGUF files"),
        (("--to", "ollama", "--type", "f16", "--type", "q8_0"), 2, "names one model"),
        (("--to", "merged", "--llama-cpp", "x"), 2, "--llama-cpp is of --to gguf"),
        (("--to", "merged", "--stated-only"), 2, "--stated-only is of --to corpus"),
        (("--to", "gguf", "--llama-cpp", "nowhere", "--out", "OUT"), 1, "no convert_hf_to_gguf.py"),
        (("--to", "corpus", "--out", "OUT"), 1, "is not a run directory"),
    ],
)
def test_wrong_use_is_said_in_one_line(
    more: tuple[str, ...], code: int, said: str, style: Path, tmp_path: Path
) -> None:
    arguments = [str(tmp_path / "out") if word == "OUT" else word for word in more]
    done = erastyle("export", style, *arguments)
    assert (done.exit_code, said in done.output) == (code, True), done.output
    assert not (tmp_path / "out").exists()


def test_the_persons_own_converter_is_run(style: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "llama.cpp"
    checkout.mkdir()
    script = checkout / "convert_hf_to_gguf.py"
    script.write_text(
        "import pathlib, sys\n"
        "weights = pathlib.Path(sys.argv[1])\n"
        "assert (weights / 'model.safetensors').is_file() and sys.argv[5] == 'f16'\n"
        "pathlib.Path(sys.argv[3]).write_bytes(b'GGUF and more')\n"
    )
    given = ("export", style, "--to", "gguf", "--type", "f16", "--llama-cpp", checkout)
    done = erastyle(*given, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "llama.cpp's own converter wrote them" in done.output
    assert list((tmp_path / "out").glob("*.gguf"))[0].read_bytes() == b"GGUF and more"
    script.write_text("raise SystemExit('no architecture of that name')")
    done = erastyle(*given, "--out", tmp_path / "other")
    assert done.exit_code == 1
    assert "no architecture of that name" in done.output
    assert not (tmp_path / "other").exists()


def test_a_corpus_leaves_out_what_may_not_be_passed_on_and_lists_it(
    run: Path, tmp_path: Path
) -> None:
    import pyarrow.parquet as pq

    out = tmp_path / "corpus"
    done = erastyle("export", run, "--to", "corpus", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    rows = pq.read_table(out / "data").to_pylist()
    listed = [json.loads(ln) for ln in (out / "left-out.jsonl").read_text("utf-8").splitlines()]
    assert {row["licence"] for row in rows} == {"CC0", ""}
    assert {line["licence"] for line in listed} == {"All rights reserved."}
    assert {line["why"] for line in listed} == {"all rights are reserved"}
    assert (told["documents"], told["left_out"]) == (len(rows), len(listed))
    assert not {row["id"] for row in rows} & {line["id"] for line in listed}
    assert not any(str(run.parent) in row["source"] for row in rows)
    described = json.loads((out / "croissant.json").read_text("utf-8"))
    (file,) = described["distribution"]
    assert (out / file["contentUrl"]).is_file()
    card = (out / "README.md").read_text("utf-8")
    assert f"{len(listed)} documents, listed in `left-out.jsonl`" in card
    assert erastyle("verify", out).exit_code == 0
    done = erastyle("export", run, "--to", "corpus", "--out", out, "--stated-only", "--replace")
    assert done.exit_code == 0, done.output
    assert {r["licence"] for r in pq.read_table(out / "data").to_pylist()} == {"CC0"}


def test_mlcroissant_reads_an_exported_corpus(run: Path, tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    assert erastyle("export", run, "--to", "corpus", "--out", tmp_path / "c").exit_code == 0
    data = mlcroissant.Dataset(jsonld=str(tmp_path / "c" / "croissant.json"))
    assert next(iter(data.records("documents")))


def test_a_run_without_a_model_says_what_to_do(run: Path) -> None:
    done = erastyle("export", run, "--to", "merged")
    assert done.exit_code == 1
    assert "erastyle train --run" in done.output


def test_a_full_disk_leaves_nothing(style: Path, tmp_path: Path) -> None:
    """On a real small disk where one can be mounted; a patched write stands in elsewhere."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    size = ["-t", "tmpfs", "-o", "size=700k", "tmpfs", str(disk)]
    if mount is None or subprocess.run([mount, *size], capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        for kind in ("gguf", "merged"):
            done = erastyle("export", style, "--to", kind, "--out", disk / "out")
            assert done.exit_code == 1
            assert "disk" in done.output
            assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


KILLED = """
import os, signal, sys
from pathlib import Path
from erastyle.exporting import exports
from erastyle.exporting.export_request import ExportRequest
import peft, torch, transformers, safetensors.torch
from erastyle.train.export import merged

model, parent, most = Path(sys.argv[1]), Path(sys.argv[2]), [int(n) for n in sys.argv[3].split(",")]
for kill_at in most:
    child = os.fork()
    if child == 0:
        seen = 0
        def watch(event, arguments):
            global seen
            changing = event in ("os.rename", "os.mkdir", "os.remove") or (
                event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_ACCMODE
            )
            if changing and str(parent) in str(arguments[0]):
                seen += 1
                if seen == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(watch)
        place = parent / str(kill_at) / "out"
        exports.export(ExportRequest(model, "merged", place))
        print("whole after", seen, flush=True)
        os._exit(0)
    print(kill_at, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.mark.parametrize(
    "points",
    [(12, 1000), pytest.param((*range(1, 24), 1000), marks=pytest.mark.slow)],
    ids=["few", "every"],
)
def test_an_export_killed_at_any_point_leaves_nothing_that_passes(
    points: tuple[int, ...], style: Path, tmp_path: Path
) -> None:
    search = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", KILLED, style, tmp_path, ",".join(map(str, points))],
        env=os.environ | {"PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=True,
    )
    ends: dict[int, int] = {}
    for line in done.stdout.splitlines():
        if line[0].isdigit():
            point, code = line.split()
            ends[int(point)] = int(code)
    whole = int(done.stdout.split("whole after")[-1].split()[0])
    killed = [point for point, code in ends.items() if code == -signal.SIGKILL]
    assert ends[1000] == 0
    assert killed == [point for point in points if point <= whole]
    assert len(killed) >= min(10, len(points) - 1)
    after_rename = 0
    for point in killed:
        folders = [p for p in (tmp_path / str(point)).glob("*") if p.is_dir()]
        passing = [p for p in folders if not list(problems(p))]
        if passing:  # killed behind the rename: the export is whole
            assert [p.name for p in passing] == ["out"]
            after_rename += 1
    assert after_rename <= 2
    first = erastyle(
        "export", style, "--to", "merged", "--out", tmp_path / str(killed[len(killed) // 2]) / "out"
    )
    assert first.exit_code == 0, first.output
    assert [p.name for p in (tmp_path / str(killed[len(killed) // 2])).iterdir()] == ["out"]


@pytest.fixture(scope="module")
def llama_cpp() -> Path:
    """Python of an environment with llama.cpp."""
    if not PEER.exists():
        pytest.skip(f"needs llama.cpp in {PEER}: `python benchmarks/export.py RUN --peers`")
    return PEER


def asked(python: Path, lines: list[dict[str, Any]], *files: Path) -> list[dict[str, Any]]:
    """Return what llama.cpp's server answers."""
    script = ROOT / "benchmarks" / "export_server.py"
    done = subprocess.run(
        [str(python), str(script), *map(str, files)],
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def likeliest(model: Any, ids: list[int]) -> Any:
    import torch

    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids])).logits[0, -1].log_softmax(-1)


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_llama_cpp_runs_the_files_and_the_adapter(
    architecture: str, llama_cpp: Path, tmp_path: Path
) -> None:
    from erastyle.train.model import loading
    from erastyle.train.model.prompt import Encoder
    from erastyle.train.model.strength import set_strength

    rule = "smollm" if architecture == "llama" else "qwen2"
    gguf_files.write(tmp_path / "tiny.gguf", gguf_files.Tiny(architecture, rule=rule))
    style = style_on(tmp_path / "tiny.gguf", tmp_path / "style")
    for kind, more in (("gguf", ("--strength", "0", "--strength", "1")), ("gguf-lora", ())):
        done = erastyle("export", style, "--to", kind, "--out", tmp_path / kind, *more)
        assert done.exit_code == 0, done.output
    tokenizer = loading.load_tokenizer(str(tmp_path / "tiny.gguf"))
    encoder = Encoder(tokenizer)
    model = loading.load_style(style)
    text = "In the 1990s a <|im_end|> page"
    ids = encoder.text(text)
    (whole,) = (p for p in (tmp_path / "gguf").glob("*-f16.gguf") if "strength-0" not in p.name)
    (base,) = (tmp_path / "gguf").glob("*-strength-0-f16.gguf")
    (lora,) = (tmp_path / "gguf-lora").glob("*.gguf")
    given = [{"text": text}, {"chat": text.replace("<|im_end|>", ""), "n": 4}, {"ids": ids}]
    tokens, chat, answer = asked(llama_cpp, given, whole)
    assert tokens["ids"] == ids
    assert chat["prompt"] == len(encoder.prompt(text.replace("<|im_end|>", "")))
    expected = likeliest(model, ids)
    for token, value in answer.items():
        assert float(expected[int(token)]) == pytest.approx(
            value, abs=0.5
        )  # wrong rows differ by nats
    scales = (0.0, 0.5, 1.0)
    answers = asked(llama_cpp, [{"ids": ids, "scale": scale} for scale in scales], base, lora)
    for scale, answer in zip(scales, answers, strict=True):
        set_strength(model, scale)
        expected = likeliest(model, ids)
        for token, value in answer.items():
            assert float(expected[int(token)]) == pytest.approx(
                value, abs=0.5
            )  # wrong rows differ by nats
