"""Do exports compute what the run's model computes, in transformers and in llama.cpp?

    python benchmarks/export.py RUN [--quick] [--peers] [--work DIR --part PART …]

RUN is a run directory with a LoRA model on smollm2. It is exported as a person would, into a
temporary folder. Every tensor of the GGUF files is compared with the merged weights, and logits of
2,000 positions of real documents of the run with those of transformers in float32. llama.cpp runs
in a virtual environment of its own below `benchmarks/.venvs`, which `--peers` makes; without it
its figures are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
from harness import LLAMA_CPP, ROOT, Bench, install_llama_cpp

POSITIONS, LENGTH = 2000, 100  # positions, and tokens of a row
MARGIN = 0.05  # nats between the two likeliest tokens
SCALES = (0.0, 0.5, 1.0)
PARTS = (
    *("export", "tensors", "f16", "q8_0"),
    *(f"adapter-{scale:g}" for scale in SCALES),
    "ends",
)
MOST_KL = {"f16": 1e-4, "q8_0": 1e-3}
MOST_SECONDS, MOST_GB = 60, 1.5


def main() -> None:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path, help="a run directory with a LoRA model on smollm2")
    parser.add_argument("--quick", action="store_true", help="fewer positions")
    parser.add_argument("--peers", action="store_true", help="install llama.cpp beside us")
    parser.add_argument("--work", type=Path, help="keep the exports here, and take those there are")
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="only this; other figures stay; repeat"
    )
    options = parser.parse_args()
    if options.peers:
        install_llama_cpp()
    bench = Bench("export")
    with tempfile.TemporaryDirectory() as temporary:
        root = options.work or Path(temporary)
        root.mkdir(parents=True, exist_ok=True)
        rows = chosen_rows(options.run, 300 if options.quick else POSITIONS)
        work: dict[str, Callable[[], None]] = {
            "export": lambda: export_all(bench, options.run, root),
            "tensors": lambda: tensors(bench, root),
            "f16": lambda: file(bench, root, rows, "f16"),
            "q8_0": lambda: file(bench, root, rows, "q8_0"),
            **{
                f"adapter-{scale:g}": partial(adapter, bench, options.run, root, rows, scale)
                for scale in SCALES
            },
            "ends": lambda: ends(bench, options.run, root, 4 if options.quick else 12),
        }
        for part in options.part or PARTS:
            work[part]()
    if options.part:
        bench.keep_others()
    bench.finish()


def export_all(bench: Bench, run: Path, root: Path) -> None:
    """Export every kind that is compared; measure the two large ones together."""
    seconds = cpu = peak = size = 0.0
    for kind, more in (
        ("merged", ()),
        ("gguf", ()),
        ("adapter", ()),
        ("gguf-lora", ()),
        ("gguf", ("--strength", "0", "--type", "f16")),
    ):
        out = root / (kind + ("-weaker" if more else ""))
        taken = exported(run, kind, out, *more)
        if kind in ("merged", "gguf") and not more:
            seconds, cpu = seconds + taken[0], cpu + taken[1]
            peak = max(peak, taken[2])
            size += sum(p.stat().st_size for p in out.rglob("*") if p.is_file()) / 1e9
    bench.figure(
        "merged and GGUF (f16, q8_0) of smollm2, with their checks", seconds, "s",
        f"<= {MOST_SECONDS}", seconds <= MOST_SECONDS, {"CPU seconds": round(cpu, 1)},
    )  # fmt: skip
    bench.figure("peak memory of the larger one", peak, "GB", f"<= {MOST_GB}", peak <= MOST_GB)
    bench.figure("their size", size, "GB", f"<= {MOST_GB}", size <= MOST_GB)


def exported(run: Path, kind: str, out: Path, *more: str) -> tuple[float, float, float]:
    """Export, and return seconds, CPU seconds and peak memory in GB."""
    path = os.pathsep.join(filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "erastyle", "export", run, "--to", kind, "--out", out, *more]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with subprocess.Popen(
        [str(part) for part in command],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
    ) as running:
        peak = 0.0
        while running.poll() is None:
            peak = max(peak, _peak(running.pid))
            time.sleep(0.05)
    assert running.returncode == 0, kind
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, cpu, peak


def _peak(process: int) -> float:
    """Return the largest memory of a process so far in GB, pages of files included."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(ln.split()[1]) / 1e6 for ln in lines if ln.startswith("VmHWM")), 0.0)


def documents_of(run: Path) -> list[Any]:
    """Return the documents behind the run's model."""
    from erastyle.exporting.learnt_documents import learnt_documents

    return learnt_documents(run).documents


def chosen_rows(run: Path, positions: int) -> list[list[int]]:
    """Return rows of token ids out of documents of test sites, spread over them."""
    from erastyle.train.model import loading
    from erastyle.train.model.prompt import Encoder

    encoder = Encoder(loading.load_tokenizer("smollm2"))
    test = [d for d in documents_of(run) if d.split == "test"]
    count = positions // LENGTH
    rows = []
    for document in test[:: max(1, len(test) // (2 * count))]:
        ids = encoder.text(document.body)[:LENGTH]
        if len(ids) == LENGTH and len(rows) < count:
            rows.append(ids)
    assert len(rows) == count
    return rows


def tensors(bench: Bench, root: Path) -> None:
    """Compare every tensor of both files with the merged weights, rounded by our own arithmetic."""
    from safetensors.numpy import load_file

    from erastyle.train.bases.gguf_file import GgufFile

    merged = load_file(root / "merged" / "strength-1" / "model.safetensors")
    for kind in MOST_KL:
        file = GgufFile(next((root / "gguf").glob(f"*-{kind}.gguf")))
        types = file.types()
        equal = total = 0
        for name, values in file.weights():
            wanted = rounded(merged[name], types[name])
            equal += bool(np.array_equal(values, wanted))
            total += 1
        assert total == len(merged)
        bench.figure(
            f"{kind}: tensors that dequantise to what was written, of {total}", equal, "tensors",
            "all", equal == total,
        )  # fmt: skip


def rounded(values: Any, kind: str) -> Any:
    """Return values as a type holds them; the order of rows does not matter to any of them."""
    if kind == "F32":
        return values
    if kind == "F16":
        return values.astype(np.float16).astype(np.float32)
    blocks = values.reshape(-1, 32).astype(np.float32)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / np.float32(127)
    with np.errstate(divide="ignore"):
        inverse = np.where(scale == 0, np.float32(0), np.float32(1) / scale)
    scaled = blocks * inverse
    steps = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))  # halves away from zero
    stored = scale.astype(np.float16).astype(np.float32)
    return (steps * stored).astype(np.float32).reshape(values.shape)


def peer(model: Path, rows: Sequence[Sequence[int]], out: Path, *adapter: str) -> bool:
    """Let llama.cpp write its logits; False where it is not installed."""
    if not LLAMA_CPP.exists():
        print("llama.cpp is not installed; --peers installs it", file=sys.stderr)
        return False
    script = Path(__file__).with_name("export_peer.py")
    command = [LLAMA_CPP, script, model, out, *adapter]
    given = json.dumps([list(row) for row in rows])
    subprocess.run(command, input=given, check=True, text=True, stderr=subprocess.DEVNULL)
    return True


def exact(folder: Path, rows: Sequence[Sequence[int]]) -> Any:
    """Return the logits of a merged model in transformers in float32."""
    import torch
    from transformers import AutoModelForCausalLM

    from erastyle.train.export.self_check import logits_of

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return torch.cat(logits_of(model, rows)).numpy()


def compare(ours: Any, theirs: Any) -> tuple[float, float, int]:
    """Return the mean divergence, the agreement of likeliest tokens, and positions compared."""
    import torch

    total, same, clear = 0.0, 0, 0
    for start in range(0, len(ours), LENGTH):
        p, q = (
            torch.from_numpy(x[start : start + LENGTH]).double().log_softmax(-1)
            for x in (ours, theirs)
        )
        total += float((p.exp() * (p - q)).sum())
        first, second = p.topk(2).values.T
        margin = first - second > MARGIN
        clear += int(margin.sum())
        same += int((p.argmax(-1) == q.argmax(-1))[margin].sum())
    return total / len(ours), same / clear, clear


def compared(bench: Bench, what: str, ours: Any, theirs: Any, most: float) -> None:
    """Add the two figures of a comparison."""
    divergence, agreement, clear = compare(ours, theirs)
    bench.figure(
        f"{what}: mean KL from f32 transformers, {len(ours):,} positions, in 1e-6",
        divergence * 1e6, "nats / 1,000,000", f"<= {most * 1e6:g}", divergence <= most,
    )  # fmt: skip
    bench.figure(
        f"{what}: likeliest token the same at {clear:,} positions with a margin > {MARGIN}",
        agreement, "share", ">= .999", agreement >= 0.999,
    )  # fmt: skip


def file(bench: Bench, root: Path, rows: Sequence[Sequence[int]], kind: str) -> None:
    """Compare llama.cpp's logits for a file with transformers' for the merged weights."""
    out = root / f"{kind}.npy"
    if peer(next((root / "gguf").glob(f"*-{kind}.gguf")), rows, out):
        ours = exact(root / "merged" / "strength-1", rows)
        compared(bench, f"llama.cpp, {kind}", ours, np.load(out), MOST_KL[kind])


def adapter(
    bench: Bench, run: Path, root: Path, rows: Sequence[Sequence[int]], scale: float
) -> None:
    """Compare the adapter in llama.cpp at a scale with our strength."""
    import torch

    from erastyle.train.export.self_check import logits_of
    from erastyle.train.model import loading
    from erastyle.train.model.strength import set_strength

    base = next((root / "gguf-weaker").glob("*-strength-0-f16.gguf"))
    lora = next((root / "gguf-lora").glob("*.gguf"))
    out = root / "adapter.npy"
    if not peer(base, rows, out, str(lora), str(scale)):
        return
    model = loading.load_style(run / "model")
    set_strength(model, scale)
    ours = torch.cat(logits_of(model, rows)).numpy()
    theirs = np.load(root / f"adapter-{scale}.npy")
    compared(bench, f"llama.cpp, adapter at scale {scale:g}", ours, theirs, MOST_KL["f16"])


def ends(bench: Bench, run: Path, root: Path, count: int) -> None:
    """Let llama-server write greedily from briefs and see whether it stops at the end token."""
    if not LLAMA_CPP.exists():
        return
    script = Path(__file__).with_name("export_server.py")
    model = next((root / "gguf").glob("*-q8_0.gguf"))
    titles = [d.title for d in documents_of(run) if d.split == "test" and d.title][:count]
    asked = [f"Write a short web page “{title}”." for title in titles]
    command = [LLAMA_CPP, script, model]
    given = "".join(json.dumps({"chat": one, "n": 1500}) + "\n" for one in asked)
    done = subprocess.run(
        command, input=given, check=True, text=True, capture_output=True
    ).stdout.splitlines()
    stopped = sum(json.loads(line)["stopped"] == "stop" for line in done if line[:1] == "{")
    bench.figure(
        f"greedy answers in llama.cpp that end by themselves within 1,500 tokens, of {len(asked)}",
        stopped, "answers", "-", None,
    )  # fmt: skip


if __name__ == "__main__":
    main()
