"""Early stopping: which epoch is kept, and when the training ends."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True, slots=True)
class EpochVerdict:
    """What became of an epoch; of two verdicts, the smaller one is of the better epoch.

    Attributes:
        passed_over: Whether the epoch is kept only where there is no other.
        loss: Loss on the style dev rows.
        why_stop: Why the training ends after this epoch, or "".
    """

    passed_over: bool
    loss: float
    why_stop: str = field(default="", compare=False)


@dataclass
class EarlyStoppingGuard:
    """Watches the style, what the base knew before, and memorisation.

    Attributes:
        patience: Epochs without a better style loss.
        max_general_rise: Share by which the loss on general dev rows may rise above its start.
        max_gap: Nats by which the loss on learnt rows may fall further than that on dev rows in an
            epoch in which the latter gets no better.
        by_pages: Whether written pages choose the epoch, so that the style loss only forbids: one
            above its start.
        start: The losses before the first update, by name.
        best: Lowest style loss of an epoch that may be kept; infinity where there is none yet.
        waited: Epochs since then.
    """

    patience: int
    max_general_rise: float | None
    max_gap: float | None
    by_pages: bool = False
    start: dict[str, float] = field(default_factory=dict)
    best: float = math.inf
    waited: int = 0

    def judge(self, losses: Mapping[str, float]) -> EpochVerdict:
        """Return the verdict on an epoch; the first call takes the losses before training.

        Args:
            losses: Dev losses by name: `style`, and where they were measured `general` and
                `learnt`.

        >>> guard = EarlyStoppingGuard(2, 0.05, 0.3)
        >>> guard.judge({"style": 4.0, "general": 3.0, "learnt": 4.1}).why_stop
        ''
        >>> guard.judge({"style": 3.5, "general": 3.3, "learnt": 3.5}).why_stop
        'the loss on general rows rose by 10.0 %'
        """
        style = losses["style"]
        if not self.start:
            self.start = dict(losses)
            return EpochVerdict(False, style)
        if why := self._why_pass_over(losses):
            return EpochVerdict(True, style, why)
        if self.by_pages and style > self.start["style"]:
            return EpochVerdict(True, style)
        self.waited = 0 if style < self.best else self.waited + 1
        self.best = min(self.best, style)
        if self.waited >= self.patience and not self.by_pages:
            why = f"no better loss on the dev sites for {self.waited} epochs"
        return EpochVerdict(False, style, why)

    def anew(self) -> EarlyStoppingGuard:
        """Return a guard with the same limits that has seen nothing."""
        return EarlyStoppingGuard(
            self.patience, self.max_general_rise, self.max_gap, by_pages=self.by_pages
        )

    def _why_pass_over(self, losses: Mapping[str, float]) -> str:
        if "general" in losses and self.max_general_rise is not None:
            rise = losses["general"] / self.start["general"] - 1
            if rise > self.max_general_rise:
                return f"the loss on general rows rose by {100 * rise:.1f} %"
        # While the loss on unseen sites falls, a gap is what learning well looks like.
        worse = losses["style"] >= min(self.best, self.start["style"])
        if worse and "learnt" in losses and self.max_gap is not None:
            start = self.start["style"] - self.start["learnt"]
            gap = (losses["style"] - losses["learnt"]) - start
            if gap > self.max_gap:
                return (
                    f"rows that were learnt fell {gap:.2f} nats below those that were not, which "
                    "got no better"
                )
        return ""
