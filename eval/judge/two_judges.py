"""Two judges: one may choose among texts, the other only reports.

Whatever chooses by a score that can be fooled will fool it. The `choosing` judge serves early
stopping, best of n and the choice of a strength; the `reporting` judge has seen other features and,
where there are sites enough, other sites. A choice that gains on the first and not on the second
is a gain on the judge and not on the style.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from erastyle.corpus.era import Era
from erastyle.eval.judge.judge import EraJudge
from erastyle.eval.judge.judge_recipe import JudgeRecipe
from erastyle.eval.judge.learning_texts import ContrastText
from erastyle.eval.judge.questions.neutral import NeutralModel
from erastyle.eval.style.features import Text

SITES_TO_PART = 40
"""Sites of real documents from which each judge has sites of its own, twenty at least.

With fewer both learn from all of them and differ in features alone: a judge of ten sites takes
what their authors have in common for the era."""


@dataclass(frozen=True, slots=True)
class JudgePair:
    """A judge that may choose and a judge that only reports.

    Attributes:
        choosing: Looks at words, pairs of words, word classes and kinds of attribute values.
        reporting: Looks at characters, word trigrams and tags in a row.
        parted: Whether each learnt from sites of its own.
    """

    choosing: EraJudge
    reporting: EraJudge
    parted: bool

    @property
    def note(self) -> str:
        """How the two judges differ, for the report."""
        mode = f"The reporting judge reads {self.reporting.mode}."
        if self.parted:
            return (
                f"{mode} The two judges learnt from different sites and look at different features."
            )
        return (
            f"{mode} The two judges look at different features but learnt from the same "
            f"{self.reporting.sites} sites: fewer than {SITES_TO_PART} are too few to part."
        )

    @classmethod
    def fit(
        cls,
        real: Sequence[Text],
        sites: Sequence[str],
        contrast: Sequence[ContrastText],
        era: Era,
        recipe: JudgeRecipe | None = None,
        *,
        neutral: NeutralModel | None = None,
    ) -> JudgePair:
        """Return two judges of `era`; see `EraJudge.fit`.

        Only the reporting judge reads with a neutral model: the choosing judge stays quick, and
        the two differ in what they see.

        Raises:
            ModelError: Too few documents, sites or comparison texts.
        """
        recipe = recipe or JudgeRecipe()
        parted = len(set(sites)) >= SITES_TO_PART
        judges = []
        for number, features in enumerate(("words", "characters")):
            mine = [n for n, s in enumerate(sites) if not parted or _side(s) == number]
            judges.append(
                EraJudge.fit(
                    [real[n] for n in mine],
                    [sites[n] for n in mine],
                    contrast,
                    era,
                    replace(recipe, features="words" if features == "words" else "characters"),
                    neutral=None if features == "words" else neutral,
                )
            )
        return cls(judges[0], judges[1], parted)

    def save(self, folder: Path) -> tuple[str, str]:
        """Write both judges into `folder`, and return the sha256 of each file."""
        folder.mkdir(parents=True, exist_ok=True)
        return (
            self.choosing.save(folder / "choosing.skops"),
            self.reporting.save(folder / "reporting.skops"),
        )

    @classmethod
    def load(cls, folder: Path, sha256: tuple[str, str], parted: bool) -> JudgePair:
        """Return the judges of a folder that `save` wrote.

        Raises:
            ModelError: A file is missing, changed, or of another version.
        """
        return cls(
            EraJudge.load(folder / "choosing.skops", sha256[0]),
            EraJudge.load(folder / "reporting.skops", sha256[1]),
            parted,
        )


def _side(site: str) -> int:
    return int(hashlib.sha256(f"judges {site}".encode()).hexdigest(), 16) % 2


def gain(choosing: float, reporting: float) -> str:
    """Return in words what a choice gained, by the share that passes each judge.

    Args:
        choosing: Gain in the share that passes the judge that chose.
        reporting: Gain in the share that passes the judge that only reports.

    >>> gain(0.2, 0.0)
    'a gain on the judge that chose, and none on the judge that reports: not a gain of style'
    """
    if choosing > 0 >= reporting:
        return (
            "a gain on the judge that chose, and none on the judge that reports: not a gain of "
            "style"
        )
    return "a gain on both judges" if choosing > 0 else "no gain"
