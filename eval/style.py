"""Style: how probable it is that people of the era wrote a text, markup and prose judged apart.

Two classifiers that never see each other's side, era against contrast. The score of a page is the
lower of the two: 1990s tags around modern prose are not a 1990s page. A plain text has no markup
and is judged by its prose. What is reported of a model (`StyleModel.report`) was measured on sites
that the model was not fitted to.
"""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.errors import ModelError
from erastyle.eval import features
from erastyle.eval.features import Text
from erastyle.eval.statistics import Estimate, auc

Head = Literal["markup", "prose"]
HEADS: tuple[Head, ...] = ("markup", "prose")

MIN_WORDS = 20
"""Fewest words that are judged. Below, a score would be made from nothing."""
MIN_FUNCTION_SHARE = 0.05
"""Smallest share of English function words in a text that an English model judges."""
MIN_DOCUMENTS = 8
"""Fewest documents a class to fit on."""
MIN_SITES = 2
"""Fewest sites a class to fit on: one to learn from, one to calibrate on."""
PENALTY = 1000.0
"""Inverse strength of the L2 penalty. Weaker than usual: it gained most across genres."""
SITE_POWER = 0.5
"""A site of n documents weighs n**SITE_POWER: more pages tell more, but no site rules."""
FOLDS = 4
TEST_SHARE = 0.2
"""Share of sites kept apart to test on, where there are at least `TEST_SITES` a class."""
TEST_SITES = 10
PASS_SHARE = 0.9
"""Share of real held-out documents of the era that lie above the threshold."""
VERSION = 1


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of a reliability diagram.

    Attributes:
        predicted: Mean predicted probability.
        observed: Share of documents of the era.
        count: Documents in it.
    """

    predicted: float
    observed: float
    count: int


@dataclass(frozen=True, slots=True)
class Measured:
    """How well one head tells era from contrast on documents of sites it was not fitted to.

    Attributes:
        auc: Area under the ROC curve with its interval, sites resampled.
        calibration_error: Expected calibration error, classes weighing the same.
        bins: The reliability diagram.
        documents: Documents measured on.
        sites: Sites measured on.
    """

    auc: Estimate
    calibration_error: float
    bins: tuple[Bin, ...]
    documents: int
    sites: int


@dataclass(frozen=True, slots=True)
class StyleReport:
    """What is known of a fitted model.

    Attributes:
        documents: Documents used, era and contrast.
        sites: Sites used, era and contrast.
        too_short: Documents left out because they were too short.
        held_out: By head: measured on the left-out fold of the cross-validation.
        test: By head: measured on sites that had no part in fitting, calibration or threshold.
            Empty where there were too few sites.
        passed: Share of real test documents of the era above the threshold; NaN without a test set.
        warnings: What a reader must know before trusting the scores.
    """

    documents: tuple[int, int]
    sites: tuple[int, int]
    too_short: int
    held_out: Mapping[str, Measured]
    test: Mapping[str, Measured]
    passed: float
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values for JSON; what is not a number is None."""
        return cast("dict[str, Any]", _plain(asdict(self)))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@dataclass(slots=True)
class _Linear:
    """TF-IDF weights and a logistic regression over hashed columns, with its calibration."""

    idf: NDArray[np.float16]
    coef: NDArray[np.float16]
    intercept: float
    slope: float = 1.0
    offset: float = 0.0
    low: float = -20.0
    high: float = 20.0

    def raw(self, rows: Sequence[features.Row]) -> NDArray[np.float64]:
        """Return the decision values of rows. Shape: (len(rows),)."""
        idf, coef = self.idf.astype(np.float64), self.coef.astype(np.float64)
        out = np.empty(len(rows))
        for number, (at, values) in enumerate(rows):
            weighted = values * idf[at]
            length = float(np.sqrt(weighted @ weighted)) or 1.0
            out[number] = weighted @ coef[at] / length + self.intercept
        return out

    def logit(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return calibrated log odds of decision values."""
        found: NDArray[np.float64] = np.clip(self.slope * raw + self.offset, self.low, self.high)
        return found


def _sigmoid(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-logit))


def weigh(labels: NDArray[np.int64], sites: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return sample weights: both classes the same sum, a site of n documents n**SITE_POWER of it.

    Shape: (documents,); the mean is 1.
    """
    weights = np.zeros(len(labels))
    for label in np.unique(labels):
        mine = labels == label
        _, inverse, counts = np.unique(sites[mine], return_inverse=True, return_counts=True)
        share = counts[inverse] ** (SITE_POWER - 1.0)
        weights[mine] = share / share.sum()
    weights *= len(labels) / weights.sum()
    return weights


def folds(
    labels: NDArray[np.int64], sites: NDArray[np.str_], count: int, seed: int
) -> NDArray[np.int64]:
    """Return a fold for each document, so that no site is in two folds and classes are spread.

    Shape: (documents,).
    """
    random = np.random.default_rng(seed)
    names = np.unique(sites)
    names = names[random.permutation(len(names))]
    per_site = {s: np.bincount(labels[sites == s], minlength=2) for s in names}
    held = np.zeros((count, 2))
    fold_of: dict[str, int] = {}
    # Largest first, each to the fold that has least of its class: giant sites do not meet.
    for site in sorted(names, key=lambda s: -int(per_site[s].sum())):
        size = per_site[site]
        main = int(size.argmax())
        fold = int(np.lexsort((held.sum(axis=1), held[:, main]))[0])
        held[fold] += size
        fold_of[site] = fold
    return np.array([fold_of[s] for s in sites], np.int64)


def _fit_linear(
    rows: Sequence[features.Row],
    columns: int,
    labels: NDArray[np.int64],
    sites: NDArray[np.str_],
    seed: int,
) -> _Linear:
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import normalize

    counts = features.matrix(rows, columns)
    seen = np.bincount(counts.indices, minlength=columns)
    idf = (np.log((1 + len(rows)) / (1 + seen)) + 1).astype(np.float16)
    used = np.flatnonzero(seen)  # the solver's time grows with columns, also empty ones
    weighted = normalize(counts[:, used] @ sparse.diags(idf[used].astype(np.float64)))
    model = LogisticRegression(
        C=PENALTY, solver="liblinear", random_state=seed, max_iter=200, tol=1e-3
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # stopping at max_iter is good enough for a ranking
        model.fit(weighted, labels, sample_weight=weigh(labels, sites))
    coef = np.zeros(columns, np.float16)
    coef[used] = model.coef_[0]
    return _Linear(idf, coef, float(model.intercept_[0]))


def _calibrate(
    raw: NDArray[np.float64], labels: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Return slope, offset and bound of log odds: Platt's scaling with his targets.

    The bound keeps a score from claiming more than the sample can: with n documents a class no
    probability beyond 1 - 1/(n + 2).

    Source:
        Platt, "Probabilistic outputs for support vector machines", 1999.
    """
    from scipy.optimize import minimize

    positives, negatives = int(labels.sum()), int((1 - labels).sum())
    target = np.where(labels == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logit = parameters[0] * raw + parameters[1]
        value = float(weights @ (np.logaddexp(0.0, logit) - target * logit))
        slope = weights * (_sigmoid(np.clip(logit, -40, 40)) - target)
        return value, np.array([slope @ raw, slope.sum()])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B",
                     bounds=[(1e-3, None), (None, None)])  # fmt: skip
    bound = math.log(min(positives, negatives) + 1)
    return float(found.x[0]), float(found.x[1]), bound


def calibration(
    scores: NDArray[np.float64], labels: NDArray[np.int64], bins: int = 10
) -> tuple[float, tuple[Bin, ...]]:
    """Return the expected calibration error of probabilities, and the reliability diagram.

    Both classes weigh the same, as they do in the fit.

    Args:
        scores: Probabilities without NaN. Shape: (documents,).
        labels: 1 for the era. Shape: (documents,).
        bins: Bins of equal width.

    Source:
        Naeini, Cooper, Hauskrecht, "Obtaining well calibrated probabilities using Bayesian
        binning", 2015.
    """
    weights = np.where(labels == 1, 0.5 / max(labels.sum(), 1), 0.5 / max((1 - labels).sum(), 1))
    weights = weights / weights.sum()
    place = np.minimum((scores * bins).astype(int), bins - 1)
    error, found = 0.0, []
    for number in range(bins):
        mine = place == number
        if not mine.any():
            continue
        share = weights[mine].sum()
        predicted = float(weights[mine] @ scores[mine] / share)
        observed = float(weights[mine] @ labels[mine] / share)
        error += float(share) * abs(predicted - observed)
        found.append(Bin(predicted, observed, int(mine.sum())))
    return error, tuple(found)


@dataclass(slots=True)
class _Seen:
    """The features of texts: rows by head, and why a text is not judged (empty: it is)."""

    rows: dict[Head, list[features.Row | None]]
    reasons: list[str]


def look(texts: Sequence[Text], english: bool) -> _Seen:
    """Return the features of `texts`, leaving out what cannot be judged."""
    rows: dict[Head, list[features.Row | None]] = {"markup": [], "prose": []}
    reasons = []
    for text in texts:
        prose = features.prose_of(text)
        masked = features.mask(features.looked_at(prose))
        reason = why_not(masked, english)
        reasons.append(reason)
        judged = not reason
        layout = features.layout_tokens(prose if text.format == "text" else "")
        html = judged and text.format == "html"
        rows["prose"].append(features.prose_row(masked, layout) if judged else None)
        rows["markup"].append(features.markup_row(text.body) if html else None)
    return _Seen(rows, reasons)


def why_not(masked: str, english: bool) -> str:
    """Return why a text is not judged, or nothing.

    >>> why_not("only a few words", english=True)
    'too short'
    """
    words = features.words_of(masked)
    if len(words) < MIN_WORDS:
        return "too short"
    if masked.count("\0") + masked.count("\ufffd") > 0.05 * len(masked):
        return "not text"
    share = features.function_share(words)
    if english and len(words) >= 40 and share < MIN_FUNCTION_SHARE:
        return "not the language of the model"
    return ""


def _only(rows: Sequence[features.Row | None], at: NDArray[np.int64]) -> list[features.Row]:
    return [cast("features.Row", rows[i]) for i in at]


@dataclass(slots=True)
class StyleModel:
    """A fitted style model. `fit` makes one, `save` and `load` keep it.

    Attributes:
        threshold: The score that 90 % of real held-out documents of the era reach.
        report: How well it does, measured on sites it was not fitted to.
        english: Whether texts with hardly an English function word are refused.
    """

    threshold: float
    report: StyleReport
    english: bool
    _heads: dict[Head, _Linear] = field(default_factory=dict)
    _whole: tuple[float, float, float, float] = (0.5, 0.5, 0.0, 20.0)

    @classmethod
    def fit(
        cls, texts: Sequence[Text], labels: Sequence[int], groups: Sequence[str], seed: int = 1
    ) -> StyleModel:
        """Return a model that tells documents of the era from contrast.

        Args:
            texts: Documents of both classes. Match their topics and genres as well as you can: what
                differs between the classes besides the time is learnt as if it were style.
            labels: 1 for the era, 0 for contrast.
            groups: Site of each document; no site is on both sides of a split.
            seed: Same texts and seed, same model.

        Raises:
            ModelError: Too few documents or sites, or lists of different lengths.
        """
        return _fit(cls, texts, labels, groups, seed)

    def scores(self, texts: Sequence[Text]) -> dict[str, NDArray[np.float64]]:
        """Return calibrated probabilities that people of the era wrote `texts`.

        Returns:
            `markup`, `prose`, `whole` (both as one) and `era` (the lower of markup and prose: the
            score). NaN where there is nothing to judge; `reasons` says why.

            Shape: (len(texts),) each.
        """
        seen = look(texts, self.english)
        return self._score(seen)

    def reasons(self, texts: Sequence[Text]) -> list[str]:
        """Return why each text has no score: `too short`, `not text`, …; empty if it has one."""
        masked = (features.mask(features.looked_at(features.prose_of(t))) for t in texts)
        return [why_not(m, self.english) for m in masked]

    def _score(self, seen: _Seen) -> dict[str, NDArray[np.float64]]:
        logits = {}
        for head in HEADS:
            values = np.full(len(seen.reasons), np.nan)
            at = np.array([i for i, r in enumerate(seen.rows[head]) if r is not None], np.int64)
            if head in self._heads and len(at):
                model = self._heads[head]
                values[at] = model.logit(model.raw(_only(seen.rows[head], at)))
            logits[head] = values
        return combine(logits, self._whole)

    def explain(self, text: Text, most: int = 20) -> list[tuple[str, float]]:
        """Return the words and tags that moved the score most, with their weights in log odds.

        Positive: towards the era. Words are as masked: `0` is any number. A text that is not
        judged has none.
        """
        return _explain(self._heads, look([text], self.english), text, most)

    def save(self, path: Path) -> str:
        """Write the model to one file, atomically, and return the sha256 of the file."""
        import skops.io

        state: dict[str, Any] = {
            "version": VERSION,
            "threshold": self.threshold,
            "english": self.english,
            "whole": list(self._whole),
            "report": json.dumps(self.report.to_json(), sort_keys=True),
            "heads": {
                head: {"idf": m.idf, "coef": m.coef,
                       "numbers": [m.intercept, m.slope, m.offset, m.low, m.high]}
                for head, m in sorted(self._heads.items())
            },
        }  # fmt: skip
        from zipfile import ZIP_DEFLATED

        data = skops.io.dumps(state, compression=ZIP_DEFLATED, compresslevel=6)
        partial = path.with_name(path.name + ".partial")
        partial.write_bytes(data)
        partial.replace(path)
        return hashlib.sha256(data).hexdigest()

    @classmethod
    def load(cls, path: Path, sha256: str) -> StyleModel:
        """Return the model of a file that `save` wrote.

        Args:
            path: The file.
            sha256: What `save` returned. Nothing of the file is read before it agrees.

        Raises:
            ModelError: The file is not there, is not the one that was written, or holds anything
                but numbers and text.
        """
        return _load(cls, path, sha256)


def combine(
    logits: Mapping[Head, NDArray[np.float64]], whole: tuple[float, float, float, float]
) -> dict[str, NDArray[np.float64]]:
    """Return probabilities by head, of both together, and the lower of the two as `era`."""
    markup, prose = logits["markup"], logits["prose"]
    one, two, offset, bound = whole
    both = np.clip(one * markup + two * prose + offset, -bound, bound)
    both = np.where(np.isnan(markup), prose, both)
    return {
        "markup": _sigmoid(markup),
        "prose": _sigmoid(prose),
        "whole": _sigmoid(both),
        "era": _sigmoid(np.fmin(markup, prose)),
    }


def _check(
    texts: Sequence[Text], labels: Sequence[int], groups: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    if not len(texts) == len(labels) == len(groups):
        raise ModelError(
            f"The style model got {len(texts)} texts, {len(labels)} labels and {len(groups)} "
            "sites; give each text one label and one site."
        )
    truth, sites = np.asarray(labels, np.int64), np.asarray(groups, np.str_)
    if not np.isin(truth, (0, 1)).all():
        raise ModelError("The style model takes labels 1 (era) and 0 (contrast) only.")
    return truth, sites


def _enough(labels: NDArray[np.int64], sites: NDArray[np.str_]) -> None:
    for label, name in ((1, "era"), (0, "contrast")):
        mine = sites[labels == label]
        if len(mine) < MIN_DOCUMENTS:
            raise ModelError(
                f"The style model needs at least {MIN_DOCUMENTS} {name} documents of {MIN_WORDS} "
                f"words or more, and there are {len(mine)}. Add {name} documents."
            )
        if len(np.unique(mine)) < MIN_SITES:
            raise ModelError(
                f"The style model needs {name} documents of at least {MIN_SITES} sites to test "
                f"itself on a site it did not learn; all {len(mine)} are of {mine[0]!r}. "
                f"Add {name} documents of other sites."
            )


def _fit(
    cls: type[StyleModel],
    texts: Sequence[Text],
    labels: Sequence[int],
    groups: Sequence[str],
    seed: int,
) -> StyleModel:
    truth, sites = _check(texts, labels, groups)
    shares = [features.function_share(features.words_of(features.prose_of(t))) for t in texts]
    english = bool(shares) and float(np.median(shares)) > 0.2
    seen = look(texts, english)
    usable = np.array([i for i, r in enumerate(seen.reasons) if not r], np.int64)
    _enough(truth[usable], sites[usable])
    notes: list[str] = []
    test = _test_sites(truth[usable], sites[usable], seed)
    learn, check = usable[~test], usable[test]
    if not len(check):
        notes.append(
            f"Fewer than {TEST_SITES} sites a class: no test set, figures are cross-validated."
        )

    heads: dict[Head, _Linear] = {}
    crossed: dict[Head, NDArray[np.float64]] = {}
    for head in HEADS:
        have = np.array([i for i in learn if seen.rows[head][i] is not None], np.int64)
        try:
            if head == "markup" and not len(have):
                continue
            _enough(truth[have], sites[have])
        except ModelError as error:
            notes.append(f"No markup head: {error}")
            continue
        columns = features.PROSE_COLUMNS if head == "prose" else features.MARKUP_COLUMNS
        heads[head], crossed[head] = _fit_head(seen, head, columns, have, truth, sites, seed)

    for head in HEADS:
        crossed.setdefault(head, np.full(len(texts), np.nan))
    whole = _fit_whole(crossed, truth, sites)
    scored = combine(crossed, whole)
    real = scored["era"][learn][truth[learn] == 1]
    threshold = float(np.quantile(real[~np.isnan(real)], 1 - PASS_SHARE, method="lower"))
    model = cls(threshold, cast("StyleReport", None), english, heads, whole)
    passed, tested = math.nan, {}
    if len(check):
        part = _Seen({h: [seen.rows[h][i] for i in check] for h in HEADS}, [""] * len(check))
        outcome = model._score(part)
        tested = _measure(outcome, truth[check], sites[check], seed)
        passed = float((outcome["era"][truth[check] == 1] >= threshold).mean())
    model.report = StyleReport(
        documents=(int(truth[usable].sum()), int((1 - truth[usable]).sum())),
        sites=tuple(len(np.unique(sites[usable][truth[usable] == c])) for c in (1, 0)),  # type: ignore[arg-type]
        too_short=len(texts) - len(usable),
        held_out=_measure(
            {h: s[learn] for h, s in scored.items()}, truth[learn], sites[learn], seed
        ),
        test=tested,
        passed=passed,
        warnings=tuple(notes),
    )
    return model


def _test_sites(labels: NDArray[np.int64], sites: NDArray[np.str_], seed: int) -> NDArray[np.bool_]:
    if min(len(np.unique(sites[labels == c])) for c in (0, 1)) < TEST_SITES:
        return np.zeros(len(labels), bool)
    chosen: NDArray[np.bool_] = folds(labels, sites, round(1 / TEST_SHARE), seed) == 0
    return chosen


def _fit_head(
    seen: _Seen,
    head: Head,
    columns: int,
    have: NDArray[np.int64],
    labels: NDArray[np.int64],
    sites: NDArray[np.str_],
    seed: int,
) -> tuple[_Linear, NDArray[np.float64]]:
    """Return the head fitted on all of `have`, and log odds from the fold that left each out."""
    truth, names = labels[have], sites[have]
    count = min(FOLDS, *(len(np.unique(names[truth == c])) for c in (0, 1)))
    fold = folds(truth, names, count, seed)
    raw = np.full(len(have), np.nan)
    for number in range(count):
        out = fold == number
        if len(np.unique(truth[~out])) < 2 or not out.any():
            continue
        part = _fit_linear(
            _only(seen.rows[head], have[~out]), columns, truth[~out], names[~out], seed
        )
        raw[out] = part.raw(_only(seen.rows[head], have[out]))
    known = ~np.isnan(raw)
    if len(np.unique(truth[known])) < 2:
        raise ModelError(
            f"The {head} head could not be tested on sites it did not learn: too few sites, "
            "and they hold both classes. Add documents of other sites."
        )
    model = _fit_linear(_only(seen.rows[head], have), columns, truth, names, seed)
    weights = weigh(truth[known], names[known])
    model.slope, model.offset, bound = _calibrate(raw[known], truth[known], weights)
    model.low, model.high = -bound, bound
    crossed = np.full(len(labels), np.nan)
    for number in range(count):  # calibrated by the other folds, so that its error is honest
        mine, rest = known & (fold == number), known & (fold != number)
        if not mine.any():
            continue
        if len(np.unique(truth[rest])) < 2:
            rest = known
        slope, offset, bound = _calibrate(raw[rest], truth[rest], weigh(truth[rest], names[rest]))
        crossed[have[mine]] = np.clip(slope * raw[mine] + offset, -bound, bound)
    return model, crossed


def _fit_whole(
    crossed: Mapping[Head, NDArray[np.float64]], labels: NDArray[np.int64], sites: NDArray[np.str_]
) -> tuple[float, float, float, float]:
    both = ~np.isnan(crossed["markup"]) & ~np.isnan(crossed["prose"])
    if len(np.unique(labels[both])) < 2:
        return 0.5, 0.5, 0.0, 20.0
    summed = crossed["markup"][both] + crossed["prose"][both]
    slope, offset, bound = _calibrate(summed, labels[both], weigh(labels[both], sites[both]))
    return slope, slope, offset, bound


def _measure(
    scored: Mapping[str, NDArray[np.float64]],
    labels: NDArray[np.int64],
    sites: NDArray[np.str_],
    seed: int,
) -> dict[str, Measured]:
    found = {}
    for head, values in scored.items():
        known = ~np.isnan(values)
        if len(np.unique(labels[known])) < 2:
            continue
        truth = labels[known]
        error, bins = calibration(values[known], truth)
        area = auc(values[known], truth, groups=sites[known], seed=seed)
        found[head] = Measured(area, error, bins, int(known.sum()), len(np.unique(sites[known])))
    return found


def _explain(
    heads: Mapping[Head, _Linear], seen: _Seen, text: Text, most: int
) -> list[tuple[str, float]]:
    if seen.reasons[0]:
        return []
    moved: dict[str, float] = {}
    for head, model in heads.items():
        row = seen.rows[head][0]
        if row is None:
            continue
        at, values = row
        weighted = values * model.idf[at].astype(np.float64)
        length = float(np.sqrt(weighted @ weighted)) or 1.0
        by_column = dict(
            zip(at.tolist(), (weighted * model.coef[at] / length).tolist(), strict=True)
        )
        if head == "markup":
            tokens = features.markup_tokens(text.body)
            bits, base = features.MARKUP_BITS, 0
        else:
            prose = features.prose_of(text)
            masked = features.mask(features.looked_at(prose))
            tokens = features.prose_tokens(masked)
            if text.format == "text":
                tokens += features.layout_tokens(prose)
            bits, base = features.MARKUP_BITS, 1 << features.PROSE_BITS
            for word, value in _by_word(masked, by_column).items():
                moved[word] = moved.get(word, 0.0) + model.slope * value
        for token in tokens:
            value = by_column.get(base + features.column(token, bits), 0.0)
            moved[token] = moved.get(token, 0.0) + model.slope * value
    ordered = sorted(moved.items(), key=lambda item: (-abs(item[1]), item[0]))
    return [(name, round(value, 4)) for name, value in ordered[:most]]


def _by_word(masked: str, by_column: Mapping[int, float]) -> dict[str, float]:
    """Return the weight of each word: a column's weight is shared by the places it occurs in."""
    line = features.one_line(masked)
    columns, starts = features.ngram_columns(line)
    _, inverse, counts = np.unique(columns, return_inverse=True, return_counts=True)
    value = np.array([by_column.get(c, 0.0) for c in columns.tolist()]) / counts[inverse]
    per_char = np.bincount(starts, weights=value, minlength=len(line))
    # A word owns the space before it: n-grams that begin there are its own.
    word_of = np.cumsum(np.frombuffer(line.encode("utf-32-le", "surrogatepass"), np.uint32) == 32)
    sums = np.bincount(word_of, weights=per_char)
    found: dict[str, float] = {}
    for number, word in enumerate(line.split(), start=1):
        if number < len(sums):
            found[word] = found.get(word, 0.0) + float(sums[number])
    return found


def _load(cls: type[StyleModel], path: Path, sha256: str) -> StyleModel:
    import skops.io

    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}. Score again to fit it.") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(
            f"{path}: not the style model that was written (its sha256 differs). "
            "Delete it and fit it again."
        )
    try:
        unknown = skops.io.get_untrusted_types(data=data)
        state = {} if unknown else skops.io.loads(data, trusted=[])
        known = not unknown and state["version"] == VERSION
        heads: dict[Head, _Linear] = {}
        if known:
            for head, kept in state["heads"].items():
                heads[head] = _Linear(kept["idf"], kept["coef"], *kept["numbers"])
            report = _report(json.loads(state["report"]))
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes skops raise
        raise ModelError(f"{path}: not a style model: {error}. Fit it again.") from None
    if unknown:
        raise ModelError(f"{path}: holds {', '.join(unknown)}; a style model is only numbers.")
    if not known:
        raise ModelError(f"{path}: of version {state['version']}, not {VERSION}; fit it again.")
    return cls(state["threshold"], report, state["english"], heads, tuple(state["whole"]))


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _report(plain: Mapping[str, Any]) -> StyleReport:
    def measured(item: Mapping[str, Any]) -> Measured:
        area = item["auc"]
        return Measured(
            Estimate(
                _number(area["value"]), _number(area["low"]), _number(area["high"]), area["n"]
            ),
            _number(item["calibration_error"]),
            tuple(Bin(**b) for b in item["bins"]),
            item["documents"],
            item["sites"],
        )

    return StyleReport(
        documents=tuple(plain["documents"]),
        sites=tuple(plain["sites"]),
        too_short=plain["too_short"],
        held_out={h: measured(m) for h, m in plain["held_out"].items()},
        test={h: measured(m) for h, m in plain["test"].items()},
        passed=_number(plain["passed"]),
        warnings=tuple(plain["warnings"]),
    )


def distinguishability(
    generated: Sequence[Text],
    real: Sequence[Text],
    groups: Sequence[str] | None = None,
    seed: int = 1,
) -> Estimate:
    """Return the AUC of a fresh classifier between generated and real documents, with its interval.

    0.5: it cannot tell them apart. Cross-validated; the whole page is judged, both heads together.

    Args:
        generated: Texts of a model.
        real: Documents that the model was not trained on.
        groups: What a fold must not tear apart: site or brief, of generated then real texts.
            Without it every text stands for itself.
        seed: Same texts and seed, same result.

    Raises:
        ModelError: Too few texts.
    """
    texts = [*generated, *real]
    names = list(groups) if groups is not None else [f"{i:06d}" for i in range(len(texts))]
    labels, sites = _check(texts, [1] * len(generated) + [0] * len(real), names)
    seen = look(texts, english=False)
    usable = np.array([i for i, r in enumerate(seen.reasons) if not r], np.int64)
    _enough(labels[usable], sites[usable])
    total = np.zeros(len(texts))
    for head in HEADS:
        have = np.array([i for i in usable if seen.rows[head][i] is not None], np.int64)
        if len(have) < len(usable):
            continue  # texts without markup: the prose decides
        columns = features.PROSE_COLUMNS if head == "prose" else features.MARKUP_COLUMNS
        _, crossed = _fit_head(seen, head, columns, have, labels, sites, seed)
        total[have] += crossed[have]
    known = usable[~np.isnan(total[usable])]
    return auc(
        total[known], labels[known], groups=sites[known] if groups is not None else None, seed=seed
    )
