"""What does a run write, with nothing picked? Writes docs/samples.md, a text for each brief.

    python benchmarks/samples.py --run DIR [--count 12] [--picture]

The briefs are the first ones of free-briefs.tsv, each text has the seed 1 and is guarded as
`erastyle generate` guards. `--picture` renders the first one in Chromium.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from harness import ROOT
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

PAGE = ROOT / "docs" / "samples.md"
PICTURE = ROOT / "docs" / "sample.png"
ENDED = {
    "own": "ended by itself",
    "length": "ended at the length asked for",
    "loops": "ended where it went round in circles",
    "room": "brought to its end at the length limit",
    "cut": "cut at the length limit",
}
FRAME = (
    "<style>body {{ background: #c0c0c0; margin: 12px; "
    'font: 16px "Times New Roman", Tinos, serif }}</style>{page}'
)


def main() -> None:
    """Write the texts and the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--picture", action="store_true", help="render the first page")
    options = parser.parse_args()
    torch.set_num_threads(1)
    config = planned_run.load_saved(options.run).config
    _, pairs, _ = lineage(options.run)
    guards = guards_of(config.era, training_index(pairs), 6, FEWEST_FOR_PEOPLE)
    writer = ModelPair(options.run / "model", "cpu", TOKENS).fine_tuned(1.0)
    asked = free_briefs(config.era.name, options.count)
    briefs = [one.brief for one in asked]
    decoding = Decoding(TOKENS, batch=len(briefs))
    texts = list(in_batches(writer, briefs, decoding, 1, Progress(), guards=guards))
    PAGE.write_text(page(options.run, briefs, texts), encoding="utf-8")
    if options.picture:
        draw(texts[0].text)


def page(run: Path, briefs: list[str], texts: list[GeneratedText]) -> str:
    """Return the page in Markdown."""
    trained = manifest.read((run / "model").resolve().parent)
    assert trained is not None
    stats = trained.stats
    lines = [
        "# Samples",
        "",
        f"Made by `python benchmarks/samples.py`: the first {len(briefs)} briefs of",
        "`benchmarks/free-briefs.tsv`, each with seed 1. Nobody picked among them.",
        "**A machine wrote everything below. It is invented: names, addresses and facts are of "
        "nobody.**",
        "",
        f"The model: {trained.identity['options']['base']}, {stats['tokens']:,} tokens of "
        "real pages.",  # no minutes: a training that went on knows those of its last part
        "",
    ]
    for seed, (brief, text) in enumerate(zip(briefs, texts, strict=True), start=1):
        refused = ", ".join(f"{name} {count}" for name, count in text.refused.items()) or "nothing"
        ended = ENDED[text.ending]
        shown = problem(text.text) or "a browser shows it whole"
        lines += [
            f"## {seed}. {brief}",
            "",
            f"{text.tokens} tokens, {ended}; guards refused: {refused}; {shown}.",
            "",
            "```html",
            text.text.replace("```", "` ` `"),
            "```",
            "",
        ]
    return "\n".join(lines)


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
