"""Writes the texts of many briefs, batch by batch, and says what became of every candidate."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from erastyle.writing.brief import Brief, request

if TYPE_CHECKING:
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.train.model.generation import GeneratedText
    from erastyle.train.model.text_row import OnText
    from erastyle.writing.engine import Engine

TOKENS_A_WORD = 4
"""Tokens for each word that is asked for: markup and rare words need several."""
LATER, TOO_LONG, EMPTY, NOT_BEST = (
    "later than the era",
    "request too long",
    "empty",
    "not the best",
)
"""Reasons for which there is no text, or for which a candidate was not taken."""


@dataclass(frozen=True, slots=True)
class TextTask:
    """One text that is to be written.

    Attributes:
        brief: Its brief.
        request: What the model is asked.
        number: Number of the brief, from 1.
        copy: Which text of the brief it is, from 1.
        seed: Seed of its chances.
        first: How often the same request was asked with this seed before its first candidate.
        candidates: Texts that are written, of which one is taken.
        room: Longest text in tokens.
    """

    brief: Brief
    request: str
    number: int
    copy: int
    seed: int
    first: int
    candidates: int
    room: int

    @property
    def key(self) -> str:
        """What decides the text, for one model with its options, as 12 hexadecimal digits."""
        known = [self.request, self.seed, self.first, self.candidates, self.room]
        plain = json.dumps(known, ensure_ascii=True)
        return hashlib.sha256(plain.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A candidate that was not taken.

    Attributes:
        candidate: Its number among the candidates, from 0; -1: nothing was written.
        reason: Short reason that can be counted.
        detail: Details of this one.
        text: What was written, or None.
    """

    candidate: int
    reason: str
    detail: str = ""
    text: GeneratedText | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a task.

    Attributes:
        task: The task.
        text: The text; None: there is none, and `rejected` says why.
        chosen: Its number among the candidates.
        rejected: The candidates that were not taken.
        scores: What the judges say of the text; None: it was not judged.
    """

    task: TextTask
    text: GeneratedText | None
    chosen: int = 0
    rejected: tuple[Rejected, ...] = ()
    scores: Mapping[str, Any] | None = None


def tasks(
    briefs: Sequence[Brief],
    engine: Engine,
    *,
    seed: int,
    n: int = 1,
    best_of: int = 1,
    length: int | None = None,
) -> list[TextTask]:
    """Return the texts that are to be written, in the order of the briefs.

    Args:
        briefs: The briefs.
        engine: What writes.
        seed: Seed of the briefs that name none.
        n: Texts of the briefs that name no number.
        best_of: Candidates for each text.
        length: Words of the briefs that name no length.
    """
    asked: Counter[tuple[str, int]] = Counter()
    planned = []
    for number, given in enumerate(briefs, 1):
        brief = replace(given, length=length) if given.length is None else given
        wanted = request(brief, engine.noun)
        own = seed if brief.seed is None else brief.seed
        room = engine.options.max_new_tokens
        if brief.length is not None:
            room = max(room, TOKENS_A_WORD * brief.length)
        for copy in range(1, (brief.n or n) + 1):
            first = asked[wanted, own]
            asked[wanted, own] += best_of
            planned.append(TextTask(brief, wanted, number, copy, own, first, best_of, room))
    return planned


def write(
    planned: Sequence[TextTask],
    engine: Engine,
    progress: Progress,
    *,
    later: bool = False,
    on_text: OnText | None = None,
) -> Iterator[Answer]:
    """Yield what became of each task, in their order.

    Args:
        planned: What is to be written.
        engine: What writes.
        progress: Where to report.
        later: Whether briefs that name what is later than the era are written too.
        on_text: For a single task of one candidate: receives the text as it is written.
    """
    from erastyle.train.generate import choose_threads

    refused = {n: why for n, task in enumerate(planned) if (why := _refused(task, engine, later))}
    left = [task for n, task in enumerate(planned) if n not in refused]
    if left:
        count = sum(task.candidates for task in left)
        choose_threads(engine.writer.model, engine.options, count)
    written = _written(left, engine, progress, on_text if len(planned) == 1 else None)
    for n, task in enumerate(planned):
        if n in refused:
            progress.advance(task.candidates)
            yield Answer(task, None, rejected=(refused[n],))
        else:
            yield _chosen(task, next(written), engine)


def _refused(task: TextTask, engine: Engine, later: bool) -> Rejected | None:
    """Return why a task is not begun, or None."""
    from erastyle.corpus.chronology.later_topics import declined, later_topics
    from erastyle.train.model.generation import fits

    if engine.era is not None and not later:
        cutoff = engine.era.lexicon_cutoff
        if topics := later_topics(task.request, cutoff):
            return Rejected(-1, LATER, declined(topics, cutoff))
        if task.brief.year is not None and task.brief.year > cutoff:
            why = f"Not written: the year {task.brief.year} is later than the era, which ends in "
            return Rejected(-1, LATER, f"{why}{cutoff}. --later allow writes it all the same.")
    if not fits(engine.writer, task.request):
        length = len(engine.writer.prompt(task.request))
        limit = engine.writer.model.config.max_position_embeddings
        return Rejected(
            -1, TOO_LONG, f"Not written: {length} tokens, and the model takes {limit}. Shorten it."
        )
    return None


def _written(
    left: Sequence[TextTask], engine: Engine, progress: Progress, on_text: OnText | None
) -> Iterator[list[GeneratedText]]:
    """Yield the candidates of each task; texts of equal seed and room are written together."""
    from erastyle.train.model.generation import generate
    from erastyle.writing.best_of import guidance_of
    from erastyle.writing.engine import decoding_of

    alike = groupby(left, key=lambda task: (task.seed, task.room))
    for (seed, room), group in alike:
        together = list(group)
        rows = [
            (task, task.first + n, guidance_of(n, task.candidates, engine.options.guidance))
            for task in together
            for n in range(task.candidates)
        ]
        decoding = replace(
            decoding_of(engine.options, watermark=engine.watermark), max_new_tokens=room
        )
        texts: list[GeneratedText] = []
        done = 0
        for start in range(0, len(rows), decoding.batch):
            part = rows[start : start + decoding.batch]
            texts += generate(
                engine.writer,
                [task.request for task, _, _ in part],
                decoding,
                seed=seed,
                numbers=[number for _, number, _ in part],
                guidance=[guided for _, _, guided in part],
                guards=engine.guards,
                on_text=on_text if len(rows) == 1 else None,
            )
            progress.advance(len(part))
            while done < len(together) and len(texts) >= together[done].candidates:
                count = together[done].candidates
                yield texts[:count]
                texts, done = texts[count:], done + 1


def _chosen(task: TextTask, candidates: Sequence[GeneratedText], engine: Engine) -> Answer:
    """Return the best of the candidates; an empty one is no text."""
    from erastyle.writing.best_of import choose

    if engine.judges is None or len(candidates) == 1:
        (only,) = candidates
        if not only.text.strip():
            return Answer(task, None, rejected=(Rejected(0, EMPTY, "", only),))
        return Answer(task, only)
    judges, form = engine.judges
    best = choose(candidates, task.request, judges, form)
    why = f"candidate {best.number} was taken: {best.choosing.sentence}"
    rejected = [
        Rejected(n, NOT_BEST if one.text.strip() else EMPTY, why, one)
        for n, one in enumerate(candidates)
        if n != best.number or not best.text.text.strip()
    ]
    scores = {
        name: {"outcome": said.outcome, "score": said.score, "sentence": said.sentence}
        for name, said in (("choosing", best.choosing), ("reporting", best.reporting))
    }
    text = best.text if best.text.text.strip() else None
    return Answer(task, text, best.number, tuple(rejected), scores)
