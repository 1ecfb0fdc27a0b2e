"""Counts the weights of the clues to a date, and says how they do on sites left out of them.

A log-linear model of the labelled year: the vote of each clue depends on its kind, on the kind of
document and on the years between, and all are fitted together on the logarithm of the likelihood of
the labels, sites weighing by the root of their size. `--write` fits it on everything and writes
corpus/dates/weights.tsv. Without it, the sites are left out fold by fold (and then whole
collections), and the figures say how many labels the intervals hold.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from harness import Bench, shared_data
from labelled import documents
from scipy import sparse
from scipy.optimize import minimize

from erastyle.corpus.dates import evidence, interval, weights
from erastyle.corpus.dates.evidence import Clue

COLLECTIONS = (
    *("web1990s", "manuals1990s", "texts1990s", "newspapers", "books-and-journals"),
    *("usenet1993", "modern-web", "modern-texts"),
)
SHARES = {"modern-texts": 0.3, "usenet1993": 0.3}
"""Weight of collections whose labels are rough, or all of one month."""
FOLDS = 5
KINDS = tuple(interval.KINDS)
BINS = len(weights.GAPS) + 1
SHAPE = (len(weights.CONTEXTS) + 1, len(KINDS), BINS)
"""Parameters: those that all contexts share, then what each context adds."""
BEFORE, EXACT = -6.0, -14.0
FIXED: dict[str, Callable[[int], float]] = {
    # Headers and programs that sign: no labelled document has them. An unexpanded `$Id$` stands on
    # one site only, so the years after it weigh alike as long as such a file was in use.
    "source": lambda gap: 0.0 if gap == 0 else EXACT,
    "mail": lambda gap: 0.0 if gap == 0 else EXACT,
    "http": lambda gap: {0: 0.0, -1: -2.9, -2: -3.7}.get(gap, -5.8),
    "stale": lambda gap: BEFORE if gap < 0 else max(BEFORE, min(0.0, 0.47 * (4 - gap))),
    "generator": lambda gap: BEFORE if gap < 0 else max(BEFORE, min(0.0, 0.5 * (1 - gap))),
}
"""Kinds whose numbers are set and not counted."""
NEVER_OLDER, NOT_OLDER, MISREAD = ("copyright", "comment"), -3.0, -2.0
"""A document is not older than a date in its own name, whatever its label says: labels take the
first year of `1991-94`. In scans a digit can be misread."""
LONG_AFTER, HARDLY = 7, -6.5
"""Years after which a page of the first decade hardly ever keeps an old copyright line: by then it
holds newer markup or names, which make it a newer page."""
Table = Any
"""An array of `SHAPE`."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A labelled document with the votes that its clues have on each possible year.

    Attributes:
        collection: Name of the collection file.
        group: Where the collection's part is from.
        site: Its site.
        hidden: Whether the path was hidden.
        year: The label.
        where: Number of its kind of document.
        years: Possible years.
        cells: Kind, column for each year, and certainty of each clue.
    """

    collection: str
    group: str
    site: str
    hidden: bool
    year: int
    where: int
    years: Any
    cells: tuple[tuple[int, Any, float], ...]


def main() -> None:
    """Print the figures, or write the weights."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a part of the data, two minutes")
    parser.add_argument("--write", action="store_true", help="fit on everything, write the table")
    options = parser.parse_args()
    samples = list(_samples(shared_data(), 150 if options.quick else 0))
    if options.write:
        path = Path(weights.__file__).with_name("weights.tsv")
        path.write_text(_as_text(_fitted(samples), len(samples)), encoding="utf-8")
        return
    bench = Bench("date_weights")
    _report(bench, "sites left out", _left_out(samples, _site_fold, range(FOLDS)))
    groups = sorted(_large(samples))
    by_group = {group: number for number, group in enumerate(groups)}

    def group_fold(sample: Sample) -> int:
        return by_group.get((sample.collection, sample.group), -1)

    if not options.quick:
        predicted = _left_out(samples, group_fold, range(len(groups)))
        _report(bench, "collections left out", predicted)
    bench.finish()


def _samples(folder: Path, most: int) -> Iterable[Sample]:
    for name in COLLECTIONS:
        for document, label in documents(folder, name, most):
            bare = replace(document, date_evidence="")
            for hidden in (False, True):
                given = replace(bare, source="") if hidden else bare
                page = interval.FIRST_HTML if document.format == "html" else 0
                sample = _sample(name, label, list(evidence.find(given)), page, given.date_to)
                if sample and label["year"]:
                    yield replace(sample, hidden=hidden)


def _sample(
    name: str, label: dict[str, Any], clues: Sequence[Clue], page: int, captured: str
) -> Sample | None:
    telling = interval.usable(clues, captured, page)
    if not telling or all(clue.kind == "product" for clue in telling):
        return None
    where = interval.context_of(telling, page)
    years = np.array(interval.possible(telling, where, captured, page))
    cells, stated = [], interval.states(telling)
    for clue in telling:
        first, last = int(clue.first[:4]), int(clue.last[:4])
        gaps = np.where(years < first, years - first, np.maximum(0, years - last))
        if stated and clue.kind in interval.BOUNDS:
            gaps = np.minimum(gaps, 0)
        column = np.searchsorted(weights.GAPS, gaps, side="right")
        cells.append((KINDS.index(clue.kind), column, clue.sure))
    return Sample(
        name,
        str(label["collection"]),
        label["site"],
        False,
        label["year"] or 0,
        weights.CONTEXTS.index(where),
        years,
        tuple(cells),
    )


def _fitted(samples: Iterable[Sample]) -> Table:
    """Return the weights that make the labels likeliest, with those that are set."""
    stale = KINDS.index("stale")
    table = _fit([s for s in samples if all(kind != stale for kind, _, _ in s.cells)])
    for name, vote in FIXED.items():
        number = KINDS.index(name)
        table[:, number] = 0
        starts = (weights.GAPS[0] - 8, *weights.GAPS)
        table[0, number] = [vote(gap) for gap in starts]
    zero = int(np.searchsorted(weights.GAPS, 0, side="right"))
    for name in NEVER_OLDER:
        number = KINDS.index(name)
        for where, context in enumerate(weights.CONTEXTS, start=1):
            votes = table[0, number] + table[where, number]
            most = votes[zero] + (MISREAD if context == "old" else NOT_OLDER)
            most = most + np.arange(1 - zero, 1)  # less from column to column
            table[where, number, :zero] = np.minimum(votes[:zero], most) - table[0, number, :zero]
            if context == "page":
                late = int(np.searchsorted(weights.GAPS, LONG_AFTER, side="right"))
                held = np.minimum(votes[late:], votes[zero] + HARDLY)
                table[where, number, late:] = held - table[0, number, late:]
    return table


def _fit(samples: Sequence[Sample]) -> Table:
    votes, starts, true, weight = _design(samples)
    sizes = np.diff([*starts, votes.shape[0]])
    chosen = votes[true]
    steps = np.diff(np.eye(BINS), axis=0)
    smooth = 0.4 * steps.T @ steps
    ridge = np.array([0.05, *[0.3] * len(weights.CONTEXTS)])[:, None, None]

    def loss(flat: Table) -> tuple[float, Table]:
        z = votes @ flat
        top = np.maximum.reduceat(z, starts)
        e = np.exp(z - np.repeat(top, sizes))
        total = np.add.reduceat(e, starts)
        held = e / np.repeat(total, sizes) * np.repeat(weight, sizes)
        table = flat.reshape(SHAPE)
        rough = table @ smooth
        value = weight @ (np.log(total) + top - chosen @ flat)
        value += 0.5 * ((ridge * table**2).sum() + (table * rough).sum())
        gradient = votes.T @ held - chosen.T @ weight + (ridge * table + rough).ravel()
        return float(value), gradient

    fit = minimize(
        loss, np.zeros(np.prod(SHAPE)), jac=True, method="L-BFGS-B", options={"maxiter": 150}
    )
    return fit.x.reshape(SHAPE)


def _design(samples: Sequence[Sample]) -> tuple[Any, Any, Any, Any]:
    """Return votes by parameters, where each document begins, its true row, and its weight."""
    samples = [s for s in samples if s.year in s.years]
    counts = Counter((s.collection, s.site, s.hidden) for s in samples)
    starts = np.cumsum([0, *(len(s.years) for s in samples)])
    rows, columns, values = [], [], []
    for start, sample in zip(starts, samples, strict=False):
        own = start + np.arange(len(sample.years))
        for kind, column, sure in sample.cells:
            for where in (0, sample.where + 1):
                rows.append(own)
                columns.append((where * len(KINDS) + kind) * BINS + column)
                values.append(np.full(len(own), sure))
    cells = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    votes = sparse.csr_matrix(cells, shape=(starts[-1], int(np.prod(SHAPE))))
    true = [
        int(b + np.searchsorted(s.years, s.year)) for b, s in zip(starts, samples, strict=False)
    ]
    weight = [
        SHARES.get(s.collection, 1.0) * counts[s.collection, s.site, s.hidden] ** -0.5
        for s in samples
    ]
    return votes, starts[:-1], np.array(true), np.array(weight)


def _site_fold(sample: Sample) -> int:
    name = f"{sample.collection}{sample.site}"
    return hashlib.sha256(name.encode()).digest()[0] % FOLDS


def _large(samples: Sequence[Sample]) -> set[tuple[str, str]]:
    """Return the parts of the judged collections with more than 45 documents."""
    counts = Counter((s.collection, s.group) for s in samples if not s.hidden)
    judged = ("web1990s", "texts1990s", "newspapers")
    return {key for key, count in counts.items() if key[0] in judged and count > 45}


def _left_out(
    samples: Sequence[Sample], fold: Callable[[Sample], int], folds: Iterable[int]
) -> list[tuple[Sample, int, int]]:
    """Return the interval of each sample by weights that its fold had no part in."""
    predicted = []
    numbers = [fold(sample) for sample in samples]
    for number in folds:
        pairs = list(zip(samples, numbers, strict=True))
        table = _fitted([s for s, n in pairs if n != number])
        for sample in (s for s, n in pairs if n == number):
            predicted.append((sample, *_interval(table, sample)))
    return predicted


def _interval(table: Table, sample: Sample) -> tuple[int, int]:
    z = np.zeros(len(sample.years))
    for kind, column, sure in sample.cells:
        z += sure * (table[0, kind, column] + table[sample.where + 1, kind, column])
    shares = np.exp(z - z.max())
    mass = weights.MASS[weights.CONTEXTS[sample.where]]
    low, high = interval.shortest((shares / shares.sum()).tolist(), mass)
    return int(sample.years[low]), int(sample.years[high])


def _report(bench: Bench, how: str, predicted: Sequence[tuple[Sample, int, int]]) -> None:
    parts: dict[tuple[str, bool], list[tuple[Sample, int, int]]] = defaultdict(list)
    for row in predicted:
        parts[row[0].collection, row[0].hidden].append(row)
    goals = (("web1990s", False), ("texts1990s", False), ("newspapers", True))
    for (name, hidden), rows in sorted(parts.items()):
        inside = [low <= sample.year <= high for sample, low, high in rows]
        sites: dict[str, list[bool]] = defaultdict(list)
        for (sample, _, _), held in zip(rows, inside, strict=True):
            sites[sample.site].append(held)
        share = float(np.mean(inside))
        by_site = float(np.mean([np.mean(held) for held in sites.values()]))
        width = float(np.median([high - low + 1 for _, low, high in rows]))
        goal = (name, hidden) in goals
        title = f"{name}, {how}{', path hidden' if hidden else ''}"
        bench.figure(
            f"{title} ({len(rows)}): label inside",
            round(share, 4),
            "share",
            ">= .95" if goal else "-",
            share >= 0.95 if goal else None,
            {"mean of the sites": round(by_site, 4), "sites": len(sites)},
        )
        web = goal and name == "web1990s"
        bench.figure(
            f"{title}: median interval",
            width,
            "years",
            "<= 3" if web else "-",
            width <= 3 if web else None,
        )


def _as_text(table: Table, count: int) -> str:
    """Return the weights as a table, each row less its vote for the clue's own year."""
    lines = [
        "# Votes of clues for years: logarithms, 0 for the year that the clue states.",
        f"# Made by `python benchmarks/date_weights.py --write` from {count:,} datings of labelled",
        "# documents. A column holds the gaps from its number on; the first, all before.",
        "\t".join(["kind", "context", "before", *map(str, weights.GAPS)]),
    ]
    zero = int(np.searchsorted(weights.GAPS, 0, side="right"))
    for number, kind in enumerate(KINDS):
        for where, context in enumerate(weights.CONTEXTS, start=1):
            votes = table[0, number] + table[where, number]
            shown = [f"{vote:.2f}" for vote in votes - votes[zero]]
            lines.append("\t".join([kind, context, *shown]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
