"""Ages of texts and years within them: the parts of the learnt dating model, and its fit.

A classifier tells the ages apart, and a ridge regression within each age estimates the year.
Documents come in ages with gaps between them (`AGES`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.errors import ModelError
from erastyle.eval.dating import lexical
from erastyle.eval.dating.lexical import FIRST, LEVEL, YEARS, Evidence
from erastyle.eval.style.features import COLUMNS, Head, StyleFeatures
from erastyle.eval.style.fitting import MIN_DOCUMENTS
from erastyle.eval.style.hashed_rows import Row, matrix
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
"""Fewest sites of an age: three quarters are learnt and the rest is measured."""
FOLDS = 4
PENALTY = 0.2
LEVELS = np.linspace(0, 1, 101)
UNSURE = 0.6
"""Probability of the likeliest age below which a text has no date."""


@dataclass(slots=True)
class Age:
    """What is learnt of one age.

    Attributes:
        first: First year of the age.
        last: Last year.
        here: Whether a text is of this age, from prose and markup in one row.
        year: Regression of the year within the age, by head; years are added to `middle`.
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
        error: Mean error in years, by the first year of the age of the texts.
        held: Share of texts whose year lies in the 80 % interval, likewise.
        unsure: Share of texts that got no date.
    """

    ages: tuple[tuple[int, int, int, int], ...]
    error: Mapping[int, float]
    held: Mapping[int, float]
    unsure: float


@dataclass(frozen=True, slots=True)
class DatedDocuments:
    """Documents to learn from.

    Attributes:
        features: Features of each document, all of them judged.
        evidence: Dated words and tags of each document.
        years: Year of each document. Shape: (documents,).
        sites: Site of each document. Shape: (documents,).
    """

    features: StyleFeatures
    evidence: Sequence[Sequence[Evidence]]
    years: NDArray[np.int64]
    sites: NDArray[np.str_]

    def select(self, at: NDArray[np.int64]) -> DatedDocuments:
        """Return the documents at the places `at`."""
        evidence = [self.evidence[int(i)] for i in at]
        return DatedDocuments(self.features.select(at), evidence, self.years[at], self.sites[at])


# --- dates of texts ---------------------------------------------------------------------------


def distributions(
    ages: Sequence[Age], features: StyleFeatures, evidence: Sequence[Sequence[Evidence]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the cumulative distribution of each text, and the share of each age in it.

    Shape: (texts, len(YEARS)) and (texts, ages).
    """
    if not features.reasons:
        return np.zeros((0, len(YEARS))), np.zeros((0, len(ages)))
    rows = _joined(features)
    shares = _shares(np.column_stack([a.here.logit(a.here.raw(rows)) for a in ages]))
    years = np.column_stack([_estimate(age, features) for age in ages])
    return _mixed(ages, shares, years, evidence), shares


def _joined(features: StyleFeatures) -> list[Row]:
    """Return prose and markup of each text as one row."""
    rows: list[Row] = []
    for prose, tags in zip(features.rows["prose"], features.rows["markup"], strict=True):
        if prose is None:
            raise ModelError("A text that cannot be judged cannot be dated.")
        if tags is None:
            rows.append(prose)
        else:
            at = np.concatenate([prose[0], tags[0] + np.int32(COLUMNS["prose"])])
            rows.append((at, np.concatenate([prose[1], tags[1]])))
    return rows


def _estimate(age: Age, features: StyleFeatures) -> NDArray[np.float64]:
    """Return the year of each text if it is of this age. Shape: (texts,)."""
    years = np.full(len(features.reasons), age.middle)
    for head, model in age.year.items():
        rows = [(i, row) for i, row in enumerate(features.rows[head]) if row is not None]
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
    evidence: Sequence[Sequence[Evidence]],
) -> NDArray[np.float64]:
    """Return the cumulative distribution of each text. Shape: (texts, len(YEARS)).

    Args:
        ages: What was learnt; its `errors` are used.
        shares: Probability of each age. Shape: (texts, ages).
        years: Estimated year if the text is of the age. Shape: (texts, ages).
        evidence: Dated words and tags of each text.
    """
    density = np.zeros((len(shares), len(YEARS)))
    for number, age in enumerate(ages):
        inside = (age.first <= YEARS) & (age.last >= YEARS)
        edges = np.append(YEARS[inside], YEARS[inside][-1] + 1) - 0.5
        steps = LEVELS + 1e-9 * np.arange(len(LEVELS))  # errors may repeat: keep them in order
        below = np.interp(edges[None, :] - years[:, [number]], age.errors, steps, 0.0, 1.0)
        mass = np.diff(below, axis=1) + 1e-5
        density[:, inside] += shares[:, [number]] * mass / mass.sum(axis=1, keepdims=True)
    density *= np.array([lexical.bounded(e) for e in evidence]).reshape(len(shares), len(YEARS))
    cumulative: NDArray[np.float64] = np.cumsum(density, axis=1) / density.sum(
        axis=1, keepdims=True
    )
    return cumulative


# --- learning ---------------------------------------------------------------------------------


def fit(documents: DatedDocuments, seed: int) -> tuple[list[Age], DatingReport]:
    """Return the ages that can be learnt from the documents, measured by cross-validation.

    Raises:
        ModelError: No age has enough documents and sites.
    """
    spans = _spans(documents)
    age_of = np.array(
        [next((n for n, (a, b) in enumerate(spans) if a <= y <= b), -1) for y in documents.years]
    )
    kept = np.flatnonzero(age_of >= 0)
    documents, age_of = documents.select(kept), age_of[kept]
    years, sites = documents.years, documents.sites
    raw, guess = _cross_validate(documents, age_of, spans, seed)

    ages = _learn(documents, spans, seed)
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
    cumulative = _mixed(ages, shares, guess, documents.evidence)
    return ages, _measure(ages, shares, cumulative, documents)


def _spans(documents: DatedDocuments) -> list[tuple[int, int]]:
    """Return first and last year of each age with enough documents and sites."""
    spans = []
    for first, last in AGES:
        mine = (documents.years >= first) & (documents.years <= last)
        if mine.sum() >= MIN_DOCUMENTS and len(np.unique(documents.sites[mine])) >= MIN_SITES:
            spans.append((first, last))
    if not spans:
        raise ModelError(
            f"The dating model needs at least {MIN_DOCUMENTS} documents of {MIN_SITES} sites of "
            "one age. Add dated documents of other sites."
        )
    return spans


def _cross_validate(
    documents: DatedDocuments,
    age_of: NDArray[np.int64],
    spans: Sequence[tuple[int, int]],
    seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return decision value and year of each document for each age, from fits without its site."""
    sites = documents.sites
    fold = _age_folds(age_of, sites, len(spans), seed)
    raw = np.full((len(sites), len(spans)), np.nan)
    guess = np.full((len(sites), len(spans)), np.nan)
    for number in range(FOLDS):
        out, rest = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        keep_apart({"learning": sites[rest], "calibration": sites[out]})
        part = documents.features.select(out)
        for place, age in enumerate(_learn(documents.select(rest), spans, seed)):
            raw[out, place] = age.here.raw(_joined(part))
            guess[out, place] = _estimate(age, part)
    return raw, guess


def _age_folds(
    age_of: NDArray[np.int64], sites: NDArray[np.str_], count: int, seed: int
) -> NDArray[np.int64]:
    """Return folds that split no site, with sites of each of `count` ages in every fold."""
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


def _learn(documents: DatedDocuments, spans: Sequence[tuple[int, int]], seed: int) -> list[Age]:
    """Return what is learnt of each age, before it is measured."""
    columns = COLUMNS["prose"] + COLUMNS["markup"]
    rows, years, ages = _joined(documents.features), documents.years, []
    for first, last in spans:
        mine = (years >= first) & (years <= last)
        if len(spans) > 1:
            here = fit_linear(rows, columns, mine.astype(np.int64), documents.sites, seed)
        else:
            here = Linear(np.zeros(columns, np.float16), np.zeros(columns, np.float16), 0.0)
        year, middle = _fit_year(documents.select(np.flatnonzero(mine)))
        ages.append(Age(first, last, here, year, middle))
    return ages


def _fit_year(documents: DatedDocuments) -> tuple[dict[Head, Linear], float]:
    """Return a ridge regression of the year, one part for each head, and the mean year."""
    from scipy import sparse
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import normalize

    years = documents.years
    weights = weigh(np.zeros(len(years), np.int64), documents.sites)
    middle = float(np.average(years, weights=weights))
    nothing: Row = (np.zeros(0, np.int32), np.zeros(0))
    heads: tuple[Head, ...] = ("prose", "markup")
    parts, rare, used = {}, {}, {}
    for head in heads:
        columns = COLUMNS[head]
        counts = matrix([row or nothing for row in documents.features.rows[head]], columns)
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
    by_head: dict[Head, Linear] = {}
    start = 0
    for head in parts:
        coef = np.zeros(len(rare[head]), np.float16)
        coef[used[head]] = model.coef_[start : start + len(used[head])]
        start += len(used[head])
        by_head[head] = Linear(rare[head], coef, 0.0)
    return by_head, middle


def _quantiles(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted quantiles at `LEVELS`, a little wider at both ends."""
    order = np.argsort(values)
    reached = (np.cumsum(weights[order]) - 0.5 * weights[order]) / weights.sum()
    quantiles: NDArray[np.float64] = np.interp(LEVELS, reached, values[order])
    wide = max(1.0, 0.1 * float(quantiles[-1] - quantiles[0]))
    quantiles[0], quantiles[-1] = quantiles[0] - wide, quantiles[-1] + wide
    return quantiles


def _measure(
    ages: Sequence[Age],
    shares: NDArray[np.float64],
    cumulative: NDArray[np.float64],
    documents: DatedDocuments,
) -> DatingReport:
    """Set the level of each age, and return errors and coverage of the cross-validated dates.

    Source:
        Chernozhukov, Wüthrich, Zhu, "Distributional conformal prediction", 2021: a text's score is
        how far from the median, in probability, its true year lies.
    """
    years, sites = documents.years, documents.sites
    at = years - FIRST
    whole = np.concatenate([np.zeros((len(years), 1)), cumulative], axis=1)
    row = np.arange(len(years))
    far = np.abs(whole[row, at] + whole[row, at + 1] - 1)
    likeliest = shares.argmax(axis=1)
    sure = (shares.max(axis=1) >= UNSURE) | (len(ages) == 1)
    for number, age in enumerate(ages):
        mine = (likeliest == number) & sure
        if mine.sum() >= MIN_DOCUMENTS:
            ordered = np.sort(far[mine])
            reached = np.arange(1, len(ordered) + 1) / (len(ordered) + 1)
            place = min(int(np.searchsorted(reached, LEVEL)), len(ordered) - 1)
            age.level = float(np.clip(ordered[place], 0.02, 0.999))
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
