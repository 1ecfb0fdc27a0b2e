"""What does each way of training gain, and what does the model forget for it?

The embedded starter learns real 1990s pages (`shared/data` beside the checkout) in several ways,
with the same pairs, tokens and briefs. Style gained is the fall of the loss on pages of unseen
sites; forgotten is general accuracy and bits per byte of general text, both against the base.

    python benchmarks/forgetting.py [--quick] [--run DIR] [--way NAME]...
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness import Bench, run_erastyle, shared_data

WAYS: dict[str, tuple[str, ...]] = {
    "full, no rehearsal": ("train.method=full", "pairs.rehearsal=0"),
    "lora, no rehearsal": ("pairs.rehearsal=0",),
    "full + rehearsal": ("train.method=full",),
    "lora + rehearsal": (),
    "blend + rehearsal": ("train.method=blend",),
    "lora + rehearsal + kl": ("train.kl=0.1",),
    "lora + self-rehearsal": ("train.rehearsal=self",),
}
FREE = ("train.max_general_rise=null", "train.max_gap=null")  # else the guards would hide it
QUICK = ("train.max_tokens=90000", "generate.briefs=8", "score.every=4")
CLEARLY = 0.02  # the most that may be lost
FULL, LORA = "full, no rehearsal", "lora + rehearsal"


def main() -> None:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="few tokens, briefs and questions")
    parser.add_argument("--run", type=Path, help="run directory to use and keep")
    parser.add_argument(
        "--way", action="append", choices=WAYS, help="this one beside those with goals; repeat"
    )
    options = parser.parse_args()
    data = shared_data()
    bench = Bench("forgetting")
    with tempfile.TemporaryDirectory() as temporary:
        root = options.run or Path(temporary) / "run"
        run_erastyle(
            "pairs", "web-1995", "--run", str(root), "--source", str(data / "web1990s.warc.gz"),
            "--contrast", str(data / "modern-web.warc.gz"),
        )  # fmt: skip
        ways = [n for n in WAYS if not options.way or n in (FULL, LORA, *options.way)]
        found = measure(root, ways, FREE + (QUICK if options.quick else ()))
    for name, values in found.items():
        report(bench, name, values)
    goals(bench, found)
    bench.finish()


def measure(
    root: Path, ways: Sequence[str], overrides: tuple[str, ...]
) -> dict[str, dict[str, float]]:
    """Return, by way of training, style gained and what was forgotten."""
    from erastyle import variants
    from erastyle.pipeline.runtime.progress import Lines

    found: dict[str, dict[str, float]] = {}
    changes = [variants.Variant(name, WAYS[name]) for name in ways]
    for scored in variants.run(root, changes, overrides, Lines()):
        train = scored.manifests["train"]
        losses = train.stats["dev_loss"]["style"]
        found[scored.name] = {
            "style_gain": losses[0] - min(losses[1:]),
            "style_score": _number(scored.metric("style_score"), "style"),
            "accuracy": _number(scored.line("capability"), "value"),
            "general": _number(scored.line("general_loss"), "value"),
            "cpu_seconds": train.cpu_seconds,
        }
    return found


def _number(found: dict[str, Any] | None, name: str) -> float:
    value = (found or {}).get(name)
    return float("nan") if value is None else float(value)


def report(bench: Bench, name: str, values: dict[str, float]) -> None:
    """Add the figures of one way of training."""
    bench.figure(f"{name}: style gained", values["style_gain"], "nats a token", "-", None)
    bench.figure(f"{name}: style score", values["style_score"], "probability", "-", None)
    bench.figure(f"{name}: general accuracy", values["accuracy"], "change", "-", None)
    bench.figure(f"{name}: bits per byte of general text", values["general"], "rise", "-", None)
    bench.figure(f"{name}: training", values["cpu_seconds"], "CPU s", "-", None)


def goals(bench: Bench, found: dict[str, dict[str, float]]) -> None:
    """Add the figures that have goals."""
    lora, full = found[LORA], found[FULL]
    lost = -lora["accuracy"]
    bench.figure("LoRA + rehearsal: accuracy lost", lost, "points", "<= 0.02", lost <= 0.02)
    rise = lora["general"]
    bench.figure("LoRA + rehearsal: general text", rise, "rise", "<= 2 %", rise <= 0.02)
    kept = lora["style_gain"] / full["style_gain"]
    bench.figure("of full fine-tuning's style gain", kept, "share", ">= 0.90", kept >= 0.90)
    more = full["general"] - rise
    clearly = "clearly more" if more > CLEARLY else "not clearly more"
    bench.figure(
        "full without rehearsal loses more of general text by", more, "rise", "-", None,
        {"which is": clearly},
    )  # fmt: skip


if __name__ == "__main__":
    main()
