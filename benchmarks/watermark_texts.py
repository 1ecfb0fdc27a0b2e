"""Texts of smollm2 with and without the watermark for `watermark.py`, stored under their key.

    python benchmarks/watermark_texts.py [BATCHES] [--unmarked | --run DIR [--both]]

Briefs of four eras in batches of eight. A batch that is stored is not written again. With a run
directory its fine-tuned model writes, as `erastyle generate` would: at 0.7, with guards; `--both`
writes 150 tokens for 30 briefs a batch, with the watermark and without, and without guards.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from harness import ROOT

BASE, TOKENS, BATCH, BATCHES, SEED = "smollm2", 400, 8, 10, 1995
PAGES = ROOT / "runs" / "watermark" / "pages"
"""Pages of a fine-tuned model, batch by batch."""
PAIRED, PAIRED_TOKENS = 30, 150
"""Briefs of a batch that are answered with the watermark and without, and tokens of an answer."""
ERAS = {
    "web-1995": "Write a web page of 1995 about {}.",
    "usenet-1993": "Write a Usenet article of 1993 about {}.",
    "newspaper-1890": "Write a newspaper report of 1890 about {}.",
    "manual-1995": "Write a manual page of 1995 about {}.",
}
TOPICS = (
    ("ham radio", "motorcycles", "a fire in a mill", "a program that sorts files"),
    ("a village church", "the price of memory", "the corn market", "setting up a modem"),
    ("chess openings", "a lost dog", "a railway accident", "printing on a laser printer"),
    ("growing roses", "space probes", "a visit of the queen", "backing up a hard disk"),
    ("a jazz band", "baseball", "a storm at sea", "a text editor"),
    ("model trains", "encryption", "an election", "mounting a floppy disk"),
    ("a museum of clocks", "cooking chili", "a new bridge", "reading mail"),
    ("tropical fish", "medicine for colds", "a trial for theft", "a C compiler"),
    ("a hiking club", "used cars", "a balloon ascent", "fonts and screens"),
    ("star maps", "guitar strings", "the opening of a school", "a serial port"),
    ("bread baking", "fantasy novels", "a strike of miners", "a calendar program"),
    ("kites", "graphics cards", "a cattle fair", "sharing a directory"),
    ("a family tree", "hockey", "a burglary", "a spelling checker"),
    ("sailing boats", "a compiler bug", "a wedding", "changing a password"),
    ("Irish music", "vacation in Spain", "the harvest", "a drawing program"),
    ("dinosaurs", "telescopes", "a lecture on electricity", "compressing archives"),
    ("old coins", "politics", "a theatre play", "a clock on the screen"),
    ("a radio play", "sound cards", "a flood", "searching in files"),
    ("volcanoes", "running shoes", "a horse race", "a network card"),
    ("origami", "a science fiction film", "a ball at the town hall", "a mouse with three buttons"),
)


def briefs() -> list[tuple[str, str]]:
    """Return the briefs with their eras, so that each batch has all eras."""
    return [
        (era, form.format(topic))
        for row in TOPICS
        for (era, form), topic in zip(ERAS.items(), row, strict=True)
    ]


def folder(*, watermark: bool) -> Path:
    """Return the folder of the texts; its name is the key of all that decides them."""
    from erastyle.train.model.watermark import g_values

    made_of = [BASE, asdict(_decoding(watermark)), SEED, briefs()]
    if watermark:
        made_of.append([g_values.KEY, g_values.CONTEXT, g_values.LAYERS])
    key = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]
    return ROOT / "runs" / "watermark" / key


def _decoding(watermark: bool) -> Any:
    from erastyle.train.model.decoding import Decoding

    return Decoding(TOKENS, temperature=0.8, batch=BATCH, watermark=watermark)


def write(batches: int, *, watermark: bool) -> None:
    """Write and store the batches that are not there."""
    from erastyle.train.model.generation import generate
    from erastyle.train.model.pair import from_base

    out = folder(watermark=watermark)
    out.mkdir(parents=True, exist_ok=True)
    writer = None
    for number in range(batches):
        file = out / f"{number:02d}.json"
        if file.exists():
            continue
        writer = writer or from_base(BASE, "cpu", own_prompt=True)
        part = briefs()[number * BATCH : (number + 1) * BATCH]
        started, cpu = time.perf_counter(), time.process_time()
        texts = generate(writer, [brief for _, brief in part], _decoding(watermark), seed=SEED)
        taken = [time.perf_counter() - started, time.process_time() - cpu]
        rows = [
            {"era": era, "brief": brief, "text": one.text, "tokens": one.tokens}
            for (era, brief), one in zip(part, texts, strict=True)
        ]
        stored = json.dumps({"seconds": taken, "texts": rows}, ensure_ascii=False, indent=1)
        partial = file.with_suffix(".partial")
        partial.write_text(stored + "\n", encoding="utf-8")
        partial.replace(file)


def write_pages(run: Path, batches: int) -> None:
    """Write and store pages of a run's fine-tuned model for briefs of its test sites."""
    from dataclasses import replace

    from erastyle import planned_run
    from erastyle.train.data import rows
    from erastyle.train.generate import GenerateOptions, test_briefs
    from erastyle.train.model.generation import generate
    from erastyle.writing.engine import Named, decoding_of, load

    PAGES.mkdir(parents=True, exist_ok=True)
    engine = load(Named(run=run), GenerateOptions(batch=BATCH))
    decoding = replace(decoding_of(engine.options), stretch=False)
    asked = test_briefs(_pairs_of(planned_run.pairs_behind(run)), batches * BATCH, SEED)
    for number in range(batches):
        file = PAGES / f"{number:02d}.json"
        if file.exists():
            continue
        part = [rows.request(row) for row in asked[number * BATCH : (number + 1) * BATCH]]
        started, cpu = time.perf_counter(), time.process_time()
        texts = generate(engine.writer, part, decoding, seed=SEED, guards=engine.guards)
        taken = [time.perf_counter() - started, time.process_time() - cpu]
        kept = [
            {
                "brief": brief, "text": one.text, "tokens": one.tokens, "spent": one.spent,
                "marks": len(one.marks),
            }
            for brief, one in zip(part, texts, strict=True)
        ]  # fmt: skip
        stored = {"model": engine.model.sha256, "seconds": taken, "texts": kept}
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(stored, ensure_ascii=False, indent=1), encoding="utf-8")
        partial.replace(file)


def write_both(run: Path, batches: int) -> None:
    """Write and store texts for briefs of a run, with the watermark and without."""
    import random
    from dataclasses import replace

    from erastyle import planned_run
    from erastyle.pipeline.runtime import ledger
    from erastyle.train.data import rows
    from erastyle.train.generate import GenerateOptions
    from erastyle.train.model.generation import generate
    from erastyle.writing.engine import Named, decoding_of, load

    place = both_of(run)
    place.mkdir(parents=True, exist_ok=True)
    engine = load(Named(run=run), GenerateOptions(batch=PAIRED))
    decoding = replace(
        decoding_of(engine.options), stretch=False, max_new_tokens=PAIRED_TOKENS, batch=PAIRED
    )
    folder = _pairs_of(planned_run.pairs_behind(run))
    asked = [rows.request(r) for r in ledger.rows(folder / "kept") if r["role"] == "style"]
    random.Random(SEED).shuffle(asked)
    for number in range(batches):
        file = place / f"{number:02d}.json"
        if file.exists():
            continue
        part = asked[number * PAIRED : (number + 1) * PAIRED]
        marked, plain = (
            [t.text for t in generate(
                engine.writer, part, replace(decoding, watermark=watermark), seed=SEED
            )]
            for watermark in (True, False)
        )  # fmt: skip
        partial = file.with_suffix(".partial")
        partial.write_text(
            json.dumps({"briefs": part, "marked": marked, "plain": plain}, ensure_ascii=False),
            encoding="utf-8",
        )
        partial.replace(file)


def both_of(run: Path) -> Path:
    """Return the folder of a run's texts with and without the watermark."""
    return run / "cache" / "watermark-both"


def _pairs_of(folder: Path | None) -> Path:
    assert folder is not None, "the run has no pairs any more"
    return folder


def stored(*, watermark: bool) -> Iterator[dict[str, Any]]:
    """Yield the stored batches."""
    yield from _read(folder(watermark=watermark))


def pages() -> list[str]:
    """Return the stored pages of the fine-tuned model."""
    return [row["text"] for batch in _read(PAGES) for row in batch["texts"]]


def both(run: Path) -> list[tuple[str, str]]:
    """Return the stored texts of a run for each brief: with the watermark, and without."""
    return [
        pair for batch in _read(both_of(run))
        for pair in zip(batch["marked"], batch["plain"], strict=True)
    ]  # fmt: skip


def _read(place: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(place.glob("*.json")):
        yield json.loads(file.read_text(encoding="utf-8"))


def main() -> None:
    """Write the texts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("batches", type=int, nargs="?", default=BATCHES)
    parser.add_argument("--unmarked", action="store_true", help="texts without the watermark")
    parser.add_argument("--run", type=Path, help="pages of this run's fine-tuned model")
    parser.add_argument("--both", action="store_true", help="with the watermark and without")
    options = parser.parse_args()
    if options.both:
        write_both(options.run, options.batches)
        return
    if options.run is not None:
        write_pages(options.run, options.batches)
        return
    write(options.batches, watermark=not options.unmarked)


if __name__ == "__main__":
    main()
