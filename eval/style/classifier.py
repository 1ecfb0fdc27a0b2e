"""The style classifier: how probable it is that people of the era wrote a text.

Two heads judge markup and prose, neither seeing the other, era against contrast. The score of a
page is the lower of the two: 1990s tags around modern prose are not a 1990s page. A plain text has
no markup and is judged by its prose. The report of a classifier (`StyleClassifier.report`) was
measured on sites that it was not fitted to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.errors import ModelError
from erastyle.eval.style import storage
from erastyle.eval.style.explain import FeatureMark, explain, marks
from erastyle.eval.style.features import (
    HEADS,
    Head,
    StyleFeatures,
    Text,
    extract,
    masked_prose,
    prose_of,
    why_not_judged,
)
from erastyle.eval.style.fitting import LabelledFeatures, fit, site_digest
from erastyle.eval.style.heads import ClassifierHeads
from erastyle.eval.style.linear import Linear, keep_apart
from erastyle.eval.style.prose_features import function_share, words_of
from erastyle.eval.style.validation import StyleReport, read_report

VERSION = 3


@dataclass(frozen=True, slots=True)
class StyleClassifier:
    """A fitted style classifier. `fit` makes one, `save` writes it and `load` reads it.

    Attributes:
        threshold: Score that 90 % of the pages of unseen sites of the era reach; that of plain
            texts where no pages of the era were learnt.
        text_threshold: The same of plain texts; `threshold` where none of the era were learnt.
        report: How well it does on sites that it was not fitted to.
        english: Whether texts with hardly an English function word are refused.
    """

    threshold: float
    text_threshold: float
    report: StyleReport
    english: bool
    _heads: ClassifierHeads
    _sites: frozenset[str] = frozenset()

    @classmethod
    def fit(
        cls,
        texts: Sequence[Text],
        labels: Sequence[int],
        groups: Sequence[str],
        seed: int = 1,
        held: Mapping[str, Iterable[str]] | None = None,
    ) -> StyleClassifier:
        """Return a classifier that tells documents of the era from contrast.

        Args:
            texts: Documents of both classes. Match their topics and genres as well as you can: the
                classifier learns every difference between the classes as style.
            labels: 1 for the era, 0 for contrast.
            groups: Site of each document; no site is on both sides of a split.
            seed: Same texts and seed, same classifier.
            held: Sites by the purpose they are held for, such as `gate test`; none of them may be
                among `groups`.

        Raises:
            ModelError: Too few documents or sites, lists of different lengths, or a site that is
                held for something else.
        """
        shares = [function_share(words_of(prose_of(text))) for text in texts]
        english = bool(shares) and float(np.median(shares)) > 0.2
        return cls.fit_features(extract(texts, english), labels, groups, seed, english, held)

    @classmethod
    def fit_features(
        cls,
        features: StyleFeatures,
        labels: Sequence[int],
        groups: Sequence[str],
        seed: int = 1,
        english: bool = True,
        held: Mapping[str, Iterable[str]] | None = None,
    ) -> StyleClassifier:
        """Return a classifier as `fit` does, of features that `extract` returned."""
        keep_apart({"the style classifier": groups, **(held or {})})
        fitted = fit(LabelledFeatures.of(features, labels, groups), seed)
        return cls(
            fitted.threshold,
            fitted.text_threshold,
            fitted.report,
            english,
            fitted.heads,
            fitted.sites,
        )

    def unseen(self, groups: Iterable[str]) -> None:
        """Make sure that the classifier was fitted to none of the sites `groups`.

        Call it before a test on documents of these sites.

        Raises:
            ModelError: It was fitted to one, which the message names.
        """
        for group in sorted(set(groups)):
            if site_digest(group) in self._sites:
                raise ModelError(
                    f"The style classifier was fitted to the site {group!r}, so its scores of that "
                    "site's documents are no test. Split by site."
                )

    def scores(self, texts: Sequence[Text]) -> dict[str, NDArray[np.float64]]:
        """Return calibrated probabilities that people of the era wrote `texts`.

        Returns:
            `markup`, `prose`, `whole` (both as one) and `era` (the lower of markup and prose: the
            score). NaN where there is nothing to judge; `reasons` says why.

            Shape: (len(texts),) each.
        """
        return self.scores_of_features(extract(texts, self.english))

    def scores_of_features(self, features: StyleFeatures) -> dict[str, NDArray[np.float64]]:
        """Return scores as `scores` does, of features that `extract` returned."""
        return self._heads.scores(features)

    def reasons(self, texts: Sequence[Text]) -> list[str]:
        """Return why each text has no score: `too short`, `not text`, …; empty if it has one."""
        return [why_not_judged(masked_prose(text), self.english) for text in texts]

    def explain(self, text: Text, most: int = 20) -> list[tuple[str, float]]:
        """Return the words and tags that moved the score most, with their weights in log odds.

        Positive weights speak for the era. Words are as masked: `0` is any number. A text that is
        not judged has none.
        """
        features = extract([text], self.english)
        if features.reasons[0]:
            return []
        rows = {head: features.rows[head][0] for head in HEADS}
        return explain(self._heads.linear, rows, text, most)

    def marks(self, text: Text, most: int = 60) -> list[FeatureMark]:
        """Return the places in `text` that moved its score, for highlighting."""
        return marks(self.explain(text, most), text)

    def save(self, path: Path) -> str:
        """Write the classifier to one file, atomically, and return the sha256 of the file."""
        linear = self._heads.linear
        state: dict[str, Any] = {
            "version": VERSION,
            "threshold": self.threshold,
            "text_threshold": self.text_threshold,
            "english": self.english,
            "whole": list(self._heads.whole),
            "sites": " ".join(sorted(self._sites)),
            "report": json.dumps(self.report.to_json(), sort_keys=True),
            "heads": {head: storage.plain(model) for head, model in sorted(linear.items())},
        }
        return storage.write(path, state)

    @classmethod
    def load(cls, path: Path, sha256: str) -> StyleClassifier:
        """Return the classifier in a file that `save` wrote.

        Args:
            path: The file.
            sha256: What `save` returned. The file is not parsed unless its hash agrees.

        Raises:
            ModelError: The file is missing, has another hash, or holds anything but numbers and
                text.
        """
        state = storage.read(path, sha256, VERSION, "style classifier")
        linear: dict[Head, Linear] = {h: storage.linear(m) for h, m in state["heads"].items()}
        return cls(
            state["threshold"],
            state["text_threshold"],
            read_report(json.loads(state["report"])),
            state["english"],
            ClassifierHeads(linear, tuple(state["whole"])),
            frozenset(state["sites"].split()),
        )
