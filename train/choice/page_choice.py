"""Choice of a checkpoint by the pages that the model wrote there.

The checkpoint with the largest share of passing pages is the best, and of equal shares the one with
the largest mean percentile. Few pages tell little: the earliest checkpoint within one standard
error of the best is taken, since it has forgotten least.

Source:
    The one-standard-error rule: Breiman et al., "Classification and regression trees", 1984.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from erastyle.train.choice.page_judge import PageVerdict

PAGE_TOKENS = 300
"""Longest page that is judged: two screens, enough to loop or to lose the thread."""
MOST_LOOKS = 12
"""Checkpoints of a training at which pages are judged, at most; each epoch has one at its end."""
LOGGED = ("share", "percentile", "deviation", "pages")


@dataclass(frozen=True, slots=True)
class PageScore:
    """The pages of one checkpoint.

    Attributes:
        update: Updates until then.
        share: Share of the pages that pass.
        percentile: Mean percentile of the pages.
        deviation: Standard deviation of the percentiles.
        pages: Number of pages.
        loss: Loss on the style dev rows.
        passed_over: Whether the losses say that it is not to be chosen.
    """

    update: int
    share: float
    percentile: float
    deviation: float
    pages: int
    loss: float = 0.0
    passed_over: bool = False

    @classmethod
    def of(cls, update: int, verdicts: Sequence[PageVerdict]) -> Self:
        """Return the score of judged pages."""
        places = [verdict.percentile for verdict in verdicts]
        return cls(
            update,
            sum(verdict.passes for verdict in verdicts) / len(verdicts),
            math.fsum(places) / len(places),
            statistics.pstdev(places),
            len(places),
        )

    def logged(self) -> dict[str, float]:
        """Return the score as the trainer's log keeps it."""
        return {f"judged_{name}": getattr(self, name) for name in LOGGED}

    @classmethod
    def from_log(
        cls, line: Mapping[str, Any], loss: float, *, passed_over: bool = False
    ) -> Self | None:
        """Return the score in a line of the trainer's log, or None where it holds none."""
        if "judged_share" not in line:
            return None
        values = {name: line[f"judged_{name}"] for name in LOGGED}
        return cls(update=line["step"], loss=loss, passed_over=passed_over, **values)

    @property
    def rank(self) -> tuple[float, float]:
        """What is compared: the share, then the mean percentile."""
        return self.share, self.percentile

    @property
    def errors(self) -> tuple[float, float]:
        """Standard errors of the share and of the mean percentile.

        Half a page is added on either side, so that four of four pages are not certain.
        """
        share = (self.share * self.pages + 0.5) / (self.pages + 1)
        spread = math.sqrt(share * (1 - share) / self.pages)
        return spread, self.deviation / math.sqrt(self.pages)

    def near(self, best: PageScore) -> bool:
        """Say whether both numbers lie within one standard error of those of the best."""
        return all(
            mine >= its - error
            for mine, its, error in zip(self.rank, best.rank, best.errors, strict=True)
        )


@dataclass
class PageChoice:
    """Which checkpoint is kept, as checkpoints come one after another.

    Attributes:
        patience: Checkpoints in a row that may be worse than the best.
        alive: Checkpoints that can still be chosen, the earliest first.
        passed_over: The one with the lowest loss of those that the losses forbid, for want of any.
        worse: Checkpoints in a row that were worse than the best by more than a standard error.
    """

    patience: int
    alive: list[PageScore] = field(default_factory=list)
    passed_over: PageScore | None = None
    worse: int = 0

    def add(self, score: PageScore) -> str:
        """Take a checkpoint into account, and return why the training ends now, or "".

        >>> choice = PageChoice(patience=2)
        >>> [choice.add(PageScore(at, share, 0.3, 0.2, 12)) for at, share in ((10, 0.5), (20, 0.9))]
        ['', '']
        >>> choice.chosen.update
        20
        """
        if score.passed_over:
            if self.passed_over is None or score.loss < self.passed_over.loss:
                self.passed_over = score
            return ""
        best = max([*self.alive, score], key=lambda one: (one.rank, -one.update))
        self.worse = 0 if score.near(best) else self.worse + 1
        self.alive = [one for one in [*self.alive, score] if one.near(best)]
        if self.worse < self.patience:
            return ""
        return f"written pages were worse than the best at {self.worse} checkpoints in a row"

    @property
    def chosen(self) -> PageScore | None:
        """The checkpoint that is kept as things stand; None before the first."""
        if self.silent:
            return min(self.alive, key=lambda one: (one.loss, one.update))
        return self.alive[0] if self.alive else self.passed_over

    @property
    def silent(self) -> bool:
        """Whether the judge gives no page anything, so that the lowest loss has to choose."""
        return bool(self.alive) and all(one.rank == (0.0, 0.0) for one in self.alive)

    @property
    def kept(self) -> set[int]:
        """The updates of the checkpoints that can still be chosen."""
        if self.alive or self.passed_over is None:
            return {score.update for score in self.alive}
        return {self.passed_over.update}

    def sentence(self) -> str:
        """Return which checkpoint is chosen and why, for a person."""
        chosen = self.chosen
        if chosen is None:
            return "no pages were judged"
        passing = f"{round(chosen.share * chosen.pages)} of {chosen.pages} pages pass"
        if chosen.passed_over:
            return f"update {chosen.update} is kept although the losses speak against it: {passing}"
        if self.silent:
            return (
                f"update {chosen.update} is kept: the judge gives no page anything, "
                "so the lowest loss on dev sites chose"
            )
        best = max(self.alive, key=lambda one: (one.rank, -one.update))
        if best is chosen:
            return f"update {chosen.update} is kept: {passing}, the best"
        return (
            f"update {chosen.update} is kept: {passing}, within a standard error of the "
            f"{round(best.share * best.pages)} at update {best.update}"
        )


def looks(epochs: int, tokens: int, judge_tokens: int) -> int:
    """Return how often pages are judged in a training.

    Args:
        epochs: Passes over the rows.
        tokens: Tokens of a pass.
        judge_tokens: Tokens between two looks, about.

    >>> looks(2, 180_000, 90_000), looks(2, 10_000_000, 90_000), looks(1, 30_000, 90_000)
    (4, 12, 1)
    """
    return epochs * max(1, min(round(tokens / judge_tokens), MOST_LOOKS // epochs))


def moments(updates: int, epochs: int, tokens: int, judge_tokens: int, every: int) -> set[int]:
    """Return the updates within epochs after which pages are judged; epochs end with it anyway.

    Args:
        updates: Updates in all.
        epochs: Passes over the rows.
        tokens: Tokens of a pass.
        judge_tokens: Tokens between two looks, about.
        every: Updates between two logged losses; a look falls on one, so that an interruption
            there changes nothing.

    >>> sorted(moments(200, 2, 180_000, 90_000, 5))
    [50, 150]
    """
    epoch, parts = updates // epochs, looks(epochs, tokens, judge_tokens) // epochs
    within = {round(epoch * part / parts / every) * every for part in range(1, parts)}
    return {
        start * epoch + place for start in range(epochs) for place in within if 0 < place < epoch
    }
