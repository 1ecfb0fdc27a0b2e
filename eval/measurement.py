"""What the gate judges: raw measurements on the same items, before and after training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paired:
    """A score of each brief's text by the base and by the fine-tuned model.

    Attributes:
        before: Score of the base model's text, NaN where it could not be judged.
        after: Score of the fine-tuned model's text for the same brief, NaN where it could not be
        judged. groups: Cluster of each brief (its topic or source site), or empty: each its own.
    """

    before: Sequence[float]
    after: Sequence[float]
    groups: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the outputs have a property; an output that could not be judged has not.

    Attributes:
        count: Outputs that have it.
        total: All outputs.
    """

    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Mean:
    """A number between 0 and 1 of each output.

    Attributes:
        values: The number of each output.
        groups: Cluster of each output (its site), or empty: each its own.
    """

    values: Sequence[float]
    groups: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """Bits that a text costs before and after, as in bits per byte of general text.

    Attributes:
        before: Bits of each text under the base model.
        after: Bits of the same text under the fine-tuned model.
        groups: Cluster of each text, or empty: each its own.
    """

    before: Sequence[float]
    after: Sequence[float]
    groups: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """Whether each item of a task was answered right.

    Attributes:
        before: By the base model.
        after: By the fine-tuned model, the same items.
        chance: Share that guessing gets right.
        groups: Cluster of each item, or empty: each its own.
    """

    before: Sequence[bool]
    after: Sequence[bool]
    chance: float
    groups: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """Hits in generated texts, against hits in real texts of the period.

    Attributes:
        hits: In each generated text.
        words: Words of each generated text.
        real_hits: In each real text, found the same way.
        real_words: Words of each real text.
    """

    hits: Sequence[int]
    words: Sequence[int]
    real_hits: Sequence[int]
    real_words: Sequence[int]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure of the generated texts over that of real ones, and how far single texts decide it.

    Attributes:
        value: The ratio over all texts.
        without: The ratio with each part of the texts left out in turn (jackknife); the parts are
            disjoint and of about equal size.
    """

    value: float
    without: Sequence[float]


@dataclass(frozen=True, slots=True)
class Gap:
    """What training gained on documents that it saw, and on documents that it did not.

    Attributes:
        seen: Nats a token by which each training document became likelier.
        unseen: The same of each held-out document.
        seen_groups: Site of each training document, or empty: each its own.
        unseen_groups: Site of each held-out document, or empty.
    """

    seen: Sequence[float]
    unseen: Sequence[float]
    seen_groups: Sequence[str] = ()
    unseen_groups: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well a score tells members of a class from others.

    Attributes:
        scores: Higher means a member.
        labels: Whether it is one.
        groups: Cluster of each item, or empty: each its own.
    """

    scores: Sequence[float]
    labels: Sequence[bool]
    groups: Sequence[str] = ()


Measurement = Paired | Share | Mean | Cost | Answers | Rate | Ratio | Gap | Ranking
