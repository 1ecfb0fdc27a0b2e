"""Is what a style model writes worth reading? Briefs of unseen sites and briefs in people's words.

    python benchmarks/text.py --run DIR [--unseen 24] [--free 40] [--best-of 4] [--quick]

DIR is a run with a trained model, such as `erastyle run … --base smollm2 --minutes 60` leaves. The
texts are written once and kept in DIR/cache, by what they depend on; `--quick` judges those that
are there. Unguarded, guarded and best of n stand apart, with the guarded base beside them.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from embeddings import own_first
from harness import ROOT, Bench

from erastyle import planned_run
from erastyle.corpus.chronology import anachronisms
from erastyle.corpus.copying.search import Index
from erastyle.corpus.document import Format
from erastyle.corpus.errors import ModelError
from erastyle.corpus.html.shown import problem
from erastyle.corpus.prompts import general
from erastyle.eval import classifier_stage
from erastyle.eval.adherence.own_brief import BriefRanking
from erastyle.eval.judge.two_judges import JudgePair
from erastyle.eval.style import separation
from erastyle.eval.style.features import Text, prose_of
from erastyle.pipeline.runtime import ledger, manifest
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.data import rows
from erastyle.train.generate import GenerateOptions, test_briefs, training_index
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import GeneratedText, Writer, in_batches
from erastyle.train.model.guards.guard import FEWEST_FOR_PEOPLE, FEWEST_WORDS, Guards
from erastyle.train.model.guards.loops import Loops
from erastyle.train.model.guards.of_era import guards_of
from erastyle.train.model.pair import ModelPair
from erastyle.writing import best_of

FREE = ROOT / "benchmarks" / "free-briefs.tsv"
WORDS = 80
TOKENS = 400
LIKE = 1600
"""Characters of a real document that stand beside texts of `TOKENS` tokens."""
SEED = 1995
GUARDS = 22
"""Raise it when the guards change: texts that are kept from before are written anew."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A brief and, where there is one, the document that it was made from."""

    brief: str
    site: str = ""
    real: str = ""


def free_briefs(era: str, count: int) -> list[Asked]:
    """Return briefs as people write them."""
    lines = FREE.read_text(encoding="utf-8").splitlines()
    return [Asked(line.split("\t")[1]) for line in lines if line.startswith(f"{era}\t")][:count]


def lineage(run: Path) -> tuple[str, Path, Path]:
    """Return key of the training, folder of its pairs and of its split: what the model learnt from.

    The run may have been made by an earlier version, whose stages have other keys now.
    """
    folder = (run / "model").resolve().parent
    made = manifest.read(folder)
    if made is None:
        sys.exit(f"error: {run} has no finished training.")
    pairs = run / "pairs" / made.identity["needs"]["pairs"]
    before = manifest.read(pairs)
    assert before is not None
    return made.key, pairs, run / "split" / before.identity["needs"]["split"]


def judges_for(run: Path, split: Path, comparison: Path | None) -> JudgePair:
    """Return the judges of a run, or learn them from its own split and a comparison corpus."""
    try:
        return best_of.judges_of(run)[0]
    except ModelError as error:
        if comparison is None:
            sys.exit(f"error: {error} Or name a finished folder of `comparison`.")
    era, seed = planned_run.load_saved(run).config.era, planned_run.load_saved(run).config.seed
    cache = run / "cache" / f"judges-{split.name}-{comparison.name}"
    known = cache / "sha256.json"
    if known.is_file():
        said = json.loads(known.read_text(encoding="utf-8"))
        with contextlib.suppress(ModelError):
            return JudgePair.load(cache, tuple(said["sha256"]), said["parted"])
    print("learning the judges", file=sys.stderr)
    ours = [d for d in ledger.read(split) if d.split != "test"]
    pair = classifier_stage.learn_judges([*ours, *ledger.read(comparison)], era, seed)
    known.parent.mkdir(parents=True, exist_ok=True)
    said = {"sha256": pair.save(cache), "parted": pair.parted}
    known.write_text(json.dumps(said), encoding="utf-8")
    return pair


class Texts:
    """Writes texts with a run's models, or takes them from the run's cache."""

    def __init__(self, run: Path, only_stored: bool) -> None:
        """Open the run `run`; with `only_stored` nothing is written anew."""
        self.planned = planned_run.load_saved(run)
        self.era = self.planned.config.era
        self.folder = run / "model"
        self.cache = run / "cache" / "texts"
        self.cache.mkdir(parents=True, exist_ok=True)
        self.only_stored = only_stored
        self.key, self.pairs, self.split = lineage(run)
        self._pair: ModelPair | None = None

    def guards(self, fewest: int) -> Guards:
        """Return the guards of the run's era, with its training documents."""
        return guards_of(self.era, training_index(self.pairs), 6, fewest)

    def write(
        self, who: str, asked: Sequence[Asked], guards: Guards | None, copies: int = 1
    ) -> list[GeneratedText]:
        """Return texts for the briefs, `copies` of each in a row."""
        briefs = [one.brief for one in asked for _ in range(copies)]
        key = json.dumps([who, briefs, TOKENS, SEED, GUARDS if guards else 0, self.key])
        path = self.cache / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.jsonl"
        if path.is_file():
            stored = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            return [GeneratedText(**one) for one in stored]
        if self.only_stored:
            sys.exit(f"error: {who}: these texts are not written yet; run without --quick first.")
        print(f"writing {len(briefs)} texts: {who}", file=sys.stderr)
        texts = list(self._written(who, briefs, guards, copies))
        lines = [
            json.dumps(
                {
                    "text": t.text, "tokens": t.tokens, "stopped": t.stopped,
                    "refused": dict(t.refused), "spent": t.spent, "marks": list(t.marks),
                    "ending": t.ending, "back": t.back,
                }
            )
            for t in texts
        ]  # fmt: skip
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return texts

    def _written(self, who: str, briefs: list[str], guards: Guards | None, copies: int) -> Any:
        import torch

        torch.set_num_threads(1)
        if self._pair is None:
            self._pair = ModelPair(self.folder, "cpu", TOKENS)
        guidance = GenerateOptions().guidance if guards is not None else 1.0
        # Who asks for a text gets its fewest words; a text that is measured has its room.
        asked = guards is not None and guards.ending is not None
        asked = asked and guards.ending.fewest == FEWEST_FOR_PEOPLE
        decoding = Decoding(TOKENS, batch=16, guidance=guidance, stretch=asked)

        guided = [best_of.guidance_of(n % copies, copies, guidance) for n in range(len(briefs))]

        def texts(writer: Writer) -> list[GeneratedText]:
            return list(
                in_batches(
                    writer, briefs, decoding, SEED, Progress(), guidance=guided, guards=guards
                )
            )

        if who == "base":
            with self._pair.base() as writer:
                return texts(writer)
        return texts(self._pair.fine_tuned(1.0))


def measure(
    bench: Bench,
    name: str,
    asked: Sequence[Asked],
    texts: Sequence[GeneratedText],
    judges: JudgePair,
    form: Any,
    cutoff: int,
    documents: Sequence[str],
    goal: float | None,
    index: Index,
) -> None:
    """Add the figures of one set of texts; a copy of a training document does not pass."""

    def copied(text: Text) -> int:
        return index.longest_copy(text.body)

    given = [Text(t.text, "", form) for t in texts]
    briefs = [one.brief for one in asked]
    passed = [j.passes for j in judges.reporting.judge(given, briefs, copied=copied)]
    chosen = [j.passes for j in judges.choosing.judge(given, briefs, copied=copied)]
    prose = [prose_of(text) for text in given]
    counts = [len(p.split()) for p in prose]
    own = BriefRanking(briefs, documents).rank(prose)
    with contextlib.suppress(ModuleNotFoundError):
        nearest = own_first(prose, briefs)
        full_each = nearest & (np.array(counts) >= WORDS)
        full = float(full_each.mean())
        judged = "free" in name and "base" not in name
        bench.figure(
            f"{name}: {WORDS} words and own brief first, sentence encoder", full, "share",
            ">= 0.8" if judged else "", full >= 0.8 if judged else None,
            {
                "n": len(nearest), "own brief first": int(nearest.sum()),
                "these that pass too": int((full_each & np.array(passed)).sum()),
            },
        )  # fmt: skip
    later = sum(
        hit.certainty >= 0.75 and not hit.in_brief
        for text, brief in zip(texts, briefs, strict=True)
        for hit in anachronisms.find(text.text, form, cutoff, brief)
    )
    spent, kept = sum(t.spent for t in texts), sum(t.tokens for t in texts)
    loops = (Loops().look(t.text, max(0, len(t.text) - 200), "", ended=True) for t in texts)
    wrong = sum(bool(problem(t.text)) for t in texts) if form == "html" else 0
    share = sum(passed) / len(passed)
    bench.figure(
        f"{name}: pass, reporting judge", share, "share",
        f">= {goal}" if goal else "", share >= goal if goal else None,
        {
            "n": len(passed), "choosing judge": round(sum(chosen) / len(chosen), 3),
            f"of {WORDS} words and more": sum(c >= WORDS for c in counts),
            "own brief first": int(own.first.sum()),
            "own brief above": round(float(own.above.mean()), 3),
            "ended": sum(t.stopped for t in texts),
            "pages shown wrongly": wrong, "loops": sum(map(bool, loops)),
            "later per 1,000 words": round(1000 * later / max(1, sum(counts)), 2),
            "tokens refused": round(spent / max(1, spent + kept), 3),
        },
    )  # fmt: skip


RUN = 8
"""Shown words in a row that count as boilerplate where `SITE_PAGES` documents of a site and at most
`SITES` sites hold them. Tags in a row are no one's: `</HEAD><BODY BGCOLOR="#FFFFFF">`."""
SITE_PAGES = 3
SITES = 2
_WORD = re.compile(r"\w+")


def runs_of(prose: str) -> set[str]:
    """Return all runs of `RUN` words of a text as shown, in lower case."""
    parts = _WORD.findall(prose.lower())
    return {" ".join(parts[n : n + RUN]) for n in range(len(parts) - RUN + 1)}


def boilerplate_of_sites(documents: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return for each run that is boilerplate the sites whose it is.

    Args:
        documents: Site and prose of each training document.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for site, prose in documents:
        for run in runs_of(prose):
            counts[run][site] += 1
    return {
        run: {site for site, n in sites.items() if n >= SITE_PAGES}
        for run, sites in counts.items()
        if len(sites) <= SITES and max(sites.values()) >= SITE_PAGES
    }


def one_boilerplate(
    bench: Bench, name: str, prose: Sequence[str], known: dict[str, set[str]]
) -> None:
    """Add the largest share of texts that carry the boilerplate of one and the same site."""
    sites: Counter[str] = Counter()
    texts = [runs_of(text) for text in prose]
    for runs in texts:
        sites.update({site for run in runs for site in known.get(run, ())})
    ((site, most),) = sites.most_common(1) or [("", 0)]
    share = most / max(1, len(texts))
    bench.figure(
        f"{name}: texts with one site's boilerplate", share, "share", "<= 0.05", share <= 0.05,
        {"n": len(texts), "site": site, "texts with any": sum(
            not known.keys().isdisjoint(runs) for runs in texts
        )},
    )  # fmt: skip


def main() -> None:
    """Write what is missing, judge it, print the table, write the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--comparison", type=Path, help="a finished folder of the stage")
    parser.add_argument("--unseen", type=int, default=24)
    parser.add_argument("--free", type=int, default=40)
    parser.add_argument("--best-of", type=int, default=4)
    parser.add_argument("--best-free", type=int, default=20)
    parser.add_argument("--guarded-only", action="store_true", help="leave the others out")
    parser.add_argument("--quick", action="store_true", help="judge the texts that are there")
    options = parser.parse_args()
    texts = Texts(options.run, options.quick)
    judges = judges_for(options.run, texts.split, options.comparison)
    form: Format = texts.era.format
    cutoff = texts.era.lexicon_cutoff
    tests = test_briefs(texts.pairs, options.unseen, texts.planned.config.seed)
    unseen = [Asked(rows.request(row), str(row["site"]), rows.answer(row)) for row in tests]
    free = free_briefs(texts.era.name, options.free)
    taught = [(str(row["site"]), rows.answer(row)) for row in ledger.rows(texts.pairs / "kept")
              if row["split"] == "train" and row["role"] == "style"]  # fmt: skip
    shown = [(site, prose_of(Text(body, "", form))) for site, body in taught]
    documents = [prose for _, prose in shown] + list(general.texts("train"))
    known = boilerplate_of_sites(shown)
    bench = Bench("text")
    era = texts.era.name

    def figures(
        name: str, asked: list[Asked], written: list[GeneratedText], goal: float | None = None
    ) -> None:
        measure(
            bench, f"{era}, {name}", asked, written, judges, form, cutoff, documents, goal, index
        )

    index = training_index(texts.pairs)
    real = [GeneratedText(one.real[:LIKE], 0, True) for one in unseen]
    figures("unseen sites, real documents cut to a like length", unseen, real)
    for what, asked, goal, fewest in (
        ("unseen sites", unseen, 0.8, FEWEST_WORDS),
        ("free briefs", free, 0.7, FEWEST_FOR_PEOPLE),
    ):
        guards = texts.guards(fewest)
        guarded = texts.write("model", asked, guards)
        figures(f"{what}, guarded", asked, guarded, goal)
        prose = [prose_of(Text(t.text, "", form)) for t in guarded]
        one_boilerplate(bench, f"{era}, {what}, guarded", prose, known)
        if not options.guarded_only:
            figures(f"{what}, unguarded", asked, texts.write("model", asked, None))
            figures(f"{what}, base, guarded", asked, texts.write("base", asked, guards))
        if what == "unseen sites":
            apart(bench, era, asked, guarded, form)
    if options.best_of > 1 and not options.guarded_only:
        some = free[: options.best_free]
        many = texts.write("model", some, guards, options.best_of)
        best = [
            best_of.choose(
                many[n * options.best_of : (n + 1) * options.best_of], one.brief, judges, form
            ).text
            for n, one in enumerate(some)
        ]
        figures(f"free briefs, best of {options.best_of}", some, best, 0.7)
    bench.keep_others()
    bench.finish()


def apart(
    bench: Bench, era: str, asked: Sequence[Asked], texts: Sequence[GeneratedText], form: Any
) -> None:
    """Add how well a fresh classifier tells the texts from the documents of their briefs."""
    result = separation.measure(
        [Text(t.text, "", form) for t in texts],
        [Text(one.real, "", form) for one in asked],
        [one.site for one in asked],
        SEED,
    )
    if result.separation is None:
        print(f"distinguishability: {result.problem}", file=sys.stderr)
        return
    value = result.separation.estimate
    bench.figure(
        f"{era}, unseen sites, guarded: distinguishability", value.value, "AUC", "<= 0.80",
        value.value <= 0.8,
        {
            "interval": f"{value.low:.2f} to {value.high:.2f}",
            "real against real": round(result.control.value, 3) if result.control else "-",
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
