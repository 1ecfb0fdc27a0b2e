"""What can be said of a text by machine: four questions, anachronisms, and copied passages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from erastyle.corpus.chronology import anachronisms
from erastyle.corpus.era import Era
from erastyle.corpus.html import markup
from erastyle.eval import text_verdicts
from erastyle.eval.style.features import Text
from erastyle.studio.text_record import Checked, CheckedQuestion, CheckMark

if TYPE_CHECKING:
    from erastyle.corpus.copying.matches import Match
    from erastyle.corpus.copying.search import Index
    from erastyle.eval.judge.judge import EraJudge


@dataclass(frozen=True, slots=True)
class Checker:
    """What a run knows that helps to check a text.

    Attributes:
        era: Its era.
        judge: The judge that only reports; None: the run learnt none.
        index: Its training documents; None: they are not there any more.
        problem: Why something of these is missing.
    """

    era: Era
    judge: EraJudge | None = None
    index: Index | None = None
    problem: str = ""

    def check(self, text: str, request: str) -> Checked:
        """Return what can be said of a text that answers a request."""
        form = self.era.format
        prose = markup.prose(text) if form == "html" else text
        hits = anachronisms.find(text, form, self.era.lexicon_cutoff, request)
        copies = self.index.check(text).copies if self.index is not None else ()
        marks = [
            CheckMark(
                start=hit.start,
                end=hit.end,
                kind="anachronism",
                note=f"{hit.term}, {hit.first_year}"
                + (", which the brief asks for" * hit.in_brief),
            )
            for hit in hits
        ]
        marks += [_copied(match) for match in copies]
        known = Checked(
            words=len(prose.split()),
            marks=tuple(sorted(marks, key=lambda mark: mark.start)),
            compared=self.index is not None,
            problem=self.problem,
        )
        return (
            known if self.judge is None else self._judged(known, Text(text, prose, form), request)
        )

    def _judged(self, known: Checked, text: Text, request: str) -> Checked:
        assert self.judge is not None
        index = self.index
        longest = None if index is None else lambda one: index.longest_copy(one.body)
        (judgement,) = self.judge.judge([text], [request], copied=longest)
        verdict = text_verdicts.of_judgement(judgement, known.words)
        questions = [
            CheckedQuestion(
                question=answer.question,
                meaning=text_verdicts.MEANINGS[answer.question],
                percentile=answer.percentile,
                evidence=answer.evidence,
            )
            for answer in judgement.answers
        ]
        return known.model_copy(
            update={
                "outcome": verdict.outcome,
                "sentence": verdict.sentence,
                "score": verdict.score,
                "threshold": verdict.threshold,
                "questions": tuple(questions),
            }
        )


def _copied(match: Match) -> CheckMark:
    start, end = match.characters
    note = f"{match.length} tokens of the training document {match.document} ({match.site})"
    return CheckMark(start=start, end=end, kind="copied", note=note)
