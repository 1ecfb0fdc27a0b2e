"""Does a text become as long as its brief asks for, and does it end by itself?

    python benchmarks/lengths.py --run DIR [--count 8] [--lengths 100 300 500] [--quick]

The briefs are the first ones of `free-briefs.tsv` with "About N words." behind them. DIR is a run
with a trained model; its texts are kept in DIR/cache, and `--quick` measures those that are there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from harness import Bench
from text import free_briefs, lineage

from erastyle import planned_run
from erastyle.corpus.html.shown import problem
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.generate import training_index
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import in_batches
from erastyle.train.model.guards.ending import Ending
from erastyle.train.model.guards.of_era import guards_of
from erastyle.train.model.pair import ModelPair

WITHIN = 0.3
GOAL = 0.7
TOKENS = 400
SEED = 1995
VERSION = 2
"""Raise it when guards or endings change: texts that are kept from before are written anew."""


class Lengths:
    """Writes the texts of a length, or takes them from the run's cache."""

    def __init__(self, run: Path, count: int) -> None:
        """Open the run `run` for `count` briefs."""
        self.run, self.era = run, planned_run.load_saved(run).config.era
        self.key, self.pairs, _ = lineage(run)
        self.briefs = [one.brief.rstrip() for one in free_briefs(self.era.name, count)]
        self._pair: ModelPair | None = None

    def texts(self, words: int, *, only_stored: bool) -> list[dict[str, Any]]:
        """Return the texts for briefs that ask for so many words."""
        name = f"lengths-{self.key[:12]}-{len(self.briefs)}-{words}-{VERSION}.jsonl"
        path = self.run / "cache" / name
        if path.is_file():
            return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if only_stored:
            return []
        self._pair = self._pair or ModelPair(self.run / "model", "cpu", TOKENS)
        guards = guards_of(self.era, training_index(self.pairs), 6)
        asked = [f"{brief} About {words} words." for brief in self.briefs]
        decoding = Decoding(TOKENS, batch=8, stretch=True)
        begun = time.process_time()
        written = list(
            in_batches(self._pair.fine_tuned(1.0), asked, decoding, SEED, Progress(), guards=guards)
        )
        seconds = time.process_time() - begun
        stored = [
            {
                "brief": brief, "text": t.text, "tokens": t.tokens, "spent": t.spent,
                "ending": t.ending, "stopped": t.stopped, "back": t.back,
                "refused": dict(t.refused), "cpu_seconds": round(seconds / len(asked), 2),
            }
            for brief, t in zip(asked, written, strict=True)
        ]  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(one) + "\n" for one in stored), encoding="utf-8")
        return stored


def main() -> None:
    """Write the texts, or take them from the cache, and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--lengths", type=int, nargs="+", default=[100, 300, 500])
    parser.add_argument("--quick", action="store_true", help="measure the texts that are there")
    options = parser.parse_args()
    torch.set_num_threads(1)
    lengths, bench = Lengths(options.run, options.count), Bench("lengths")
    ending = Ending(lengths.era.format)
    for words in options.lengths:
        texts = lengths.texts(words, only_stored=options.quick)
        if not texts:
            print(f"{words} words: no text is written yet", file=sys.stderr)
            continue
        counts = [ending.words(one["text"]) for one in texts]
        good = sum(
            one["stopped"] and abs(count - words) <= WITHIN * words
            for one, count in zip(texts, counts, strict=True)
        )
        share = good / len(texts)
        peers: dict[str, float | str] = {
            "words": " ".join(map(str, sorted(counts))),
            "ended by": str(dict(Counter(one["ending"] for one in texts))),
            "tokens that guards took": round(
                sum(one["spent"] for one in texts) / sum(one["tokens"] for one in texts), 2
            ),
        }
        if lengths.era.format == "html":
            peers["shown whole"] = sum(not problem(one["text"]) for one in texts)
        bench.figure(
            f"{lengths.era.name}, {words} words asked for, {len(texts)} texts: within 30 % and "
            "ended by itself", share, "share", f">= {GOAL}", share >= GOAL, peers,
        )  # fmt: skip
    bench.finish()


if __name__ == "__main__":
    main()
