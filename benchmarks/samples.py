"""What does a run write, with nothing picked? Writes docs/samples.md, a text for each brief.

    python benchmarks/samples.py --run DIR [--count 12] [--picture]

The briefs are the first ones of free-briefs.tsv, then one of each family of sample-briefs.tsv; each
text has the seed 1 and is guarded as `erastyle generate` guards. Then comes the first draft of
restyle-drafts.tsv, restyled, with its ledger. `--picture` renders that in Chromium.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

import torch
from harness import ROOT
from restyle import restyled
from text import TOKENS, free_briefs, lineage

from erastyle import planned_run
from erastyle.corpus.html.shown import problem
from erastyle.pipeline.runtime import manifest
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.generate import training_index
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import GeneratedText, in_batches
from erastyle.train.model.guards.guard import FEWEST_FOR_PEOPLE
from erastyle.train.model.guards.of_era import guards_of
from erastyle.train.model.pair import ModelPair

FAMILIES = ROOT / "benchmarks" / "sample-briefs.tsv"
PAGE = ROOT / "docs" / "samples.md"
PICTURE = ROOT / "docs" / "sample.png"
TRIES = 8
ENDED = {
    "own": "ended by itself",
    "length": "ended at the length asked for",
    "loops": "ended where it went round in circles",
    "room": "brought to its end at the length limit",
    "cut": "cut at the length limit",
}
FRAME = (
    "<style>body:not([bgcolor]) {{ background: #c0c0c0 }} body {{ margin: 12px; "
    'font: 16px "Times New Roman", Tinos, serif }}</style>{page}'
)


def main() -> None:
    """Write the texts and the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--picture", action="store_true", help="render the restyled draft")
    options = parser.parse_args()
    torch.set_num_threads(1)
    config = planned_run.load_saved(options.run).config
    _, pairs, _ = lineage(options.run)
    guards = guards_of(config.era, training_index(pairs), 6, FEWEST_FOR_PEOPLE)
    writer = ModelPair(options.run / "model", "cpu", TOKENS).fine_tuned(1.0)
    asked = [("", one.brief) for one in free_briefs(config.era.name, options.count)]
    asked += family_briefs(config.era.name)
    decoding = Decoding(TOKENS, batch=len(asked), stretch=True)
    briefs = [brief for _, brief in asked]
    texts = list(in_batches(writer, briefs, decoding, 1, Progress(), guards=guards))
    (draft,) = restyled(options.run, 1, TRIES, only_stored=False)
    PAGE.write_text(page(options.run, asked, texts, options.count, draft), encoding="utf-8")
    if options.picture:
        draw(draft["text"])


def family_briefs(era: str) -> list[tuple[str, str]]:
    """Return the name of each family, and its brief."""
    lines = FAMILIES.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.startswith(f"{era}\t")]
    return [(family, brief.replace("\\n", "\n")) for _, family, brief in rows]


def page(
    run: Path,
    asked: list[tuple[str, str]],
    texts: list[GeneratedText],
    free: int,
    draft: dict[str, Any],
) -> str:
    """Return the page in Markdown."""
    trained = manifest.read((run / "model").resolve().parent)
    assert trained is not None
    stats = trained.stats
    lines = [
        "# Samples",
        "",
        f"Made by `python benchmarks/samples.py`: the first {free} briefs of",
        "`benchmarks/free-briefs.tsv`, a brief of each family that training knows, each with seed",
        "1, and a restyled draft. Nobody picked among them.",
        "**A machine wrote everything below. It is invented: names, addresses and facts are of "
        "nobody.**",
        "",
        f"The model: {trained.identity['options']['base']}, {stats['tokens']:,} tokens of "
        "real pages.",  # no minutes: a training that went on knows those of its last part
        "",
    ]
    for number, ((family, brief), text) in enumerate(zip(asked, texts, strict=True), start=1):
        refused = ", ".join(f"{name} {count}" for name, count in text.refused.items()) or "nothing"
        shown = problem(text.text) or "a browser shows it whole"
        head = f"A brief of the family *{family}*" if family else brief
        lines += [f"## {number}. {head}", ""]
        if family:
            lines += [*(f"> {line}  " for line in brief.splitlines()), ""]
        lines += [
            f"{text.tokens} tokens, {ENDED[text.ending]}; guards refused: {refused}; {shown}.",
            "",
            *fenced(text.text),
        ]
    return "\n".join([*lines, *restyled_draft(draft)])


def restyled_draft(row: dict[str, Any]) -> list[str]:
    """Return the lines about a restyled draft: the draft, the text, the ledger of its facts."""
    facts = [entry for entry in row["entries"] if entry["state"] != "added"]
    return [
        "## A restyled draft",
        "",
        *(f"> {line}  " for line in row["draft"].splitlines()),
        "",
        f"Facts kept as written {row['raw']:.0%}, after repair {row['kept']:.0%} ({row['copied']} "
        f"sentences copied back); {row['changed']:.0%} of the runs of four words are new.",
        "",
        *fenced(row["text"]),
        "The ledger, as written:",
        "",
        "| fact of the draft | kind | what became of it |",
        "|---|---|---|",
        *(f"| {cell(one['text'])} | {one['kind']} | {one['state']} |" for one in facts),
        "",
    ]


def cell(text: str) -> str:
    """Return a text for a cell of a table in Markdown."""
    return " ".join(text.replace("|", "/").split())


def fenced(text: str) -> list[str]:
    """Return a text as a block of code in Markdown."""
    return ["```html", text.replace("```", "` ` `"), "```", ""]


def draw(html: str) -> None:
    """Render a page in Chromium, as a window of 640 pixels showed it."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as run:
        browser = run.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 640, "height": 480}, java_script_enabled=False)
        tab.route("**/*", lambda route: route.abort())
        tab.set_content(FRAME.format(page=html))
        tab.screenshot(path=str(PICTURE))
        browser.close()


if __name__ == "__main__":
    main()
