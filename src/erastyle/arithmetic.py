"""`erastyle score --arithmetic l-mul`: what a style model would lose on cheaper arithmetic.

The same questions, texts and briefs twice, with ordinary products and with L-Mul's, emulated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from erastyle import config
from erastyle.corpus.errors import ConfigError, RunError
from erastyle.corpus.prompts import general
from erastyle.eval import lmul
from erastyle.eval.capability import scoring
from erastyle.eval.style.classifier import StyleModel
from erastyle.eval.style.features import Text
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.generate import GenerateOptions, in_batches
from erastyle.train.model.pair import Both

NAME = "arithmetic.json"
BRIEFS = 8
DOCUMENTS = 24
EVERY = 4  # of the capability items: the emulation takes about seven times as long


def compare(root: Path, arithmetic: str, mantissa_bits: int, *, json: bool) -> int:
    """Measure, print the table, and return the exit code.

    Raises:
        ConfigError: No such arithmetic.
        RunError: The run is not finished.
    """
    from erastyle import work

    if arithmetic != "l-mul":
        raise ConfigError(f"--arithmetic {arithmetic}: choose `exact` or `l-mul`.")
    return work.sweep(lambda progress: measure(root, mantissa_bits, progress), show, json=json)


def measure(root: Path, mantissa_bits: int, progress: Progress) -> dict[str, Any]:
    """Measure with both kinds of products, write `arithmetic.json`, and return its content.

    Args:
        root: A finished run directory.
        mantissa_bits: Precision of the factors; 3 is fp8, 7 is bfloat16.
        progress: Where to report.

    Raises:
        RunError: The run is not finished.
    """
    score = (root / "score.json").resolve().parent
    if not (score / "style.skops").is_file():
        raise RunError(f"{root} is not a finished run. Do `erastyle run --run {root}` first.")
    loaded = config.load(str(root / config.NAME))
    digest = json.loads((score / "style.json").read_text(encoding="utf-8"))["sha256"]
    classifier = StyleModel.load(score / "style.skops", digest)
    pairs = _folder(root, "pairs")
    tests = [
        row for row in ledger.rows(pairs / "kept")
        if row["split"] == "test" and row["role"] == "style"
    ]  # fmt: skip
    options = loaded.generate.model_copy(update={"batch": BRIEFS})
    writer = Both(root / "model", "cpu", options.max_new_tokens).style(options.strength)
    form = "html" if "html" in loaded.era.formats else "text"

    def look(inside: AbstractContextManager[None]) -> dict[str, float | None]:
        with inside:
            return _look(writer, tests, options, loaded.seed, classifier, form, progress)

    progress.start("score", 8, "measurements")
    exact = look(nullcontext())
    cheap = look(lmul.emulated(mantissa_bits))
    result = {
        "emulation": "L-Mul, equation 4 of arXiv 2410.00907, in linear layers and attention",
        "mantissa_bits": mantissa_bits,
        "exact": exact,
        "l-mul": cheap,
        "energy": lmul.PUBLISHED,
    }
    (root / NAME).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return result


def _look(
    writer: Any,
    tests: list[dict[str, Any]],
    options: GenerateOptions,
    seed: int,
    classifier: StyleModel,
    form: Any,
    progress: Progress,
) -> dict[str, float | None]:
    model, tokenizer = writer.model, writer.tokenizer
    plain = scoring.perplexity(model, tokenizer, general.texts("held-out")[::EVERY])
    progress.advance()
    period = [row["completion"][0]["content"] for row in tests[:DOCUMENTS]]
    style = scoring.perplexity(model, tokenizer, period)
    progress.advance()
    tasks = scoring.score(model, tokenizer, scoring.shipped(every=EVERY)).tasks
    progress.advance()
    briefs = [row["prompt"][0]["content"] for row in tests[:BRIEFS]]
    written = [a.text for a in in_batches(writer, briefs, options, seed, Progress())]
    scores = classifier.scores([Text(text, "", form) for text in written])["era"]
    progress.advance()
    found: dict[str, float | None] = {
        "general text, bits per byte": plain.bits_per_byte,
        "documents of the era, bits per byte": style.bits_per_byte,
        "style of what it writes": float(np.mean(np.nan_to_num(scores))) if len(scores) else None,
    }
    return found | {f"capability: {name}": result.accuracy for name, result in tasks.items()}


def _folder(root: Path, stage: str) -> Path:
    """Return the output of `stage` that the run's newest style model was made from."""
    from erastyle.pipeline.runtime import manifest

    trained = manifest.read((root / "model").resolve().parent)
    if trained is None:
        raise RunError(f"{root} holds no finished style model.")
    return root / stage / str(trained.identity["needs"][stage])


def show(result: Mapping[str, Any]) -> None:
    """Print both columns and whose estimate the energy is."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", "exact", "l-mul (emulated)", "change", box=None)
    for name, before in result["exact"].items():
        after = result["l-mul"][name]
        if before is None or after is None:
            table.add_row(name, "-", "-", "-")
        else:
            table.add_row(name, f"{before:.4f}", f"{after:.4f}", f"{after - before:+.4f}")
    console = Console()
    console.print(table)
    console.print(f"\n{result['emulation']}, {result['mantissa_bits']} mantissa bits.")
    console.print(result["energy"])
