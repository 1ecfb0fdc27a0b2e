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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.errors import ModelError
from erastyle.eval.statistics.bootstrap import mean_interval
from erastyle.eval.statistics.intervals import Estimate
from erastyle.eval.statistics.ranking import auc
from erastyle.eval.style import features, storage
from erastyle.eval.style.explain import Mark, explain, marks
from erastyle.eval.style.features import HEADS, Head, Text
from erastyle.eval.style.linear import (
    Linear,
    calibrate,
    fit_linear,
    folds,
    keep_apart,
    sigmoid,
    threshold,
    weigh,
)
from erastyle.eval.style.validation import StyleReport, measure, read_report

__all__ = ["HEADS", "Head", "StyleModel", "StyleReport", "Text", "distinguishability"]

MIN_WORDS = 20
"""Fewest words that are judged. Below, a score would be made from nothing."""
MIN_FUNCTION_SHARE = 0.05
"""Smallest share of English function words in a text that an English model judges."""
MIN_DOCUMENTS = 8
"""Fewest documents a class to fit on."""
MIN_SITES = 2
"""Fewest sites a class to fit on: one to learn from, one to calibrate on."""
FOLDS = 4
TEST_SHARE = 0.2
"""Share of sites kept apart to test on, where there are at least `TEST_SITES` a class."""
TEST_SITES = 10
PASS_SHARE = 0.9
"""Share of real held-out documents of the era that lie above the threshold."""
VERSION = 3


@dataclass(slots=True)
class Seen:
    """The features of texts: rows by head, and why a text is not judged (empty: it is)."""

    rows: dict[Head, list[features.Row | None]]
    reasons: list[str]

    def only(self, at: Sequence[int] | NDArray[np.int64]) -> Seen:
        """Return the features of the texts at the places `at`."""
        rows = {head: [rows[i] for i in at] for head, rows in self.rows.items()}
        return Seen(rows, [self.reasons[i] for i in at])


def look(texts: Sequence[Text], english: bool) -> Seen:
    """Return the features of `texts`, leaving out what cannot be judged.

    Looking takes most of the time: whoever fits several models looks once, and fits from that.
    """
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
    return Seen(rows, reasons)


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
        threshold: The score that a page of an unseen site of the era reaches with 90 %; of a plain
            text where the model learnt no pages of the era.
        text_threshold: The same of a plain text; `threshold` where it learnt none of the era.
        report: How well it does, measured on sites it was not fitted to.
        english: Whether texts with hardly an English function word are refused.
    """

    threshold: float
    report: StyleReport
    english: bool
    _heads: dict[Head, Linear] = field(default_factory=dict)
    _whole: tuple[float, float, float, float] = (0.5, 0.5, 0.0, 20.0)
    _sites: frozenset[str] = frozenset()
    text_threshold: float = math.nan

    @classmethod
    def fit(
        cls,
        texts: Sequence[Text],
        labels: Sequence[int],
        groups: Sequence[str],
        seed: int = 1,
        held: Mapping[str, Iterable[str]] | None = None,
    ) -> StyleModel:
        """Return a model that tells documents of the era from contrast.

        Args:
            texts: Documents of both classes. Match their topics and genres as well as you can: what
                differs between the classes besides the time is learnt as if it were style.
            labels: 1 for the era, 0 for contrast.
            groups: Site of each document; no site is on both sides of a split.
            seed: Same texts and seed, same model.
            held: Sites by what they are held for elsewhere, such as `gate test`: none of them may
                be among `groups`.

        Raises:
            ModelError: Too few documents or sites, lists of different lengths, or a site that is
                held for something else.
        """
        shares = [features.function_share(features.words_of(features.prose_of(t))) for t in texts]
        english = bool(shares) and float(np.median(shares)) > 0.2
        return cls.fit_seen(look(texts, english), labels, groups, seed, english, held)

    @classmethod
    def fit_seen(
        cls,
        seen: Seen,
        labels: Sequence[int],
        groups: Sequence[str],
        seed: int = 1,
        english: bool = True,
        held: Mapping[str, Iterable[str]] | None = None,
    ) -> StyleModel:
        """Return a model as `fit` does, of features that `look` returned."""
        keep_apart({"the style model": groups, **(held or {})})
        return _fit(cls, seen, labels, groups, seed, english)

    def unseen(self, groups: Iterable[str]) -> None:
        """Make sure that the model was fitted to none of the sites `groups`: call before a test.

        Raises:
            ModelError: It was fitted to one, which the message names.
        """
        for group in sorted(set(groups)):
            if _digest(group) in self._sites:
                raise ModelError(
                    f"The style model was fitted to the site {group!r}: what it says of that "
                    "site's documents is no test. Split by site."
                )

    def scores(self, texts: Sequence[Text]) -> dict[str, NDArray[np.float64]]:
        """Return calibrated probabilities that people of the era wrote `texts`.

        Returns:
            `markup`, `prose`, `whole` (both as one) and `era` (the lower of markup and prose: the
            score). NaN where there is nothing to judge; `reasons` says why.

            Shape: (len(texts),) each.
        """
        return self.scores_seen(look(texts, self.english))

    def reasons(self, texts: Sequence[Text]) -> list[str]:
        """Return why each text has no score: `too short`, `not text`, …; empty if it has one."""
        masked = (features.mask(features.looked_at(features.prose_of(t))) for t in texts)
        return [why_not(m, self.english) for m in masked]

    def scores_seen(self, seen: Seen) -> dict[str, NDArray[np.float64]]:
        """Return scores as `scores` does, of features that `look` returned."""
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
        seen = look([text], self.english)
        if seen.reasons[0]:
            return []
        return explain(self._heads, {h: seen.rows[h][0] for h in HEADS}, text, most)

    def marks(self, text: Text, most: int = 60) -> list[Mark]:
        """Return the places in `text` that moved its score: what to highlight."""
        return marks(self.explain(text, most), text)

    def save(self, path: Path) -> str:
        """Write the model to one file, atomically, and return the sha256 of the file."""
        state: dict[str, Any] = {
            "version": VERSION,
            "threshold": self.threshold,
            "text_threshold": self.text_threshold,
            "english": self.english,
            "whole": list(self._whole),
            "sites": " ".join(sorted(self._sites)),
            "report": json.dumps(self.report.to_json(), sort_keys=True),
            "heads": {head: storage.plain(m) for head, m in sorted(self._heads.items())},
        }
        return storage.write(path, state)

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
        "markup": sigmoid(markup),
        "prose": sigmoid(prose),
        "whole": sigmoid(both),
        "era": sigmoid(np.fmin(markup, prose)),
    }


def _check(
    texts: Sequence[object], labels: Sequence[int], groups: Sequence[str]
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


def _digest(site: str) -> str:
    """Return what a model keeps of a site: enough to know it again, not its name."""
    return hashlib.sha256(site.encode()).hexdigest()[:16]


def _fit(
    cls: type[StyleModel],
    seen: Seen,
    labels: Sequence[int],
    groups: Sequence[str],
    seed: int,
    english: bool,
) -> StyleModel:
    truth, sites = _check(seen.reasons, labels, groups)
    usable = np.array([i for i, r in enumerate(seen.reasons) if not r], np.int64)
    _enough(truth[usable], sites[usable])
    notes: list[str] = []
    test = _test_sites(truth[usable], sites[usable], seed)
    learn, check = usable[~test], usable[test]
    keep_apart({"learning and calibration": sites[learn], "test": sites[check]})
    if not len(check):
        notes.append(
            f"Fewer than {TEST_SITES} sites a class: no test set, figures are cross-validated."
        )

    heads: dict[Head, Linear] = {}
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
        crossed.setdefault(head, np.full(len(truth), np.nan))
    whole = _fit_whole(crossed, truth, sites)
    scored = combine(crossed, whole)
    page = np.array([row is not None for row in seen.rows["markup"]], bool)
    real = learn[(truth[learn] == 1) & ~np.isnan(scored["era"][learn])]
    kinds = {"pages": real[page[real]], "plain texts": real[~page[real]]}
    kinds = {kind: at for kind, at in kinds.items() if len(at) >= MIN_DOCUMENTS}
    limits: list[float] = []
    # A page has two views and the lower counts: it reaches less than a plain text.
    for kind, at in (kinds or {"documents": real}).items():
        limit, sure = threshold(scored["era"][at], sites[at], PASS_SHARE)
        limits.append(limit)
        if not sure:
            notes.append(
                f"The threshold of {kind} rests on {len(np.unique(sites[at]))} sites of the era: "
                "of documents of other sites more or fewer than 90 % may pass. From 19 sites on "
                "it can be trusted."
            )
    learnt = frozenset(_digest(s) for s in np.unique(sites[learn]))
    model = cls(limits[0], cast("StyleReport", None), english, heads, whole, learnt, limits[-1])
    passed, tested = math.nan, {}
    between = Estimate(math.nan, math.nan, math.nan, 0)
    if len(check):
        outcome = model.scores_seen(seen.only(check))
        tested = measure(outcome, truth[check], sites[check], seed)
        era = truth[check] == 1
        limit_of = np.where(page[check][era], model.threshold, model.text_threshold)
        reached = (outcome["era"][era] >= limit_of).astype(np.float64)
        passed = float(reached.mean())
        between = mean_interval(reached, groups=sites[check][era].tolist())
    model.report = StyleReport(
        documents=(int(truth[usable].sum()), int((1 - truth[usable]).sum())),
        sites=tuple(len(np.unique(sites[usable][truth[usable] == c])) for c in (1, 0)),  # type: ignore[arg-type]
        too_short=len(truth) - len(usable),
        held_out=measure(
            {h: s[learn] for h, s in scored.items()}, truth[learn], sites[learn], seed
        ),
        test=tested,
        passed=passed,
        passed_low=between.low,
        passed_high=between.high,
        warnings=tuple(notes),
    )
    return model


def _test_sites(labels: NDArray[np.int64], sites: NDArray[np.str_], seed: int) -> NDArray[np.bool_]:
    if min(len(np.unique(sites[labels == c])) for c in (0, 1)) < TEST_SITES:
        return np.zeros(len(labels), bool)
    chosen: NDArray[np.bool_] = folds(labels, sites, round(1 / TEST_SHARE), seed) == 0
    return chosen


def _fit_head(
    seen: Seen,
    head: Head,
    columns: int,
    have: NDArray[np.int64],
    labels: NDArray[np.int64],
    sites: NDArray[np.str_],
    seed: int,
) -> tuple[Linear, NDArray[np.float64]]:
    """Return the head fitted on all of `have`, and log odds from the fold that left each out."""
    truth, names = labels[have], sites[have]
    count = min(FOLDS, *(len(np.unique(names[truth == c])) for c in (0, 1)))
    fold = folds(truth, names, count, seed)
    raw = np.full(len(have), np.nan)
    for number in range(count):
        out = fold == number
        if len(np.unique(truth[~out])) < 2 or not out.any():
            continue
        part = fit_linear(
            _only(seen.rows[head], have[~out]), columns, truth[~out], names[~out], seed
        )
        raw[out] = part.raw(_only(seen.rows[head], have[out]))
    known = ~np.isnan(raw)
    if len(np.unique(truth[known])) < 2:
        raise ModelError(
            f"The {head} head could not be tested on sites it did not learn: too few sites, "
            "and they hold both classes. Add documents of other sites."
        )
    model = fit_linear(_only(seen.rows[head], have), columns, truth, names, seed)
    weights = weigh(truth[known], names[known])
    model.slope, model.offset, bound = calibrate(raw[known], truth[known], weights)
    model.low, model.high = -bound, bound
    crossed = np.full(len(labels), np.nan)
    for number in range(count):  # calibrated by the other folds, so that its error is honest
        mine, rest = known & (fold == number), known & (fold != number)
        if not mine.any():
            continue
        if len(np.unique(truth[rest])) < 2:
            rest = known
        slope, offset, bound = calibrate(raw[rest], truth[rest], weigh(truth[rest], names[rest]))
        crossed[have[mine]] = np.clip(slope * raw[mine] + offset, -bound, bound)
    return model, crossed


def _fit_whole(
    crossed: Mapping[Head, NDArray[np.float64]], labels: NDArray[np.int64], sites: NDArray[np.str_]
) -> tuple[float, float, float, float]:
    both = ~np.isnan(crossed["markup"]) & ~np.isnan(crossed["prose"])
    if len(np.unique(labels[both])) < 2:
        return 0.5, 0.5, 0.0, 20.0
    summed = crossed["markup"][both] + crossed["prose"][both]
    slope, offset, bound = calibrate(summed, labels[both], weigh(labels[both], sites[both]))
    return slope, slope, offset, bound


def _load(cls: type[StyleModel], path: Path, sha256: str) -> StyleModel:
    state = storage.read(path, sha256, VERSION, "style model")
    heads: dict[Head, Linear] = {h: storage.linear(m) for h, m in state["heads"].items()}
    report = read_report(json.loads(state["report"]))
    return cls(
        state["threshold"], report, state["english"], heads, tuple(state["whole"]),
        frozenset(state["sites"].split()), state["text_threshold"],
    )  # fmt: skip


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
