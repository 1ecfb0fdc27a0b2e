"""How well does the style model tell the 1990s from today on sites it has not seen?

Real documents (`shared/data` beside the checkout), split by the sites of their labels, five folds;
a plain character n-gram model is run on the same folds. `--quick` takes a third of the documents
and two folds.
"""

from __future__ import annotations

import gzip
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

sys.path.insert(0, str(Path(__file__).resolve().parent))

import harness
import numpy as np

from erastyle.corpus.prose import prose
from erastyle.eval.linear import calibration, folds
from erastyle.eval.statistics import Estimate, auc
from erastyle.eval.style import StyleModel, Text, distinguishability


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


def arrays(rows: Sequence[Labelled]) -> tuple[list[Text], np.ndarray, np.ndarray]:
    """Return texts, labels and sites."""
    return (
        [r.text for r in rows],
        np.array([r.label for r in rows]),
        np.array([r.site for r in rows]),
    )


def fit(rows: Sequence[Labelled]) -> StyleModel:
    """Return our model of `rows`."""
    texts, truth, sites = arrays(rows)
    return StyleModel.fit(texts, truth.tolist(), sites.tolist(), seed=1)


def ngrams(train: Sequence[str], truth: np.ndarray, test: Sequence[str]) -> np.ndarray:
    """Return what a plain character n-gram model (TF-IDF, logistic regression) says of `test`."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, min_df=2)
    model = make_pipeline(
        vectors, LogisticRegression(C=100, solver="liblinear", class_weight="balanced", tol=1e-3)
    )
    model.fit([t[:12_000] for t in train], truth)
    return model.decision_function([t[:12_000] for t in test])


def crossed(rows: list[Labelled], count: int, used: int) -> dict[str, np.ndarray]:
    """Return scores by models that saw nothing of a document's site; NaN in unused folds."""
    texts, truth, sites = arrays(rows)
    fold = folds(truth, sites, count, 7)
    out = {n: np.full(len(rows), np.nan) for n in ("markup", "prose", "whole", "era", "ngrams")}
    out["threshold"] = np.full(len(rows), np.nan)
    for number in range(used):
        mine = np.flatnonzero(fold == number)
        rest = np.flatnonzero(fold != number)
        model = fit([rows[i] for i in rest])
        for name, values in model.scores([texts[i] for i in mine]).items():
            out[name][mine] = values
        out["threshold"][mine] = model.threshold
        out["ngrams"][mine] = ngrams(
            [texts[i].prose for i in rest], truth[rest], [texts[i].prose for i in mine]
        )
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
    pages, plain_texts = old_web + new_web, old_text + new_text

    start = time.process_time()
    model = fit(pages)
    seconds = (time.process_time() - start) * 1_000 / len(pages)
    bench.figure("fit, 1,000 web pages", seconds, "CPU s", "<= 15", seconds <= 15)
    sample = [r.text for r in old_web[:300]]
    start = time.process_time()
    model.scores(sample)
    speed = len(sample) / (time.process_time() - start)
    bench.figure("score, period web pages", speed, "documents/s/core", ">= 300", speed >= 300)

    goals = {"whole": 0.999, "prose": 0.995}
    found = crossed(pages, count, used)
    _, truth, sites = arrays(pages)
    peer = area(found["ngrams"], truth, sites)
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
    real = (truth == 1) & ~np.isnan(found["era"])
    passed = float((found["era"][real] >= found["threshold"][real]).mean())
    fooled = (truth == 0) & ~np.isnan(found["era"])
    modern = float((found["era"][fooled] >= found["threshold"][fooled]).mean())
    bench.figure(
        "web: real period pages of unseen sites above the threshold", passed, "share", "0.90", None
    )
    bench.figure("web: modern pages of unseen sites above the threshold", modern, "share", "", None)

    found = crossed(plain_texts, count, used)
    _, truth_t, sites_t = arrays(plain_texts)
    got, peer = area(found["prose"], truth_t, sites_t), area(found["ngrams"], truth_t, sites_t)
    bench.figure(
        "plain text: AUC", got.value, "AUC", ">= 0.99", got.value >= 0.99,
        {"interval": show(got), "plain n-grams, years visible": round(peer.value, 4)},
    )  # fmt: skip

    text_model = fit(plain_texts)
    for name, learnt, of, rows, train, goal in (
        ("learnt on text, tested on web prose", text_model, "prose", pages, plain_texts, 0.96),
        ("learnt on web prose, tested on text", model, "prose", plain_texts, pages, 0.90),
    ):
        texts, labels_, groups = arrays(rows)
        # A page's prose, as text: only what the prose head sees may decide.
        got = area(learnt.scores(texts)[of], labels_, groups)
        peers = {"interval": show(got)}
        if not quick:
            _, train_truth, _ = arrays(train)
            other = ngrams([r.text.prose for r in train], train_truth, [t.prose for t in texts])
            peers["plain n-grams, years visible"] = round(area(other, labels_, groups).value, 4)
        bench.figure(
            f"across genres, {name}: AUC", got.value, "AUC", f">= {goal}", got.value >= goal,
            peers,
        )  # fmt: skip

    moved = [counterfactual(model, row.text) for row in new_web[:100] + old_web[:100]]
    most = float(np.nanmax(moved))
    bench.figure(
        "inserting 1995: largest change of a score", most, "probability", "<= 0.01", most <= 0.01
    )

    # Old tags around modern prose, from sites the model has not seen.
    chimeras(bench, old_web, new_web)
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


def counterfactual(model: StyleModel, text: Text) -> float:
    """Return how much any score changes when `1995` stands at the top, middle and end."""
    half = len(text.prose) // 2
    changed = f"1995 {text.prose[:half]} 1995 {text.prose[half:]} in 1995"
    base = Text(text.body, f"{text.prose} in", text.format)
    scores = model.scores([base, Text(text.body, changed, text.format)])
    return max(abs(float(v[0] - v[1])) for v in scores.values())


def chimeras(bench: harness.Bench, old: list[Labelled], new: list[Labelled]) -> None:
    """Measure the lower of two heads, and their mean, on pages with old tags and modern prose."""
    _, truth, sites = arrays(old + new)
    fold = folds(truth, sites, 5, 7)
    rows = old + new
    model = fit([rows[i] for i in np.flatnonzero(fold != 0)])
    mine = [rows[i].text for i in np.flatnonzero(fold == 0)]
    held_old = [t for t, y in zip(mine, truth[fold == 0], strict=True) if y]
    held_new = [t for t, y in zip(mine, truth[fold == 0], strict=True) if not y]
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
