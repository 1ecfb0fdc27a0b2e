"""Dating, learnt: which age a text is of, and then which year within it.

Training documents come in ages with gaps between them (`AGES`). A classifier tells the ages apart,
a ridge regression within each the year. What both were wrong by on sites that they had not learnt
becomes the distribution, and the interval is widened or narrowed until it holds 80 % of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.errors import ModelError
from erastyle.eval.dating import lexical
from erastyle.eval.dating.lexical import FIRST, LEVEL, YEARS, Dated, Evidence
from erastyle.eval.style import features, storage
from erastyle.eval.style.classifier import MIN_DOCUMENTS, Seen, look
from erastyle.eval.style.explain import explain
from erastyle.eval.style.features import HEADS, Head, Row, Text
from erastyle.eval.style.linear import (
    Linear,
    calibrate,
    fit_linear,
    folds,
    keep_apart,
    sigmoid,
    weigh,
)

AGES = ((1700, 1939), (1940, 1979), (1980, 2004), (2005, 2035))
MIN_SITES = 4
"""Fewest sites of an age: it is learnt from three quarters of them and measured on the rest."""
FOLDS = 4
PENALTY = 0.2
LEVELS = np.linspace(0, 1, 101)
VERSION = 1
UNSURE = 0.6
"""Probability of the likeliest age below which the text is said to be of no age in particular."""


@dataclass(slots=True)
class Age:
    """What is learnt of one age.

    Attributes:
        first: First year of the age.
        last: Last year.
        here: Is a text of this age? Both views in one row.
        year: Which year of the age, by view; years add up, from `middle` on.
        middle: Weighted mean of the years learnt.
        errors: Quantiles, at `LEVELS`, of true less estimated year on unseen sites.
        level: Nominal level at which the interval held 80 % of the texts of unseen sites.
    """

    first: int
    last: int
    here: Linear
    year: dict[Head, Linear]
    middle: float
    errors: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(LEVELS)))
    level: float = LEVEL


@dataclass(frozen=True, slots=True)
class DatingReport:
    """What was measured in cross-validation, no site on both sides.

    Attributes:
        ages: First year, last year, documents and sites of each age that was learnt.
        error: Mean error in years, by the age the texts are of (its first year).
        held: Share of texts whose year lies in the 80 % interval, likewise.
        unsure: Share of texts of which it could not be told.
    """

    ages: tuple[tuple[int, int, int, int], ...]
    error: Mapping[int, float]
    held: Mapping[int, float]
    unsure: float


@dataclass(slots=True)
class DatingModel:
    """A fitted dating model. `fit` makes one, `save` and `load` keep it."""

    report: DatingReport
    english: bool
    _ages: list[Age]

    @classmethod
    def fit(
        cls,
        texts: Sequence[Text],
        years: Sequence[int],
        groups: Sequence[str],
        seed: int = 1,
        english: bool = True,
        held: Mapping[str, Iterable[str]] | None = None,
    ) -> DatingModel:
        """Return a model of texts whose years are known.

        Args:
            texts: Documents, better of several genres an age.
            years: Year of each, within `YEARS`.
            groups: Site of each; no site is on both sides of a split.
            seed: Same texts and seed, same model.
            english: Whether to refuse texts with hardly an English function word.
            held: Sites by what they are held for elsewhere; none may be among `groups`.

        Raises:
            ModelError: No age has enough documents and sites, a year is out of range, or a site is
                held for something else.
        """
        found = [lexical.bounds(text) for text in texts]
        return cls.fit_seen(look(texts, english), found, years, groups, seed, english, held)

    @classmethod
    def fit_seen(
        cls,
        seen: Seen,
        found: Sequence[Sequence[Evidence]],
        years: Sequence[int],
        groups: Sequence[str],
        seed: int = 1,
        english: bool = True,
        held: Mapping[str, Iterable[str]] | None = None,
    ) -> DatingModel:
        """Return a model as `fit` does, of what `look` and `dating.bounds` returned."""
        if not len(seen.reasons) == len(found) == len(years) == len(groups):
            raise ModelError("The dating model needs one year and one site for each text.")
        keep_apart({"the dating model": groups, **(held or {})})
        usable = np.array([i for i, reason in enumerate(seen.reasons) if not reason], np.int64)
        truth, sites = np.asarray(years, np.int64)[usable], np.asarray(groups, np.str_)[usable]
        if len(truth) and not (truth.min() >= FIRST and truth.max() <= YEARS[-1]):
            raise ModelError(f"Years to learn from must lie between {FIRST} and {YEARS[-1]}.")
        return _fit(cls, seen.only(usable), [found[i] for i in usable], truth, sites, seed, english)

    def date(self, texts: Sequence[Text], most: int = 12) -> list[Dated]:
        """Return when `texts` were written, each with at most `most` pieces of evidence."""
        found = [lexical.bounds(text) for text in texts]
        return self.date_seen(look(texts, self.english), found, texts, most)

    def date_seen(
        self,
        seen: Seen,
        found: Sequence[Sequence[Evidence]],
        texts: Sequence[Text] | None = None,
        most: int = 12,
    ) -> list[Dated]:
        """Return dates as `date` does, of what `look` and `dating.bounds` returned.

        Without `texts` the evidence is only the dated words and tags.
        """
        known = [i for i, reason in enumerate(seen.reasons) if not reason]
        answers = [lexical.unknown(reason) for reason in seen.reasons]
        cumulative, shares = _spread(self._ages, seen.only(known), [found[i] for i in known])
        for place, number in enumerate(known):
            age = int(shares[place].argmax())
            if len(self._ages) > 1 and shares[place, age] < UNSURE:
                answers[number] = lexical.unknown("it could be of several ages")
                continue
            evidence = list(found[number])
            if texts is not None:
                rows: dict[Head, Row | None] = {h: seen.rows[h][number] for h in HEADS}
                moved = explain(self._ages[age].year, rows, texts[number], most)
                evidence += [Evidence(what, years) for what, years in moved]
            answers[number] = lexical.answer(
                cumulative[place], self._ages[age].level, evidence[: most or None]
            )
        return answers

    def save(self, path: Path) -> str:
        """Write the model to one file, atomically, and return the sha256 of the file."""
        state: dict[str, Any] = {
            "version": VERSION,
            "english": self.english,
            "report": json.dumps(_plain(self.report), sort_keys=True),
            "ages": [
                {
                    "numbers": [a.first, a.last, a.middle, a.level],
                    "errors": a.errors,
                    "here": storage.plain(a.here),
                    "year": {h: storage.plain(m) for h, m in sorted(a.year.items())},
                }
                for a in self._ages
            ],
        }
        return storage.write(path, state)

    @classmethod
    def load(cls, path: Path, sha256: str) -> DatingModel:
        """Return the model of a file that `save` wrote.

        Raises:
            ModelError: The file is missing, is not the one that was written, or holds anything but
                numbers and text.
        """
        state = storage.read(path, sha256, VERSION, "dating model")
        ages = []
        for kept in state["ages"]:
            first, last, middle, level = kept["numbers"]
            year = {h: storage.linear(m) for h, m in kept["year"].items()}
            here = storage.linear(kept["here"])
            ages.append(Age(int(first), int(last), here, year, middle, kept["errors"], level))
        plain = json.loads(state["report"])
        report = DatingReport(
            tuple(tuple(age) for age in plain["ages"]),
            {int(k): v for k, v in plain["error"].items()},
            {int(k): v for k, v in plain["held"].items()},
            plain["unsure"],
        )
        return cls(report, state["english"], ages)


def _plain(report: DatingReport) -> dict[str, Any]:
    return {
        "ages": report.ages,
        "error": dict(report.error),
        "held": dict(report.held),
        "unsure": report.unsure,
    }


def _joined(seen: Seen) -> list[Row]:
    """Return prose and markup of each text as one row."""
    rows: list[Row] = []
    for prose, tags in zip(seen.rows["prose"], seen.rows["markup"], strict=True):
        if prose is None:
            raise ModelError("A text that cannot be judged cannot be dated.")
        if tags is None:
            rows.append(prose)
        else:
            at = np.concatenate([prose[0], tags[0] + np.int32(features.PROSE_COLUMNS)])
            rows.append((at, np.concatenate([prose[1], tags[1]])))
    return rows


def _fit_year(
    seen: Seen, years: NDArray[np.int64], sites: NDArray[np.str_]
) -> tuple[dict[Head, Linear], float]:
    """Return a ridge regression of the year, one part a view, and the mean year it adds to."""
    from scipy import sparse
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import normalize

    weights = weigh(np.zeros(len(years), np.int64), sites)
    middle = float(np.average(years, weights=weights))
    nothing: Row = (np.zeros(0, np.int32), np.zeros(0))
    parts, rare, used = {}, {}, {}
    for head, columns in (("prose", features.PROSE_COLUMNS), ("markup", features.MARKUP_COLUMNS)):
        counts = features.matrix([row or nothing for row in seen.rows[head]], columns)  # type: ignore[index]
        often = np.bincount(counts.indices, minlength=columns)
        used[head] = np.flatnonzero(often > 1)
        if not len(used[head]):
            continue
        rare[head] = np.zeros(columns, np.float16)
        rare[head][used[head]] = np.log((1 + len(years)) / (1 + often[used[head]])) + 1
        scale = sparse.diags(rare[head][used[head]].astype(np.float64))
        parts[head] = normalize(counts[:, used[head]] @ scale)
    model = Ridge(alpha=PENALTY, solver="lsqr", fit_intercept=False, tol=1e-4, max_iter=150)
    model.fit(sparse.hstack(list(parts.values())).tocsr(), years - middle, sample_weight=weights)
    found: dict[Head, Linear] = {}
    start = 0
    for head in parts:
        coef = np.zeros(len(rare[head]), np.float16)
        coef[used[head]] = model.coef_[start : start + len(used[head])]
        start += len(used[head])
        found[head] = Linear(rare[head], coef, 0.0)  # type: ignore[index]
    return found, middle


def _estimate(age: Age, seen: Seen) -> NDArray[np.float64]:
    """Return the year of each text if it is of this age. Shape: (texts,)."""
    years = np.full(len(seen.reasons), age.middle)
    for head, model in age.year.items():
        rows = [(i, row) for i, row in enumerate(seen.rows[head]) if row is not None]
        if rows:
            years[np.array([i for i, _ in rows])] += model.raw([row for _, row in rows])
    bounded: NDArray[np.float64] = np.clip(years, age.first, age.last)
    return bounded


def _shares(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities of the ages from the log odds of each against the rest."""
    odds = sigmoid(logits)
    total: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
    return total


def _mixed(
    ages: Sequence[Age],
    shares: NDArray[np.float64],
    years: NDArray[np.float64],
    found: Sequence[Sequence[Evidence]],
) -> NDArray[np.float64]:
    """Return the distribution of each text. Shape: (texts, len(YEARS)).

    Args:
        ages: What was learnt; its `errors` are used.
        shares: Of the ages. Shape: (texts, ages).
        years: Estimated year if of the age. Shape: (texts, ages).
        found: Dated words and tags of each text.
    """
    density = np.zeros((len(shares), len(YEARS)))
    for number, age in enumerate(ages):
        inside = (age.first <= YEARS) & (age.last >= YEARS)
        edges = np.append(YEARS[inside], YEARS[inside][-1] + 1) - 0.5
        steps = LEVELS + 1e-9 * np.arange(len(LEVELS))  # errors may repeat: keep them in order
        below = np.interp(edges[None, :] - years[:, [number]], age.errors, steps, 0.0, 1.0)
        mass = np.diff(below, axis=1) + 1e-5
        density[:, inside] += shares[:, [number]] * mass / mass.sum(axis=1, keepdims=True)
    density *= np.array([lexical.bounded(f) for f in found]).reshape(len(shares), len(YEARS))
    cumulative: NDArray[np.float64] = np.cumsum(density, axis=1) / density.sum(
        axis=1, keepdims=True
    )
    return cumulative


def _spread(
    ages: Sequence[Age], seen: Seen, found: Sequence[Sequence[Evidence]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the distribution of each text, and the share of each age in it."""
    if not seen.reasons:
        return np.zeros((0, len(YEARS))), np.zeros((0, len(ages)))
    rows = _joined(seen)
    shares = _shares(np.column_stack([a.here.logit(a.here.raw(rows)) for a in ages]))
    years = np.column_stack([_estimate(a, seen) for a in ages])
    return _mixed(ages, shares, years, found), shares


def _learn(
    seen: Seen, years: NDArray[np.int64], sites: NDArray[np.str_], spans: Sequence[tuple[int, int]],
    seed: int,
) -> list[Age]:  # fmt: skip
    """Return what is learnt of each age, not yet measured."""
    columns = features.PROSE_COLUMNS + features.MARKUP_COLUMNS
    rows, ages = _joined(seen), []
    for first, last in spans:
        mine = (years >= first) & (years <= last)
        if len(spans) > 1:
            here = fit_linear(rows, columns, mine.astype(np.int64), sites, seed)
        else:
            here = Linear(np.zeros(columns, np.float16), np.zeros(columns, np.float16), 0.0)
        year, middle = _fit_year(seen.only(np.flatnonzero(mine)), years[mine], sites[mine])
        ages.append(Age(first, last, here, year, middle))
    return ages


def _fit(
    cls: type[DatingModel],
    seen: Seen,
    found: Sequence[Sequence[Evidence]],
    years: NDArray[np.int64],
    sites: NDArray[np.str_],
    seed: int,
    english: bool,
) -> DatingModel:
    spans = [
        (first, last)
        for first, last in AGES
        if (mine := (years >= first) & (years <= last)).sum() >= MIN_DOCUMENTS
        and len(np.unique(sites[mine])) >= MIN_SITES
    ]
    if not spans:
        raise ModelError(
            f"The dating model needs at least {MIN_DOCUMENTS} documents of {MIN_SITES} sites of "
            "one age. Add dated documents of other sites."
        )
    age_of = np.array(
        [next((n for n, (a, b) in enumerate(spans) if a <= y <= b), -1) for y in years]
    )
    kept = np.flatnonzero(age_of >= 0)
    seen, found = seen.only(kept), [found[int(i)] for i in kept]
    years, sites, age_of = years[kept], sites[kept], age_of[kept]
    fold = _spread_folds(age_of, sites, len(spans), seed)

    raw = np.full((len(years), len(spans)), np.nan)
    guess = np.full((len(years), len(spans)), np.nan)
    for number in range(FOLDS):
        out, rest = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        keep_apart({"learning": sites[rest], "calibration": sites[out]})
        part = seen.only(out)
        for place, age in enumerate(_learn(seen.only(rest), years[rest], sites[rest], spans, seed)):
            raw[out, place] = age.here.raw(_joined(part))
            guess[out, place] = _estimate(age, part)

    ages = _learn(seen, years, sites, spans, seed)
    logits = np.zeros_like(raw)
    for number, age in enumerate(ages):
        mine = age_of == number
        if len(ages) > 1:
            label = mine.astype(np.int64)
            slope, offset, bound = calibrate(raw[:, number], label, weigh(label, sites))
            age.here.slope, age.here.offset = slope, offset
            age.here.low, age.here.high = -bound, bound
            logits[:, number] = age.here.logit(raw[:, number])
        wrong = years[mine] - guess[mine, number]
        age.errors = _quantiles(wrong, weigh(np.zeros(mine.sum(), np.int64), sites[mine]))
    shares = _shares(logits)
    cumulative = _mixed(ages, shares, guess, found)
    return cls(_measure(ages, shares, cumulative, years, sites), english, ages)


def _spread_folds(
    age_of: NDArray[np.int64], sites: NDArray[np.str_], count: int, seed: int
) -> NDArray[np.int64]:
    """Return folds in which no site is torn apart and each age has its sites in every fold."""
    fold = np.full(len(sites), -1)
    for age in range(count):  # a site of two ages stays where the first one put it
        mine = (age_of == age) & (fold < 0)
        if not mine.any():
            continue
        chosen = folds(np.zeros(mine.sum(), np.int64), sites[mine], FOLDS, seed)
        of = dict(zip(sites[mine].tolist(), chosen.tolist(), strict=True))
        for at in np.flatnonzero((fold < 0) & np.isin(sites, list(of))):
            fold[at] = of[str(sites[at])]
    return fold


def _quantiles(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted quantiles at `LEVELS`, a little wider at both ends."""
    order = np.argsort(values)
    reached = (np.cumsum(weights[order]) - 0.5 * weights[order]) / weights.sum()
    found: NDArray[np.float64] = np.interp(LEVELS, reached, values[order])
    wide = max(1.0, 0.1 * float(found[-1] - found[0]))
    found[0], found[-1] = found[0] - wide, found[-1] + wide
    return found


def _measure(
    ages: Sequence[Age],
    shares: NDArray[np.float64],
    cumulative: NDArray[np.float64],
    years: NDArray[np.int64],
    sites: NDArray[np.str_],
) -> DatingReport:
    """Set the level of each age, and return what the cross-validated answers are worth.

    Source:
        Chernozhukov, Wüthrich, Zhu, "Distributional conformal prediction", 2021: a text's score is
        how far from the median, in probability, its true year lies.
    """
    at = years - FIRST
    whole = np.concatenate([np.zeros((len(years), 1)), cumulative], axis=1)
    row = np.arange(len(years))
    far = np.abs(whole[row, at] + whole[row, at + 1] - 1)
    likeliest = shares.argmax(axis=1)
    sure = (shares.max(axis=1) >= UNSURE) | (len(ages) == 1)
    for number, age in enumerate(ages):
        mine = (likeliest == number) & sure
        if mine.sum() >= MIN_DOCUMENTS:
            weights = np.ones(int(mine.sum()))
            order = np.argsort(far[mine])
            reached = np.cumsum(weights[order]) / (weights.sum() + 1)
            place = int(np.searchsorted(reached, LEVEL))
            age.level = float(np.clip(far[mine][order][min(place, len(order) - 1)], 0.02, 0.999))
    middle = np.array([lexical.quantiles(c, (0.5,))[0] for c in cumulative])
    within = far <= np.array([ages[n].level for n in likeliest])
    error, held, count = {}, {}, []
    for age in ages:
        mine = (years >= age.first) & (years <= age.last)
        count.append((age.first, age.last, int(mine.sum()), len(np.unique(sites[mine]))))
        mine &= sure
        if mine.any():
            error[age.first] = float(np.abs(middle - years)[mine].mean())
            held[age.first] = float(within[mine].mean())
    return DatingReport(tuple(count), error, held, float((~sure).mean()))
