"""The learnt dating model: a distribution over years, an interval and the evidence for a text.

It tells first the age of a text and then the year within it (see `erastyle.eval.dating.ages`). Its
errors on sites that it had not learnt become the distribution, and the interval is widened or
narrowed until it holds 80 % of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from erastyle.corpus.errors import ModelError
from erastyle.eval.dating import lexical
from erastyle.eval.dating.ages import UNSURE, Age, DatedDocuments, DatingReport, distributions, fit
from erastyle.eval.dating.lexical import FIRST, YEARS, Dated, Evidence
from erastyle.eval.style import storage
from erastyle.eval.style.explain import explain
from erastyle.eval.style.features import HEADS, StyleFeatures, Text, extract
from erastyle.eval.style.linear import keep_apart

VERSION = 1


@dataclass(slots=True)
class DatingModel:
    """A fitted dating model. `fit` makes one, `save` writes it and `load` reads it.

    Attributes:
        report: What was measured in cross-validation.
        english: Whether texts with hardly an English function word are refused.
    """

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
            texts: Documents, best of several genres an age.
            years: Year of each, within `YEARS`.
            groups: Site of each; no site is on both sides of a split.
            seed: Same texts and seed, same model.
            english: Whether to refuse texts with hardly an English function word.
            held: Sites by the purpose they are held for; none may be among `groups`.

        Raises:
            ModelError: No age has enough documents and sites, a year is out of range, or a site is
                held for something else.
        """
        return cls.fit_features(
            extract(texts, english),
            [lexical.bounds(text) for text in texts],
            years,
            groups,
            seed=seed,
            english=english,
            held=held,
        )

    @classmethod
    def fit_features(
        cls,
        features: StyleFeatures,
        evidence: Sequence[Sequence[Evidence]],
        years: Sequence[int],
        groups: Sequence[str],
        *,
        seed: int = 1,
        english: bool = True,
        held: Mapping[str, Iterable[str]] | None = None,
    ) -> DatingModel:
        """Return a model as `fit` does, of what `extract` and `lexical.bounds` returned."""
        if not len(features.reasons) == len(evidence) == len(years) == len(groups):
            raise ModelError("The dating model needs one year and one site for each text.")
        keep_apart({"the dating model": groups, **(held or {})})
        documents = DatedDocuments(
            features, evidence, np.asarray(years, np.int64), np.asarray(groups, np.str_)
        )
        judged = np.array([i for i, reason in enumerate(features.reasons) if not reason], np.int64)
        documents = documents.select(judged)
        truth = documents.years
        if len(truth) and not (truth.min() >= FIRST and truth.max() <= YEARS[-1]):
            raise ModelError(f"Years to learn from must lie between {FIRST} and {YEARS[-1]}.")
        ages, report = fit(documents, seed)
        return cls(report, english, ages)

    def date(self, texts: Sequence[Text], most: int = 12) -> list[Dated]:
        """Return when `texts` were written, each with at most `most` pieces of evidence."""
        evidence = [lexical.bounds(text) for text in texts]
        return self.date_features(extract(texts, self.english), evidence, texts, most)

    def date_features(
        self,
        features: StyleFeatures,
        evidence: Sequence[Sequence[Evidence]],
        texts: Sequence[Text] | None = None,
        most: int = 12,
    ) -> list[Dated]:
        """Return dates as `date` does, of what `extract` and `lexical.bounds` returned.

        Without `texts` the evidence is only the dated words and tags.
        """
        known = [i for i, reason in enumerate(features.reasons) if not reason]
        answers = [lexical.unknown(reason) for reason in features.reasons]
        cumulative, shares = distributions(
            self._ages, features.select(known), [evidence[i] for i in known]
        )
        for place, number in enumerate(known):
            age = int(shares[place].argmax())
            if len(self._ages) > 1 and shares[place, age] < UNSURE:
                answers[number] = lexical.unknown("it could be of several ages")
                continue
            reasons = list(evidence[number])
            if texts is not None:
                rows = {head: features.rows[head][number] for head in HEADS}
                moved = explain(self._ages[age].year, rows, texts[number], most)
                reasons += [Evidence(what, years) for what, years in moved]
            answers[number] = lexical.answer(
                cumulative[place], self._ages[age].level, reasons[: most or None]
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
            ModelError: The file is missing, has another hash, or holds anything but numbers and
                text.
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
