"""How well does the style classifier tell the 1990s from today on sites it has not seen?

Real documents (`shared/data` beside the checkout), split by the sites of their labels, five folds;
a plain character n-gram model is run on the same folds. A fifth of the sites, chosen by their hash,
takes no part in any of this: on them the last rows are measured, and nothing was ever chosen by
them. Every document is looked at once; all models are fitted from that. `--quick` takes a quarter
of the documents and two folds.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import sys
import time
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import harness
import numpy as np

from erastyle.corpus.html.prose import prose
from erastyle.eval.statistics.bootstrap import mean_interval
from erastyle.eval.statistics.intervals import Estimate
from erastyle.eval.statistics.ranking import auc
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.eval.style.features import StyleFeatures, Text, extract
from erastyle.eval.style.linear import calibration, folds
from erastyle.eval.style.separation import distinguishability


class Told(harness.Bench):
    """A benchmark that also says each figure when it is known: the whole takes minutes."""

    def figure(
        self,
        figure: str,
        value: float,
        unit: str,
        goal: str,
        holds: bool | None,
        peers: dict[str, float | str] | None = None,
    ) -> None:
        """Add a figure, and print it to standard error."""
        super().figure(figure, value, unit, goal, holds, peers)
        print(f"{figure}: {value:.4f} {unit} {peers or ''}", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, its site and whether it is of the 1990s."""

    text: Text
    site: str
    label: int


def labels(data: Path, name: str) -> dict[str, dict]:
    """Return the label of each document of a collection by its reference."""
    with gzip.open(data / "labels" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {row["ref"]: row for row in map(json.loads, lines)}


def decode(raw: bytes, encoding: str | None) -> str:
    """Return text: UTF-8 where it is, else as labelled, else Windows-1252."""
    for codec in ("utf-8", encoding or "cp1252", "cp1252"):
        try:
            return raw.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("latin-1")


def choose(rows: Sequence[tuple[str, str]], per_site: int, most: int) -> list[tuple[str, str]]:
    """Return at most `per_site` (site, text) of each site and `most` in all."""
    mixed = list(rows)
    random.Random(1).shuffle(mixed)
    taken: dict[str, int] = defaultdict(int)
    kept = []
    for site, text in mixed:
        if taken[site] < per_site and len(text.split()) >= 20:
            taken[site] += 1
            kept.append((site, text))
    return kept[:most]


def web(data: Path, name: str, label: int, per_site: int, most: int) -> list[Labelled]:
    """Return web pages of a WARC."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    known = labels(data, name)
    rows = []
    with gzip.open(data / f"{name}.warc.gz") as stream:
        for record in ArchiveIterator(stream, WarcRecordType.response, parse_http=True):
            row = known.get(record.headers["WARC-Target-URI"])
            if row:
                rows.append((row["site"], decode(record.reader.read(), row["encoding"])))
    chosen = choose(rows, per_site, most)
    return [Labelled(Text(body, prose(body), "html"), site, label) for site, body in chosen]


def plain(data: Path, name: str, label: int, per_site: int, most: int) -> list[Labelled]:
    """Return plain texts of a zip file; of mail the body, without headers that carry a date."""
    known = labels(data, name)
    rows = []
    with zipfile.ZipFile(data / f"{name}.zip") as archive:
        for member in archive.namelist():
            raw = archive.read(member)
            if member.endswith(".mbox"):
                for part in re.split(r"(?m)^From [^\n]*\d{4}\n", raw.decode("latin-1"))[1:]:
                    head, _, body = part.partition("\n\n")
                    found = re.search(r"(?im)^message-id: *(\S+)", head)
                    row = known.get(f"{member[:-5]}#{found.group(1)}") if found else None
                    if row:
                        rows.append((member, body))
            elif member in known:
                row = known[member]
                rows.append((row["site"], decode(raw, row["encoding"])))
    chosen = choose(rows, per_site, most)
    return [Labelled(Text(body, body, "text"), site, label) for site, body in chosen]


@dataclass(frozen=True, slots=True)
class Looked:
    """Documents with their features, and the n-grams of the peer."""

    rows: list[Labelled]
    seen: StyleFeatures
    truth: np.ndarray
    sites: np.ndarray
    counts: Any

    def only(self, at: np.ndarray) -> Looked:
        """Return the documents at the places `at`."""
        rows = [self.rows[i] for i in at]
        return Looked(rows, self.seen.select(at), self.truth[at], self.sites[at], self.counts[at])

    def fit(self) -> StyleClassifier:
        """Return our model of all of them."""
        return StyleClassifier.fit_features(self.seen, self.truth.tolist(), self.sites.tolist())


def join(one: Looked, two: Looked) -> Looked:
    """Return the documents of both."""
    from scipy import sparse

    rows = {h: one.seen.rows[h] + two.seen.rows[h] for h in one.seen.rows}
    return Looked(
        one.rows + two.rows,
        StyleFeatures(rows, one.seen.reasons + two.seen.reasons),
        np.concatenate([one.truth, two.truth]),
        np.concatenate([one.sites, two.sites]),
        sparse.vstack([one.counts, two.counts]).tocsr(),
    )


def looked(rows: list[Labelled]) -> Looked:
    """Look at documents, once; what cannot be judged is left out."""
    from sklearn.feature_extraction.text import HashingVectorizer

    seen = extract([r.text for r in rows], english=True)
    at = np.array([i for i, reason in enumerate(seen.reasons) if not reason])
    rows = [rows[i] for i in at]
    vectors = HashingVectorizer(
        analyzer="char_wb", ngram_range=(1, 4), n_features=1 << 19, norm=None, alternate_sign=False
    )
    counts = vectors.transform(r.text.prose[:12_000] for r in rows)
    counts.data = 1.0 + np.log(counts.data)
    return Looked(
        rows,
        seen.select(at),
        np.array([r.label for r in rows]),
        np.array([r.site for r in rows]),
        counts.tocsr(),
    )


def kept(sites: np.ndarray) -> np.ndarray:
    """Return which documents are of the fifth of the sites that is kept for checking."""
    return np.array([int(hashlib.sha256(s.encode()).hexdigest(), 16) % 5 == 0 for s in sites])


def ngrams(train: Looked, test: Looked) -> np.ndarray:
    """Return what a plain character n-gram model (TF-IDF, logistic regression) says of `test`."""
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfTransformer(),
        LogisticRegression(C=100, solver="liblinear", class_weight="balanced", tol=1e-2),
    )
    model.fit(train.counts, train.truth)
    return model.decision_function(test.counts)


def crossed(docs: Looked, count: int, used: int, peer: bool = True) -> dict[str, np.ndarray]:
    """Return scores by models that saw nothing of a document's site; NaN in unused folds."""
    fold = folds(docs.truth, docs.sites, count, 7)
    names = ("markup", "prose", "whole", "era", "ngrams", "threshold")
    out = {n: np.full(len(docs.rows), np.nan) for n in names}
    for number in range(used):
        mine = np.flatnonzero(fold == number)
        rest, left = docs.only(np.flatnonzero(fold != number)), docs.only(mine)
        model = rest.fit()
        model.unseen(left.sites)
        for name, values in model.scores_of_features(left.seen).items():
            out[name][mine] = values
        out["threshold"][mine] = model.threshold
        if peer:
            out["ngrams"][mine] = ngrams(rest, left)
    return out


def area(scores: np.ndarray, truth: np.ndarray, sites: np.ndarray) -> Estimate:
    """Return the AUC where there is a score, sites resampled."""
    known = ~np.isnan(scores)
    return auc(scores[known], truth[known], groups=sites[known], repeats=300)


def show(estimate: Estimate) -> str:
    """Return an interval in words."""
    return f"[{estimate.low:.4f}, {estimate.high:.4f}]"


def main() -> None:
    """Measure, print and write."""
    warnings.simplefilter("ignore")
    quick = harness.quick()
    data = harness.shared_data()
    bench = Told("style")
    size = 0.25 if quick else 1.0
    count, used = (5, 2) if quick else (5, 5)

    def many(n: int) -> int:
        return max(8, int(n * size))

    old_web = web(data, "web1990s", 1, many(40), many(1_200))
    new_web = web(data, "modern-web", 0, 40, many(300))
    old_text = plain(data, "usenet1993", 1, many(40), many(400))
    old_text += plain(data, "manuals1990s", 1, many(200), many(250))
    old_text += plain(data, "texts1990s", 1, 3, many(900))
    new_text = plain(data, "modern-texts", 0, many(40), many(700))
    every_page, every_text = looked(old_web + new_web), looked(old_text + new_text)
    aside, aside_text = kept(every_page.sites), kept(every_text.sites)
    pages = every_page.only(np.flatnonzero(~aside))
    texts = every_text.only(np.flatnonzero(~aside_text))

    start = time.process_time()
    fresh = extract([r.text for r in pages.rows], english=True)
    StyleClassifier.fit_features(fresh, pages.truth.tolist(), pages.sites.tolist())
    seconds = (time.process_time() - start) * 1_000 / len(pages.rows)
    bench.figure("fit, 1,000 web pages", seconds, "CPU s", "<= 15", seconds <= 15)
    model = pages.fit()
    sample = [r.text for r in old_web[:300]]
    speed = len(sample) / harness.cpu_seconds(lambda: model.scores(sample), 3)
    bench.figure("score, period web pages", speed, "documents/s/core", ">= 300", speed >= 300)

    found = crossed(pages, count, used)
    truth, sites = pages.truth, pages.sites
    peer = area(found["ngrams"], truth, sites)
    goals = {"whole": 0.999}
    for name, what in (("whole", "whole page"), ("prose", "prose, years masked"),
                       ("markup", "markup"), ("era", "lower of both")):  # fmt: skip
        got = area(found[name], truth, sites)
        goal = goals.get(name)
        peers: dict[str, float | str] = {"interval": show(got)}
        if name == "prose":
            peers["plain n-grams, years visible"] = round(peer.value, 4)
        holds = got.value >= goal if goal else None
        bench.figure(
            f"web, {what}: AUC", got.value, "AUC", f">= {goal}" if goal else "", holds, peers
        )
    for name in ("whole", "prose", "markup"):
        known = ~np.isnan(found[name])
        error, _ = calibration(found[name][known], truth[known])
        bench.figure(f"web, {name}: calibration error", error, "ECE", "<= 0.03", error <= 0.03)
    passing(bench, found, truth, sites)

    together = join(pages, texts)
    found = crossed(together, count, used, peer=False)
    page = np.arange(len(together.rows)) < len(pages.rows)
    got = area(found["prose"][page], truth, sites)
    bench.figure(
        "web, prose, years masked, learnt on web pages and plain texts: AUC", got.value, "AUC",
        ">= 0.995", got.value >= 0.995, {"interval": show(got)},
    )  # fmt: skip
    known = ~np.isnan(found["prose"])
    error, _ = calibration(found["prose"][known], together.truth[known])
    bench.figure("web and plain text, prose: calibration error", error, "ECE", "<= 0.03",
                 error <= 0.03)  # fmt: skip

    found = crossed(texts, count, used)
    got = area(found["prose"], texts.truth, texts.sites)
    peer = area(found["ngrams"], texts.truth, texts.sites)
    bench.figure(
        "plain text: AUC", got.value, "AUC", ">= 0.99", got.value >= 0.99,
        {"interval": show(got), "plain n-grams, years visible": round(peer.value, 4)},
    )  # fmt: skip

    text_model = texts.fit()
    for name, learnt, docs, train, goal in (
        ("learnt on text, tested on web prose", text_model, pages, texts, 0.96),
        ("learnt on web prose, tested on text", model, texts, pages, 0.90),
    ):
        other = ~np.isin(docs.sites, train.sites)  # a site may have pages and texts
        docs = docs.only(np.flatnonzero(other))
        got = area(learnt.scores_of_features(docs.seen)["prose"], docs.truth, docs.sites)
        peer = area(ngrams(train, docs), docs.truth, docs.sites)
        bench.figure(
            f"across genres, {name}: AUC", got.value, "AUC", f">= {goal}", got.value >= goal,
            {"interval": show(got), "plain n-grams, years visible": round(peer.value, 4)},
        )  # fmt: skip

    unseen(bench, together.fit(), join(every_page.only(np.flatnonzero(aside)),
                                       every_text.only(np.flatnonzero(aside_text))))  # fmt: skip

    moved = [counterfactual(model, row.text) for row in new_web[:100] + old_web[:100]]
    most = float(np.nanmax(moved))
    bench.figure(
        "inserting 1995: largest change of a score", most, "probability", "<= 0.01", most <= 0.01
    )

    # Old tags around modern prose, from sites the model has not seen.
    chimeras(bench, pages)
    half = old_web[::2], old_web[1::2]
    close = distinguishability([r.text for r in half[0]][:200], [r.text for r in half[1]][:200])
    bench.figure(
        "distinguishability of two halves of the period pages", close.value, "AUC", "0.5 inside",
        close.low <= 0.5 <= close.high, {"interval": show(close)},
    )  # fmt: skip
    apart = distinguishability([r.text for r in new_web][:200], [r.text for r in half[0]][:200])
    bench.figure(
        "distinguishability of modern and period pages", apart.value, "AUC", "", None,
        {"interval": show(apart)},
    )  # fmt: skip
    bench.finish()


def counterfactual(model: StyleClassifier, text: Text) -> float:
    """Return how much any score changes when `1995` stands at the top, middle and end."""
    half = len(text.prose) // 2
    changed = f"1995 {text.prose[:half]} 1995 {text.prose[half:]} in 1995"
    base = Text(text.body, f"{text.prose[:half]} {text.prose[half:]} in", text.format)
    scores = model.scores([base, Text(text.body, changed, text.format)])
    return max(abs(float(v[0] - v[1])) for v in scores.values())


def passing(
    bench: harness.Bench, found: dict[str, np.ndarray], truth: np.ndarray, sites: np.ndarray
) -> None:
    """Measure how many documents of unseen sites lie above the threshold of the other sites."""
    for label, what in ((1, "real period"), (0, "modern")):
        mine = (truth == label) & ~np.isnan(found["era"])
        above = (found["era"][mine] >= found["threshold"][mine]).astype(float)
        between = mean_interval(above, groups=sites[mine].tolist())
        by_site = [above[sites[mine] == s].mean() for s in np.unique(sites[mine])]
        peers: dict[str, float | str] = {
            "interval": show(between), "mean of the sites": round(float(np.mean(by_site)), 4)
        }  # fmt: skip
        goal = "0.90" if label else ""
        bench.figure(f"web: {what} pages of unseen sites above the threshold",
                     float(above.mean()), "share", goal, None, peers)  # fmt: skip


def unseen(bench: harness.Bench, model: StyleClassifier, docs: Looked) -> None:
    """Measure a model, once, on the sites that were kept for checking."""
    model.unseen(docs.sites)
    scores = model.scores_of_features(docs.seen)
    page = np.array([r.text.format == "html" for r in docs.rows])
    for where, head, which, goal in (
        ("whole page", "whole", page, 0.999),
        ("prose of web pages", "prose", page, 0.995),
        ("plain text", "prose", ~page, 0.99),
    ):
        got = area(scores[head][which], docs.truth[which], docs.sites[which])
        bench.figure(f"sites kept for checking, {where}: AUC", got.value, "AUC", f">= {goal}",
                     got.value >= goal, {"interval": show(got)})  # fmt: skip
    for head in ("whole", "prose"):
        known = ~np.isnan(scores[head])
        error, _ = calibration(scores[head][known], docs.truth[known])
        bench.figure(f"sites kept for checking, {head}: calibration error", error, "ECE",
                     "<= 0.03", error <= 0.03)  # fmt: skip
    real = page & (docs.truth == 1)
    above = (scores["era"][real] >= model.threshold).astype(float)
    between = mean_interval(above, groups=docs.sites[real].tolist())
    bench.figure("sites kept for checking, real period pages above the threshold",
                 between.value, "share", "0.90", None, {"interval": show(between)})  # fmt: skip


def chimeras(bench: harness.Bench, docs: Looked) -> None:
    """Measure the lower of two heads, and their mean, on pages with old tags and modern prose."""
    fold = folds(docs.truth, docs.sites, 5, 7)
    model = docs.only(np.flatnonzero(fold != 0)).fit()
    mine = docs.only(np.flatnonzero(fold == 0))
    held_old = [r.text for r in mine.rows if r.label]
    held_new = [r.text for r in mine.rows if not r.label]
    made = [
        Text(held_old[i % len(held_old)].body, text.prose, "html")
        for i, text in enumerate(held_new)
    ]
    scores = model.scores(made)
    bench.figure(
        "old tags, modern prose: markup score",
        float(np.nanmean(scores["markup"])),
        "mean",
        "",
        None,
    )
    bench.figure(
        "old tags, modern prose: prose score", float(np.nanmean(scores["prose"])), "mean", "", None
    )
    above = float((scores["era"] >= model.threshold).mean())
    mean = float(((scores["markup"] + scores["prose"]) / 2 >= model.threshold).mean())
    bench.figure(
        "old tags, modern prose: share above the threshold", above, "share", "<= 0.05",
        above <= 0.05,
        {"mean of the heads instead of the lower": round(mean, 3)},
    )  # fmt: skip


if __name__ == "__main__":
    main()
