"""The best of several texts for one brief, by the judge that may choose.

A text that a browser does not show, or in which a guard had to let something stand, comes behind
all others; then one that the choosing judge does not pass. Of those that pass, the long enough come
first, then the one that takes up most of its brief; then the score decides. What the judge that
only reports says of the chosen text is told beside it: it had no say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from erastyle import planned_run
from erastyle.corpus.document import Format
from erastyle.corpus.errors import ModelError
from erastyle.corpus.html.shown import problem
from erastyle.corpus.prompts.taken_up import taken_up
from erastyle.eval import classifier_stage
from erastyle.eval.judge.judgement import Judgement
from erastyle.eval.judge.two_judges import JudgePair
from erastyle.eval.style.features import Text, prose_of
from erastyle.pipeline.runtime import manifest
from erastyle.train.model.generation import GeneratedText
from erastyle.train.model.guards.early_end import least_words
from erastyle.train.model.guards.guard import FEWEST_FOR_PEOPLE

GUIDED = 1.5
"""Guidance of every second candidate. A guided text keeps to its brief more often and passes less
often, so a choice has more to choose from (docs/log.md)."""


def guidance_of(candidate: int, candidates: int, wanted: float) -> float:
    """Return how strongly a candidate is guided by its brief.

    Args:
        candidate: Its number, from 0.
        candidates: How many there are; a single one is as wanted.
        wanted: Guidance that was set; 1: none was, so every second candidate is guided.
    """
    return GUIDED if candidates > 1 and candidate % 2 and wanted == 1 else wanted


@dataclass(frozen=True, slots=True)
class Chosen:
    """The text that was chosen for a brief.

    Attributes:
        text: The text.
        number: Its place among the candidates, from 0.
        choosing: What the judge that chose says of it.
        reporting: What the judge that only reports says of it.
    """

    text: GeneratedText
    number: int
    choosing: Judgement
    reporting: Judgement


def learnt_folder(run: Path) -> Path:
    """Return the folder of the classifier and the judges that a run learnt.

    Where an earlier version made the run, its stages have other keys now: then it is the newest.

    Raises:
        ModelError: It learnt none.
    """
    folder = planned_run.load_saved(run).step("classifier").folder
    if manifest.read(folder) is not None:
        return folder
    learnt = [
        (done.finished, one)
        for one in (run / "classifier").glob("*/")
        if (done := manifest.read(one)) is not None
    ]
    if not learnt:
        raise ModelError(
            f"{run} has learnt no judges. Run `erastyle run --run {run} --until classifier` first."
        )
    return max(learnt)[1]


def judges_of(run: Path) -> tuple[JudgePair, Format]:
    """Return the judges that a run learnt, and the format of its era.

    Raises:
        ModelError: It learnt none; says why.
    """
    pair, why = classifier_stage.load_judges(learnt_folder(run))
    if pair is None:
        raise ModelError(f"{run} has no judges: {why or 'classifier.judges is off'}.")
    return pair, planned_run.load_saved(run).config.era.format


def choose(
    candidates: Sequence[GeneratedText], brief: str, judges: JudgePair, form: Format
) -> Chosen:
    """Return the best of the candidates for a brief.

    Args:
        candidates: Texts for the brief, at least one.
        brief: The brief.
        judges: The judges of the era.
        form: Format of the era.
    """
    texts = [Text(candidate.text, "", form) for candidate in candidates]
    briefs = [brief] * len(texts)
    judged = judges.choosing.judge(texts, briefs)

    prose = [prose_of(text) for text in texts]
    least = least_words(FEWEST_FOR_PEOPLE, brief)

    def rank(n: int) -> tuple[bool, bool, bool, bool, float, float, int]:
        whole = form != "html" or not problem(candidates[n].text)
        clean = not candidates[n].marks
        passes, score = judged[n].passes, judged[n].score
        # What fails may be long and on its topic by listing the words of its brief.
        long = passes and len(prose[n].split()) >= least
        on_topic = taken_up(prose[n], brief) if passes else 0.0
        return whole, clean, passes, long, on_topic, score, -n

    best = max(range(len(texts)), key=rank)
    reporting = judges.reporting.judge([texts[best]], [brief])[0]
    return Chosen(candidates[best], best, judged[best], reporting)
