"""What trains best on a real base? Four questions, answered with written pages.

smollm2 learns real 1990s pages (`shared/data` beside the checkout) in several ways, with the same
budget of tokens, and answers the same briefs of sites that no training saw, without guards:

a. the methods: prompt, few-shot, retrieve, lora, full, blend;
b. what keeps general capability: no general rows, a quarter, the base's own answers;
c. rank and rate of LoRA;
d. few or many documents, and later parts of long documents beside beginnings.

    python benchmarks/compare.py --run DIR [--way NAME]... [--quick]

DIR keeps what was trained and written: what is there costs nothing the second time. With `--way`
the figures of the other ways stay as they are. `--quick` is for trying the script.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import Bench, run_erastyle, shared_data

from erastyle import variants
from erastyle.eval.statistics.intervals import wilson
from erastyle.pipeline.runtime.progress import Lines

BUDGET = (
    "train.max_tokens=48000", "train.seconds=null", "train.choose_by=loss", "train.samples=0",
    "generate.briefs=24", "generate.max_new_tokens=400", "generate.guards=false",
    "score.every=4", "score.extraction=0", "score.members=0", "score.bias=false",
    "score.controls=false", "score.instructions=false", "score.regard=0",
)  # fmt: skip
QUICK = ("train.max_tokens=10000", "generate.briefs=4", "score.every=40")
TRAINED = "lora"
"""The way that is the program's own: what the others are compared with."""
WAYS: dict[str, tuple[str, tuple[str, ...]]] = {
    TRAINED: ("abcd", ()),
    "prompt": ("a", ("train.method=prompt",)),
    "few-shot": ("a", ("train.method=few-shot",)),
    "retrieve": ("a", ("train.method=retrieve",)),
    "full": ("a", ("train.method=full",)),
    "blend": ("a", ("train.method=blend",)),
    "no rehearsal": ("b", ("pairs.rehearsal=0",)),
    "self-rehearsal": ("b", ("train.rehearsal=self",)),
    "rank 8": ("c", ("train.rank=8",)),
    "rank 64": ("c", ("train.rank=64",)),
    "rate 4e-4": ("c", ("train.lr=4e-4",)),
    "rate 8e-4": ("c", ("train.lr=8e-4",)),
    "rate 3.2e-3": ("c", ("train.lr=3.2e-3",)),
    "50 documents": ("d", ("pairs.documents=50",)),
    "200 documents": ("d", ("pairs.documents=200",)),
    "a quarter continuations": ("d", ("train.continuations=0.25",)),
}
"""By name: the questions that a way belongs to, and what it changes."""


KNOWS = "what the model still knows, by task"
CHANGES = ("right before, wrong after", "wrong before, right after")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one way.

    Attributes:
        passed: Texts that pass the reporting judge, and the choosing judge.
        texts: Texts that were written.
        peers: What stands beside the share, by name.
    """

    passed: tuple[int, int]
    texts: int
    peers: dict[str, float | str]


def answer(scored: variants.ScoredVariant) -> Answer:
    """Return the figures of a way that was trained, generated and scored."""
    texts = len(scored.rows)
    shares = [_of(scored.metric(name)) for name in ("style_pass", "style_pass.choosing")]
    passed = round(shares[0] * texts), round(shares[1] * texts)
    bounds = wilson(passed[0], texts)
    capability, general = scored.line("capability") or {}, scored.line("general_loss") or {}
    losses = scored.manifests["train"].stats.get("dev_loss") or {}
    peers: dict[str, float | str] = {
        "passed": f"{passed[0]} of {texts} [{bounds.low:.2f}, {bounds.high:.2f}]",
        "choosing judge": f"{passed[1]} of {texts}",
        "ended": round(_of(scored.metric("ended")), 3),
        "adherence": round(_of(scored.metric("adherence")), 3),
        "capability, points": _bounds(capability, 100),
        "general text, %": _bounds(general, 100),
        "right before and wrong after, the reverse": answers_changed(scored),
        "training, CPU s": round(scored.manifests["train"].cpu_seconds),
    }
    if losses.get("style"):
        peers["era text, nats a token"] = round(min(losses["style"]) - losses["style"][0], 3)
    for kind in ("word", "number"):
        found = scored.metric(f"general_text.{kind}")
        if found and found.get("difference") is not None:
            peers[f"general text, {kind}s, bits per byte"] = round(found["difference"], 3)
    return Answer(passed, texts, peers)


def answers_changed(scored: variants.ScoredVariant) -> str:
    """Return how many questions were right before and wrong after, and the reverse."""
    table = next((t for t in scored.score["tables"] if t["title"] == KNOWS), None)
    if table is None:
        return "not measured"  # nothing was trained
    places = [table["columns"].index(name) for name in CHANGES]
    lost, won = (sum(int(row[place]) for row in table["cells"]) for place in places)
    return f"{lost}, {won}"


def _of(found: dict[str, object] | None) -> float:
    value = (found or {}).get("style")
    return float("nan") if value is None else float(str(value))


def _bounds(line: dict[str, float], times: float) -> str:
    if line.get("value") is None:
        return "not measured"
    value, low, high = (times * line[name] for name in ("value", "low", "high"))
    return f"{value:+.1f} [{low:+.1f}, {high:+.1f}]"


def measure(root: Path, ways: Sequence[str], overrides: Sequence[str]) -> dict[str, Answer]:
    """Run the ways in the directory `root`, and return what came of each."""
    changes = [variants.Variant(name, WAYS[name][1]) for name in ways]
    return {s.name: answer(s) for s in variants.run(root, changes, overrides, Lines())}


OF_BEST = "LoRA with rehearsal: of the best method's share of pages"
SHARE = "{question}. {way}: pass, reporting judge"


def report(bench: Bench, found: dict[str, Answer], others: bool) -> None:
    """Add the figures, question by question; with `others` those of other ways stay."""
    for question in "abcd":
        for name, one in found.items():
            if question in WAYS[name][0]:
                share = one.passed[0] / one.texts
                bench.figure(
                    SHARE.format(question=question, way=name), share, "share", "", None, one.peers
                )
    if others:
        bench.keep_others()
        bench.rows = [row for row in bench.rows if row["figure"] != OF_BEST]
    methods = {row["figure"]: row["value"] for row in bench.rows if row["figure"][:2] == "a."}
    own = SHARE.format(question="a", way=TRAINED)
    if own not in methods or not any(methods.values()):
        return
    mine = round(methods[own] / max(methods.values()), 3)  # they are kept with four digits
    bench.figure(OF_BEST, mine, "share", ">= 0.9", mine >= 0.9)


def main() -> None:
    """Run the ways, print the table and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True, help="run directory to use and keep")
    parser.add_argument("--way", action="append", choices=WAYS, help="repeatable")
    parser.add_argument("--quick", action="store_true", help="few tokens and texts")
    options = parser.parse_args()
    data = shared_data()
    run_erastyle(
        "pairs", "web-1995", "--run", str(options.run), "--base", "smollm2",
        "--source", str(data / "web1990s.warc.gz"),
        "--contrast", str(data / "modern-web.warc.gz"),
    )  # fmt: skip
    overrides = BUDGET + (QUICK if options.quick else ())
    found = measure(options.run, options.way or list(WAYS), overrides)
    bench = Bench("compare")
    report(bench, found, others=bool(options.way))
    bench.finish()


if __name__ == "__main__":
    main()
