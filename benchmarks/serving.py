"""Does the server answer at once, to eight people, and to anything that is sent to it?

    python benchmarks/serving.py [--quick] [--part fuzz|load|start|speed] [--run RUN] [--peers]

The parts: `fuzz` sends generated requests (schemathesis) to a tiny model by its own OpenAPI and
counts answers of 5xx; `load` sends what people and programs mix, among it errors and clients that
leave, and looks at the server's memory; `start` is the command from its start to its first answer,
with its memory; `speed` is the first token, and eight people at once, on the starter and on the
base of RUN.
Schemathesis runs in an environment of its own below `benchmarks/.venvs`, which `--peers` makes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from harness import ROOT, Bench

PEER = ROOT / "benchmarks" / ".venvs" / "schemathesis" / "bin" / "python"
BRIEFS = ("kites", "boats", "bees", "cats", "hats", "trains", "stars", "tulips")
PEOPLE = 8


def main() -> None:
    """Print the table and write results/serving.json."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a part of the requests")
    parser.add_argument("--part", choices=("fuzz", "load", "start", "speed"),
                        help="only this part")  # fmt: skip
    parser.add_argument("--run", type=Path, help="a finished run on smollm2, for `speed`")
    parser.add_argument("--seconds", type=int, default=600, help="time of `fuzz` and `load`")
    parser.add_argument("--peers", action="store_true", help="install schemathesis")
    options = parser.parse_args()
    if options.peers and not PEER.exists():
        subprocess.run([sys.executable, "-m", "venv", PEER.parent.parent], check=True)
        subprocess.run([PEER, "-m", "pip", "install", "-q", "schemathesis"], check=True)
    bench = Bench("serving")
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        seconds = 60 if options.quick else options.seconds
        work = {
            "fuzz": lambda: fuzz(bench, root, seconds),
            "load": lambda: load(bench, root, seconds),
            "start": lambda: start(bench, root),
            "speed": lambda: speed(bench, root, options.run),
        }
        for part in [options.part] if options.part else list(work):
            work[part]()
    bench.keep_others()
    bench.finish()


def untrained_style(folder: Path, base: str) -> Path:
    """Make the folder of a LoRA style that was not trained: it costs what a trained one costs."""
    from peft import LoraConfig, get_peft_model

    from erastyle.train.model import loading
    from erastyle.train.model.folder import StyleModelInfo, write_description

    model = get_peft_model(loading.load_base(base), LoraConfig(r=16, target_modules="all-linear"))
    folder.mkdir(parents=True)
    model.save_pretrained(str(folder / "adapter"))
    digest = loading.base_digest(base)
    about = {"base": base, "base_digest": digest, "era": "web-1995", "max_length": 512}
    write_description(folder, StyleModelInfo.model_validate(about | {"method": "lora"}))
    return folder


def tiny_base(folder: Path) -> str:
    """Make a base of two layers with the starter's tokenizer and a context of 160 tokens."""
    from transformers import LlamaConfig, LlamaForCausalLM

    from erastyle.train.model import loading

    tokenizer = loading.load_tokenizer(loading.STARTER)
    ends = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id}
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=160,
        tie_word_embeddings=True, bos_token_id=None, **ends,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@contextlib.contextmanager
def served(*places: Path) -> Iterator[tuple[str, Counter[int]]]:
    """Serve styles in this process; gives the address, and a count of answers by status."""
    import uvicorn

    from erastyle.serving import listen
    from erastyle.serving.app import create_app
    from erastyle.serving.styles import Styles

    styles = Styles.of(places)
    app = create_app(styles)
    fields = app.openapi()["components"]["schemas"]
    for name in ("ChatFields", "CompletionFields"):  # else hardly a request names a style
        fields[name]["properties"]["model"] |= {"enum": [*styles.names(), "gpt-5"]}
    statuses: Counter[int] = Counter()

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        async def count(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses[message["status"]] += 1
            await send(message)

        await app(scope, receive, count)

    with listen.bind("127.0.0.1", 0) as bound:
        server = uvicorn.Server(uvicorn.Config(counted, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield listen.address(bound), statuses
        server.should_exit = True
        thread.join(20)


def fuzz(bench: Bench, root: Path, seconds: int) -> None:
    """Send what schemathesis makes of our OpenAPI, and count answers of 5xx."""
    tool = PEER.with_name("schemathesis")
    if not tool.exists():
        print("schemathesis is not installed; --peers installs it", file=sys.stderr)
        return
    style = untrained_style(root / "tiny", tiny_base(root / "tiny-base"))
    with served(style) as (address, statuses):
        command = [tool, "run", f"{address}/openapi.json", "--checks", "not_a_server_error",
                   "--max-time", seconds, "--max-examples", 2000, "--workers", 2,
                   "--request-timeout", 60,
                   "--continue-on-failure", "--suppress-health-check", "all",
                   "--no-color"]  # fmt: skip
        subprocess.run(
            list(map(str, command)), check=False, timeout=2 * seconds + 120, cwd=root,
            stdout=sys.stderr,
        )  # fmt: skip
    failed = sum(count for status, count in statuses.items() if status >= 500)
    by_status = {str(status): count for status, count in sorted(statuses.items())}
    bench.figure("fuzzed requests", statuses.total(), "requests", ">= 10,000",
                 statuses.total() >= 10_000, by_status)  # fmt: skip
    bench.figure("fuzzed requests answered with 5xx", failed, "answers", "0", failed == 0)


@contextlib.contextmanager
def commanded(style: Path) -> Iterator[tuple[str, int]]:
    """Run `erastyle serve`; gives its address and its process once it has answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = os.pathsep.join(filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "erastyle", "serve", style, "--port", str(port)]
    process = subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": path}, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while process.poll() is None:
            with contextlib.suppress(httpx2.HTTPError):
                if httpx2.get(f"{address}/health").status_code == 200:
                    break
            time.sleep(0.01)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(20)


def mixed(address: str, model: str, turn: int) -> None:
    """Send what comes in: streams, texts at once, clients that leave, and errors."""
    brief = f"{BRIEFS[turn % PEOPLE]} number {turn}"
    match turn % KINDS:
        case 0:
            ask(address, model, brief, max_tokens=60)
        case 1:
            ask(address, model, brief, max_tokens=200, guards=True)
        case 2:
            leave(address, model, brief)
        case 3:
            send(address, model, brief, n=3, max_tokens=30)
        case 4:
            send(address, f"{model}@0.5", brief, max_tokens=30)
        case 5:
            send(address, "gpt-5", brief)
        case 6:
            send(address, model, brief * 4000)
        case 7:
            send(address, model, brief, temperature="hot")
        case _:
            httpx2.get(f"{address}/v1/models")


KINDS = 9
LOADERS = 6


def load(bench: Bench, root: Path, seconds: int) -> None:
    """Send a mixture for so many seconds; compare the memory of the last tenth with the second."""
    import psutil

    style = untrained_style(root / "loaded", tiny_base(root / "loaded-base"))
    sent: Counter[int] = Counter()
    seen: list[tuple[float, float]] = []
    with commanded(style) as (address, process):
        name = httpx2.get(f"{address}/v1/models").json()["data"][0]["id"]
        begun = time.monotonic()

        def loader(first: int) -> None:
            turn = first
            while time.monotonic() < begun + seconds:
                with contextlib.suppress(httpx2.HTTPError):
                    mixed(address, name, turn)
                    sent[turn % KINDS] += 1
                turn += LOADERS

        with ThreadPoolExecutor(LOADERS) as people:
            ended = [people.submit(loader, first) for first in range(LOADERS)]
            while time.monotonic() < begun + seconds:
                at = (time.monotonic() - begun) / seconds
                seen.append((at, psutil.Process(process).memory_info().rss / 1e6))
                time.sleep(0.5)
            for one in ended:
                one.result()
        well = httpx2.get(f"{address}/health").status_code
    early = statistics.median(memory for at, memory in seen if 0.1 <= at < 0.2)
    late = statistics.median(memory for at, memory in seen if at >= 0.9)
    bench.figure("memory after the load, of what it was at its beginning", late / early, "times",
                 "<= 1.05", late / early <= 1.05 and well == 200,
                 {"seconds": seconds, "requests": sent.total(), "MB, early": round(early, 1),
                  "MB, late": round(late, 1)})  # fmt: skip


def send(address: str, model: str, brief: str, **fields: object) -> int:
    """Ask for a text that comes at once; return the status of the answer."""
    body = {"model": model, "messages": [{"role": "user", "content": f"A page about {brief}."}]}
    return httpx2.post(
        f"{address}/v1/chat/completions", json=body | fields, timeout=300
    ).status_code


def leave(address: str, model: str, brief: str) -> None:
    """Ask for a stream, and go away after its first line."""
    body = {"model": model, "stream": True, "max_tokens": 200,
            "messages": [{"role": "user", "content": brief}]}  # fmt: skip
    url = f"{address}/v1/chat/completions"
    with httpx2.stream("POST", url, json=body, timeout=300) as answer:
        next(answer.iter_lines(), None)


def start(bench: Bench, root: Path) -> None:
    """Time the command from its start to its first answer, and look at its memory."""
    import psutil

    style = untrained_style(root / "started", "starter")
    seconds, cpu, memory = [], [], []
    for _ in range(3):
        begun = time.monotonic()
        with commanded(style) as (_, process):
            seconds.append(time.monotonic() - begun)
            seen = psutil.Process(process)
            cpu.append(sum(seen.cpu_times()[:2]))
            memory.append(seen.memory_info().rss / 1e6)
    bench.figure("first answer after start", min(cpu), "CPU s", "<= 1", min(cpu) <= 1,
                 {"seconds, on a machine that others use": round(min(seconds), 2)})  # fmt: skip
    bench.figure("memory before a model is opened", max(memory), "MB", "<= 120", max(memory) <= 120)


def speed(bench: Bench, root: Path, run: Path | None) -> None:
    """Time the first token, and let eight people ask at once."""
    cases = [("starter", untrained_style(root / "fast", "starter"), 0.5)]
    if run is not None:
        cases.append(("smollm2", run, 2.0))
    for base, style, goal in cases:
        with served(style) as (address, _):
            name = httpx2.get(f"{address}/v1/models").json()["data"][0]["id"]
            ask(address, name, "warm-up", max_tokens=8)
            firsts = sorted(first for first, _, _ in (ask(address, name, b) for b in BRIEFS[:3]))
            bench.figure(f"first token, {base}", firsts[1], "s", f"<= {goal}", firsts[1] <= goal)
            guarded, _, _ = ask(address, name, BRIEFS[3], guards=True)
            bench.figure(f"first text that the guards let stand, {base}", guarded, "s", "", None)
            begun = time.monotonic()
            with ThreadPoolExecutor(PEOPLE) as people:
                answers = list(people.map(partial(ask, address, name), BRIEFS[:PEOPLE]))
            took = time.monotonic() - begun
            whole = sum(end == "[DONE]" for _, _, end in answers)
            slowest = max(first for first, _, _ in answers)
            bench.figure(
                f"answers to 8 people at once, {base}", whole, "answers", "8", whole == PEOPLE,
                {"first token of the slowest, s": round(slowest, 2), "all, s": round(took, 2)},
            )  # fmt: skip


def ask(
    address: str, model: str, brief: str, *, max_tokens: int = 40, guards: bool = False
) -> tuple[float, float, str]:
    """Stream an answer; return the seconds to its first text and to its end, and how it ends."""
    body = {
        "model": model, "stream": True, "max_tokens": max_tokens, "guards": guards, "seed": 1,
        "messages": [{"role": "user", "content": f"A page about {brief}."}],
    }  # fmt: skip
    begun, first, last = time.monotonic(), 0.0, ""
    url = f"{address}/v1/chat/completions"
    with httpx2.stream("POST", url, json=body, timeout=300) as answer:
        for line in answer.iter_lines():
            if not line.startswith("data: "):
                continue
            last = line.removeprefix("data: ")
            if not first and last != "[DONE]":
                choices = json.loads(last).get("choices") or [{}]
                if choices[0].get("delta", {}).get("content"):
                    first = time.monotonic() - begun
    return first or time.monotonic() - begun, time.monotonic() - begun, last


if __name__ == "__main__":
    main()
