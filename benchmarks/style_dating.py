"""How near to its year is a text dated by its style alone, on sites that were not learnt?

Words, tags and style only, years masked; `benchmarks/dates.py` measures the other thing, the dates
that documents state. Real documents (`shared/data` beside the checkout), split by site; a fifth of
the sites, chosen by their hash, takes no part in fitting and is what is measured on. `--quick`
takes a quarter of the documents.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import harness
import labelled
import numpy as np

from erastyle.corpus.html.prose import prose
from erastyle.eval.dating import lexical
from erastyle.eval.dating.ages import AGES
from erastyle.eval.dating.learned import DatingModel
from erastyle.eval.dating.lexical import Dated, Evidence
from erastyle.eval.statistics.bootstrap import mean_interval
from erastyle.eval.style.features import StyleFeatures, Text, extract

PER_SITE = {"web1990s": 16, "usenet1993": 20, "manuals1990s": 20, "texts1990s": 1, "newspapers": 4,
            "books-and-journals": 20, "modern-texts": 8, "modern-web": 20}  # fmt: skip
"""Documents of a site that are used, by collection."""
NAMES = {1700: "1780-1920", 1980: "1990s", 2005: "2011-2026"}
PAGES = ("web1990s", "modern-web")


@dataclass(frozen=True, slots=True)
class Known:
    """Documents whose years are known, and what a model sees of them."""

    texts: list[Text]
    seen: StyleFeatures
    found: list[tuple[Evidence, ...]]
    years: np.ndarray
    sites: np.ndarray
    names: np.ndarray

    def only(self, at: np.ndarray) -> Known:
        """Return those for which `at` is true."""
        places = np.flatnonzero(at)
        return Known(
            [self.texts[i] for i in places], self.seen.select(places),
            [self.found[i] for i in places], self.years[at], self.sites[at], self.names[at],
        )  # fmt: skip

    def fit(self) -> DatingModel:
        """Return the model of all of them."""
        return DatingModel.fit_features(
            self.seen, self.found, self.years.tolist(), self.sites.tolist()
        )


def read(folder: Path, size: float) -> Known:
    """Return the dated documents of all collections, at most `PER_SITE` a site."""
    texts, years, sites, names = [], [], [], []
    for name, most in PER_SITE.items():
        rows = labelled.documents(folder, name)
        random.Random(1).shuffle(rows)
        taken: dict[str, int] = defaultdict(int)
        kept = []
        for document, label in rows:
            short = len(document.body.split()) < 20
            if not label["year"] or short or taken[label["site"]] >= most:
                continue
            taken[label["site"]] += 1
            kept.append((document, label))
        for document, label in kept[: max(40, int(size * len(kept)))]:
            page = document.format == "html"
            shown = prose(document.body[:400_000]) if page else document.body[:60_000]
            texts.append(Text(document.body, shown, document.format))
            years.append(label["year"])
            sites.append(label["site"])
            names.append(name)
    seen = extract(texts, english=True)
    found = [lexical.bounds(text) for text in texts]
    return Known(texts, seen, found, np.array(years), np.array(sites), np.array(names))


def kept(sites: np.ndarray) -> np.ndarray:
    """Return which documents are of the fifth of the sites that is kept for checking."""
    return np.array([int(hashlib.sha256(s.encode()).hexdigest(), 16) % 5 == 0 for s in sites])


def tell(
    bench: harness.Bench, what: str, dated: list[Dated], docs: Known, goals: dict[int, float]
) -> None:
    """Add the mean error of each age, the share in the interval, and the share not told."""
    told = np.array([not d.reason for d in dated])
    middle, low, high = (np.array([getattr(d, n) for d in dated]) for n in ("year", "low", "high"))
    inside = (low <= docs.years) & (docs.years <= high)
    for first, last in AGES:
        mine = told & (docs.years >= first) & (docs.years <= last)
        if mine.sum() < 8:
            continue
        wrong, groups = np.abs(middle - docs.years)[mine], docs.sites[mine].tolist()
        error, held = (mean_interval(v, groups=groups) for v in (wrong, inside[mine].astype(float)))
        guess = np.abs(docs.years[mine] - np.median(docs.years[mine])).mean()
        peers: dict[str, float | str] = {
            "interval": f"[{error.low:.2f}, {error.high:.2f}]",
            "texts": int(mine.sum()), "sites": len(set(groups)),
            "saying the median year of the test": round(float(guess), 2),
        }  # fmt: skip
        for name in np.unique(docs.names[mine]):
            peers[str(name)] = round(float(wrong[docs.names[mine] == name].mean()), 2)
        goal = goals.get(first)
        bench.figure(
            f"{what}, {NAMES.get(first, first)}: mean error", error.value, "years",
            f"<= {goal:g}" if goal else "", error.value <= goal if goal else None, peers,
        )  # fmt: skip
        bench.figure(
            f"{what}, {NAMES.get(first, first)}: in the 80 % interval", held.value, "share",
            "0.75-0.85" if goal else "", 0.75 <= held.value <= 0.85 if goal else None,
            {"interval": f"[{held.low:.3f}, {held.high:.3f}]",
             "mean width in years": round(float((high - low)[mine].mean()), 1)},
        )  # fmt: skip
    bench.figure(f"{what}: cannot tell", float(1 - told.mean()), "share", "", None)


def main() -> None:
    """Measure, print and write."""
    size = 0.3 if harness.quick() else 1.0
    bench = harness.Bench("style_dating")
    docs = read(harness.shared_data(), size)
    aside = kept(docs.sites)
    learnt, test = docs.only(~aside), docs.only(aside)
    model = learnt.fit()
    goals = {1700: 12.0, 1980: 1.5}
    tell(bench, "sites kept for checking", model.date_features(test.seen, test.found), test, goals)
    for first, error in model.report.error.items():
        goal = goals.get(first)
        bench.figure(
            f"cross-validated, {NAMES[first]}: mean error", error, "years",
            f"<= {goal:g}" if goal else "", error <= goal if goal else None,
        )  # fmt: skip
    page = np.isin(learnt.names, PAGES)
    middle_age = (test.years >= 1980) & (test.years <= 2004)
    for what, train, other in (
        ("learnt on plain text, tested on pages", ~page, np.isin(test.names, PAGES)),
        ("learnt on pages, tested on plain text", page, ~np.isin(test.names, PAGES)),
    ):
        docs = test.only(other & middle_age)
        answers = learnt.only(train).fit().date_features(docs.seen, docs.found)
        tell(bench, f"across genres, {what}", answers, docs, {})
    answers = [lexical.prior(text) for text in test.texts]
    tell(bench, "without training, words and tags alone", answers, test, {})
    start = [text for text, name in zip(test.texts, test.names, strict=True) if name in PAGES][:60]
    speed = len(start) / harness.cpu_seconds(lambda: model.date(start))
    bench.figure("pages dated, with evidence", speed, "documents/s/core", "", None)
    bench.finish()


if __name__ == "__main__":
    main()
