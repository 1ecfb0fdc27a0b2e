"""The judge that may choose, as training takes it: out of the folder of the stage `classifier`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from erastyle.corpus.document import Format
from erastyle.corpus.errors import ModelError
from erastyle.eval import classifier_stage
from erastyle.eval.judge.judgement import Judgement
from erastyle.eval.style.features import Text
from erastyle.train.choice.page_judge import PageJudge, PageVerdict


def load(folder: Path) -> PageJudge:
    """Return the choosing judge in a finished folder of the stage `classifier`.

    Raises:
        ModelError: There are no judges; says why.
    """
    pair, why = classifier_stage.load_judges(folder)
    if pair is None:
        raise ModelError(why or "classifier.judges is off")
    judge = pair.choosing
    form: Format = "html" if "html" in judge.formats else "text"

    def judged(texts: Sequence[str], briefs: Sequence[str]) -> list[PageVerdict]:
        judgements = judge.judge([Text(text, "", form) for text in texts], briefs)
        return [verdict(judgement) for judgement in judgements]

    return judged


def verdict(judgement: Judgement) -> PageVerdict:
    """Return what training needs of a judgement.

    The percentile is that of the weakest question; a text that a rule failed, or that cannot be
    judged, has 0.
    """
    places = [a.percentile for a in judgement.answers if a.percentile is not None]
    percentile = min(places, default=0.0) if judgement.score else 0.0
    return PageVerdict(judgement.passes, percentile, judgement.sentence)
