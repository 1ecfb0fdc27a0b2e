"""Does a restyled draft keep its facts and change its words, and does a judge take it?

    python benchmarks/restyle.py --run DIR [--count 20] [--tries 8] [--quick]

The drafts are those of `restyle-drafts.tsv` for the run's era. DIR is a run with a trained model;
where it has learnt judges, the one that only reports is asked. The texts are kept in DIR/cache;
`--quick` measures those that are there. Controls that must fail: the draft itself, and a page of
the unchanged draft's facts as a list.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from time import process_time
from typing import Any

import torch
from harness import ROOT, Bench
from text import lineage

from erastyle import planned_run
from erastyle.corpus.copying.echo import is_echo
from erastyle.corpus.errors import ErastyleError
from erastyle.corpus.html.markup import prose
from erastyle.corpus.html.shown import problem
from erastyle.eval.judge.two_judges import JudgePair
from erastyle.eval.style.features import Text
from erastyle.train.generate import training_index
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.guards.of_era import guards_of
from erastyle.train.model.pair import ModelPair
from erastyle.train.restyle.fact_ledger import ledger
from erastyle.train.restyle.facts import facts
from erastyle.train.restyle.restyle import pushed, restyle, writing_with
from erastyle.writing import best_of

DRAFTS = ROOT / "benchmarks" / "restyle-drafts.tsv"
SEED = 1995
VERSION = 11
"""Raise it when restyling changes: texts that are kept from before are written anew."""


def drafts(era: str, count: int) -> list[tuple[str, str]]:
    """Return titles and drafts."""
    lines = DRAFTS.read_text(encoding="utf-8").splitlines()
    split = [line.split("\t") for line in lines if line.startswith(f"{era}\t")]
    return [(title, draft) for _, title, draft in split][:count]


def restyled(run: Path, count: int, tries: int, *, only_stored: bool) -> list[dict[str, Any]]:
    """Return what became of each draft, from the run's cache or written anew."""
    era = planned_run.load_saved(run).config.era
    key, pairs, _ = lineage(run)
    path = run / "cache" / f"restyled-{key[:12]}-{tries}-{VERSION}.jsonl"
    done = []
    if path.is_file():
        done = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    wanted = drafts(era.name, count)
    if only_stored or len(done) >= len(wanted):
        return done[:count]
    torch.set_num_threads(1)
    guards = guards_of(era, training_index(pairs), 6)
    writer = ModelPair(run / "model", "cpu", 400).fine_tuned(pushed(1.0))
    decoding = Decoding(400, batch=tries)
    write = writing_with(writer, guards, decoding, era.format, SEED)
    path.parent.mkdir(parents=True, exist_ok=True)
    for title, draft in wanted[len(done) :]:
        started = process_time()
        one = restyle(
            draft,
            write,
            noun=era.medium,
            form=era.format,
            title=title,
            tries=tries,
        )
        row = {
            "draft": draft,
            "text": one.text,
            "raw": one.raw.kept_share,
            "kept": one.facts.kept_share,
            "added": one.facts.count("added"),
            "changed": one.changed,
            "copied": len(one.copied_back),
            "seconds": process_time() - started,
            "entries": [asdict(entry) for entry in one.raw.entries],
        }
        done.append(row)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(f"{len(done)}: raw {row['raw']:.2f}, repaired {row['kept']:.2f}", file=sys.stderr)
    return done


def judges_of(run: Path) -> JudgePair | None:
    """Return the judges of a run; None where there are none."""
    try:
        return best_of.judges_of(run)[0]
    except ErastyleError:
        return None


def listed(draft: str) -> str:
    """Return a page with the facts of a draft as a list."""
    items = "\n".join(f"<LI>{fact.text}" for fact in facts(draft))
    return f"<HTML><BODY><H1>Facts</H1>\n<UL>\n{items}\n</UL>\n</BODY></HTML>"


def main() -> None:
    """Restyle the drafts, or take them from the cache, and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--tries", type=int, default=8)
    parser.add_argument("--quick", action="store_true", help="measure the texts that are there")
    options = parser.parse_args()
    era = planned_run.load_saved(options.run).config.era
    done = restyled(options.run, options.count, options.tries, only_stored=options.quick)
    if not done:
        sys.exit("error: no draft is restyled yet; run without --quick first.")
    bench, n = Bench("restyle"), len(done)

    def mean(key: str) -> float:
        return sum(row[key] for row in done) / n

    who = f"{era.name}, {n} drafts"
    bench.figure(f"{who}: facts kept as written", mean("raw"), "share", ">= 0.90",
                 mean("raw") >= 0.9)  # fmt: skip
    peers = {
        "sentences copied back a draft": round(mean("copied"), 2),
        "facts added a draft": round(mean("added"), 2),
    }
    bench.figure(f"{who}: facts kept after repair", mean("kept"), "share", ">= 0.97",
                 mean("kept") >= 0.97, peers)  # fmt: skip
    new = sum(row["changed"] >= 0.4 for row in done) / n
    bench.figure(f"{who}: two fifths of the runs of four words and more are new", new, "share",
                 "1.0", new >= 1, {"mean share new": round(mean("changed"), 3)})  # fmt: skip
    bench.figure(f"{who}: CPU time of a draft", mean("seconds"), "s", "", None)
    if era.format == "html":
        shown = sum(not problem(row["text"]) for row in done) / n
        bench.figure(f"{who}: a browser shows it whole", shown, "share", "", None)
    echoes = sum(is_echo(row["draft"], row["draft"]) for row in done) / n
    bench.figure(f"{who}, control, the draft itself: fails as an echo", echoes, "share", "1.0",
                 echoes == 1)  # fmt: skip
    appended = sum(ledger(r["draft"], prose(listed(r["draft"]))).kept_share for r in done) / n
    bench.figure(f"{who}, control, facts as a list: kept", appended, "share", "<= 0.1",
                 appended <= 0.1)  # fmt: skip
    judges = judges_of(options.run)
    if judges is None:
        print("the run has no judges, so none was asked", file=sys.stderr)
    else:
        briefs = [row["draft"] for row in done]
        texts = [Text(row["text"], "", era.format) for row in done]
        passed = sum(j.passes for j in judges.reporting.judge(texts, briefs)) / n
        chosen = sum(j.passes for j in judges.choosing.judge(texts, briefs)) / n
        bench.figure(f"{who}: reporting judge passes", passed, "share", ">= 0.5",
                     passed >= 0.5, {"choosing judge": round(chosen, 3)})  # fmt: skip
        controls = [Text(f"<HTML><BODY><P>{d}</BODY></HTML>", "", era.format) for d in briefs]
        passed = sum(j.passes for j in judges.reporting.judge(controls, briefs)) / n
        bench.figure(f"{who}, control, the draft in tags: reporting judge passes", passed, "share",
                     "0", passed == 0)  # fmt: skip
    bench.finish()


if __name__ == "__main__":
    main()
