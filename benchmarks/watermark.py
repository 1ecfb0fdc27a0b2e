"""Is the watermark found in what a model wrote, and not in what people wrote?

    python benchmarks/watermark.py [--quick] [--write] [--part PART …] [--run DIR]

Judges the texts that `watermark_texts.py` stored; `--write` writes the missing ones first. The
false alarms are of real documents of four eras, at their first 4,000 characters. The part `style`
compares the texts that `watermark_texts.py --run DIR --both` wrote.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import watermark_texts
from harness import Bench, shared_data
from labelled import documents

from erastyle.corpus.html import markup
from erastyle.train.model.watermark.detection import evidence, unrepeated
from erastyle.train.model.watermark.search import search

REAL = ("web1990s", "usenet1993", "newspapers", "manuals1990s")
EACH, LONGEST = 750, 4000  # real documents of an era, and their characters
LENGTHS = (50, 100, 200, 400)  # unrepeated contexts
ALARMS = 0.01
CHANGED = 0.2  # of the words
COLUMNS = 80
STEPS, VOCABULARY = 40, 49_152
PARTS = ("found", "alarms", "attacks", "stripped", "cost", "speed", "style")
_GOALS = {200: 0.9, 400: 0.98}


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with the watermark."""

    era: str
    text: str
    ids: list[int]


def main() -> None:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer real documents and steps")
    parser.add_argument("--write", action="store_true", help="write the missing texts first")
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="only this; other figures stay; repeat"
    )
    parser.add_argument("--run", type=Path, help="run whose texts `style` compares")
    options = parser.parse_args()
    if options.write:
        watermark_texts.write(watermark_texts.BATCHES, watermark=True)
    bench = Bench("watermark")
    work: dict[str, Callable[[Bench, bool], None]] = {
        "found": found,
        "alarms": alarms,
        "attacks": attacks,
        "stripped": stripped,
        "cost": cost,
        "speed": speed,
        "style": partial(style, options.run),
    }
    for part in options.part or PARTS:
        work[part](bench, options.quick)
    if options.part:
        bench.keep_others()
    bench.finish()


def tokenizer() -> Any:
    """Return the tokenizer of the base that wrote."""
    from erastyle.train.model import loading

    return loading.load_tokenizer(watermark_texts.BASE)


def ids_of(tokens: Any, text: str) -> list[int]:
    """Return the tokens of a text as `erastyle detect` sees them."""
    ids: list[int] = tokens(text, add_special_tokens=False, verbose=False)["input_ids"]
    return ids


def marked(tokens: Any) -> list[Marked]:
    """Return the stored texts with the watermark."""
    return [
        Marked(row["era"], row["text"], ids_of(tokens, row["text"]))
        for batch in watermark_texts.stored(watermark=True)
        for row in batch["texts"]
    ]


def beginning(ids: Sequence[int], contexts: int) -> list[int] | None:
    """Return the shortest beginning with so many unrepeated contexts; None: there are fewer."""
    places = unrepeated(ids)
    return list(ids[: int(places[contexts - 1]) + 1]) if len(places) >= contexts else None


def share_found(rows: Sequence[Sequence[int]]) -> float:
    """Return the share of texts whose p-value is at most the share of false alarms."""
    return float(np.mean([evidence(ids).p_whole <= ALARMS for ids in rows]))


def found(bench: Bench, _quick: bool) -> None:
    """Measure how many marked texts are found by the length of what is looked at."""
    texts = marked(tokenizer())
    for length in LENGTHS:
        whole = [beginning(one.ids, length) for one in texts]
        rows = [ids for ids in whole if ids is not None]
        what = f"of {len(rows)} texts"
        if len(rows) < len(texts) / 2:  # longer than most: two texts of an era, one behind another
            pairs = [
                beginning([*one.ids, *two.ids], length)
                for era in watermark_texts.ERAS
                for one, two in _pairs([text for text in texts if text.era == era])
            ]
            rows = [ids for ids in pairs if ids is not None]
            what = f"of {len(rows)} pairs of texts"
        goal = _GOALS.get(length)
        share = share_found(rows)
        bench.figure(
            f"found at {length} unrepeated contexts, p <= .01, {what}", share, "share",
            f">= {goal}" if goal else "-", share >= goal if goal else None,
        )  # fmt: skip
    every = [evidence(one.ids) for one in texts]
    peers = {
        era: round(
            float(np.mean([e.p_whole <= ALARMS for e, t in zip(every, texts, strict=True)
                           if t.era == era])), 3)
        for era in watermark_texts.ERAS
    }  # fmt: skip
    contexts = float(np.median([one.contexts for one in every]))
    bench.figure(
        f"found at p <= .01, {len(texts)} whole texts of {contexts:.0f} contexts at the median",
        float(np.mean([one.p_whole <= ALARMS for one in every])), "share", "-", None, peers,
    )  # fmt: skip
    bench.figure(
        f"found by all trials together at p <= .0001, {len(texts)} whole texts",
        float(np.mean([one.p <= 1e-4 for one in every])), "share", "-", None,
    )  # fmt: skip
    pages = [evidence(ids_of(tokenizer(), text)) for text in watermark_texts.pages()]
    if pages:
        contexts = float(np.median([one.contexts for one in pages]))
        bench.figure(
            f"found at p <= .01, {len(pages)} pages of a fine-tuned model at 0.7 with guards, of "
            f"{contexts:.0f} contexts at the median",
            float(np.mean([one.p_whole <= ALARMS for one in pages])), "share", "-", None,
            {"p <= .0001 in all trials": round(float(np.mean([e.p <= 1e-4 for e in pages])), 3)},
        )  # fmt: skip


def _pairs(texts: Sequence[Marked]) -> Iterator[tuple[Marked, Marked]]:
    yield from zip(texts[::2], texts[1::2], strict=False)


def alarms(bench: Bench, quick: bool) -> None:
    """Measure how many real documents are taken for marked ones."""
    tokens = tokenizer()
    each = 100 if quick else EACH
    by_length: dict[int, list[bool]] = {length: [] for length in LENGTHS}
    whole: dict[str, list[float]] = {name: [] for name in REAL}
    together: list[float] = []
    for name in REAL:
        for document, _ in documents(shared_data(), name, each):
            text = document.body[:LONGEST]
            ids = ids_of(tokens, text)
            whole[name].append(evidence(ids).p_whole)
            together.append(search(text, {watermark_texts.BASE: tokens})[0].p)
            for length in LENGTHS:
                if (part := beginning(ids, length)) is not None:
                    by_length[length].append(evidence(part).p_whole <= ALARMS)
    for length, said in by_length.items():
        bench.figure(
            f"false alarms at {length} contexts, p <= .01, {len(said):,} real texts",
            float(np.mean(said)), "share", "<= .01", float(np.mean(said)) <= ALARMS,
        )  # fmt: skip
    values = np.array([p for ps in whole.values() for p in ps])
    peers = {name: round(float(np.mean(np.array(ps) <= ALARMS)), 4) for name, ps in whole.items()}
    share = float(np.mean(values <= ALARMS))
    bench.figure(
        f"false alarms of whole texts, p <= .01, {len(values):,} real texts of four eras", share,
        "share", "<= .01", share <= ALARMS, peers,
    )  # fmt: skip
    for limit in (0.1, 0.001):
        bench.figure(
            f"real texts with p <= {limit:g}", float(np.mean(values <= limit)), "share", "-", None
        )
    share = float(np.mean(np.array(together) <= ALARMS))
    bench.figure(
        "false alarms of all windows and joined lines together, p <= .01", share, "share",
        "<= .01", share <= ALARMS, {"p <= .0001": int(np.sum(np.array(together) <= 1e-4))},
    )  # fmt: skip


def attacks(bench: Bench, _quick: bool) -> None:
    """Measure how many marked texts are found after they were changed."""
    from erastyle.corpus.period_file import wrapped

    tokens = tokenizer()
    texts = marked(tokens)
    words = [word for one in texts for word in one.text.split()]
    rng = random.Random(19)

    after = partial(changed, bench, tokens)
    after("nothing", str, texts)
    after(
        f"{100 * CHANGED:.0f} % of the words were replaced",
        lambda text: replaced(text, words, rng),
        texts,
    )
    after(f"lines were wrapped at {COLUMNS} columns", lambda text: wrapped(text, COLUMNS), texts)
    half = [
        Marked(one.era, other + "\n" + one.text, [])
        for one, other in zip(texts, _real_beginnings(len(texts)), strict=False)
    ]
    after("a real text as long was put before it", str, half)


def stripped(bench: Bench, _quick: bool) -> None:
    """Measure how many pages of a fine-tuned model are found after their HTML was stripped."""
    texts = [Marked("web-1995", text, []) for text in watermark_texts.pages()]
    if texts:  # the untuned base writes hardly any markup
        changed(bench, tokenizer(), "the HTML of pages was stripped", markup.prose, texts)


def changed(
    bench: Bench, tokens: Any, name: str, change: Callable[[str], str], rows: Sequence[Marked]
) -> None:
    """Add the figure of texts that were changed."""
    after = [change(one.text) for one in rows]
    best = [search(text, {watermark_texts.BASE: tokens})[0] for text in after]
    plain = np.mean([evidence(ids_of(tokens, text)).p_whole <= ALARMS for text in after])
    contexts = np.median([one.evidence.contexts for one in best])
    bench.figure(
        f"found after {name}, all trials together at p <= .01, {len(rows)} texts",
        float(np.mean([one.p <= ALARMS for one in best])), "share", "-", None,
        {"whole text alone": round(float(plain), 3), "contexts, median": int(contexts)},
    )  # fmt: skip


def _real_beginnings(count: int) -> list[str]:
    each = count // len(REAL) + 1
    rows = [
        document.body[:1500]
        for name in REAL
        for document, _ in documents(shared_data(), name, each)
    ]
    return rows[:count]


def replaced(text: str, words: Sequence[str], rng: random.Random) -> str:
    """Return a text with a share of its words replaced by others."""
    return re.sub(
        r"\S+", lambda word: rng.choice(words) if rng.random() < CHANGED else word[0], text
    )


def cost(bench: Bench, quick: bool) -> None:
    """Measure the CPU time that a step of eight texts takes, beside transformers' processor."""
    import torch
    from transformers import SynthIDTextWatermarkLogitsProcessor

    from erastyle.train.model import sampling

    torch.set_num_threads(1)
    steps = 5 if quick else STEPS
    rng = np.random.default_rng(1)
    logits = torch.from_numpy(rng.normal(0, 3, (8, VOCABULARY)).astype(np.float32))
    uniform = rng.random(8)
    contexts = [tuple(map(int, rng.integers(0, VOCABULARY, 4))) for _ in range(8)]
    ids = torch.from_numpy(rng.integers(0, VOCABULARY, (8, 30)))
    theirs = SynthIDTextWatermarkLogitsProcessor(
        ngram_len=5, keys=list(range(1, 31)), sampling_table_size=2**16,
        sampling_table_seed=0, context_history_size=1024, device=torch.device("cpu"),
    )  # fmt: skip
    plain = _milliseconds(lambda: sampling.draw(logits, uniform, 0.8, 0.95), steps)
    ours = _milliseconds(lambda: sampling.draw(logits, uniform, 0.8, 0.95, contexts), steps)
    peer = _milliseconds(lambda: theirs(ids, logits), steps)
    bench.figure(
        "CPU time that the watermark adds to a step of 8 texts", ours - plain, "ms", "-", None,
        {"a step's draw without it": round(plain, 2), "transformers' processor": round(peer, 1)},
    )  # fmt: skip


def style(run: Path | None, bench: Bench, _quick: bool) -> None:
    """Measure how much the watermark changes the style score and the verdicts of texts."""
    from erastyle import planned_run
    from erastyle.eval import classifier_stage
    from erastyle.eval.statistics.bootstrap import mean_interval
    from erastyle.eval.style.features import Text, prose_of
    from erastyle.eval.text_metrics import style_scores
    from erastyle.writing import best_of

    pairs = watermark_texts.both(run) if run is not None else []
    if not pairs or run is None:
        return
    planned = planned_run.load_saved(run)
    form = planned.config.era.format
    classifier, _ = classifier_stage.load(best_of.learnt_folder(run))
    judges, _ = best_of.judges_of(run)
    sides = []
    for side in zip(*pairs, strict=True):
        bare = [Text(body, "", form) for body in side]
        texts = [Text(one.body, prose_of(one), form) for one in bare]
        sides.append((
            style_scores(classifier, texts)["era"],
            np.array([float(j.passes) for j in judges.reporting.judge(bare, [""] * len(bare))]),
        ))  # fmt: skip
    for n, (what, limit) in enumerate((("style score", 0.05), ("share that passes the judge", 0))):
        marked, plain = sides[0][n], sides[1][n]
        known = ~(np.isnan(marked) | np.isnan(plain))
        value = mean_interval((marked - plain)[known])
        wide = max(abs(value.low), abs(value.high))
        bench.figure(
            f"{planned.config.era.name}, {len(pairs)} briefs with and without the watermark: "
            f"difference of the {what}", value.value, "",
            f"95 % within {limit:g}" if limit else "-",
            wide <= limit if limit else None,
            {"interval": f"[{value.low:+.3f}, {value.high:+.3f}]",
             "with": round(float(marked[known].mean()), 3),
             "without": round(float(plain[known].mean()), 3), "pairs judged": int(known.sum())},
        )  # fmt: skip


def _milliseconds(work: Callable[[], Any], times: int) -> float:
    """Return the median CPU time of a call."""
    work()
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return float(np.median(taken)) * 1000


def speed(bench: Bench, quick: bool) -> None:
    """Measure tokens a CPU second with and without the watermark, in turns."""
    from dataclasses import replace

    import torch

    from erastyle.train.model.decoding import Decoding
    from erastyle.train.model.generation import generate
    from erastyle.train.model.pair import from_base

    torch.set_num_threads(1)
    writer = from_base(watermark_texts.BASE, "cpu", own_prompt=True)
    asked = [brief for _, brief in watermark_texts.briefs()[:8]]
    decoding = Decoding(12 if quick else 40, temperature=0.8)
    taken: dict[bool, list[float]] = {True: [], False: []}
    generate(writer, asked, replace(decoding, max_new_tokens=2))
    for watermark in (True, False) * (1 if quick else 2):
        start = time.process_time()
        texts = generate(writer, asked, replace(decoding, watermark=watermark), seed=1)
        seconds = time.process_time() - start
        taken[watermark].append(sum(one.tokens for one in texts) / seconds)
    with_it, without = max(taken[True]), max(taken[False])
    bench.figure(
        "tokens a CPU second with the watermark, share of those without", with_it / without,
        "share", "-", None, {"with": round(with_it, 1), "without": round(without, 1)},
    )  # fmt: skip


if __name__ == "__main__":
    main()
