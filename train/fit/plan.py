"""The arithmetic of a training run, before it starts: micro-batches, updates, padding."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from erastyle.train.data.length_batches import padding_share

MICRO_BATCH_TOKENS = 4096  # at most, unless one row is longer
# Of a larger model on a CPU: its products fill a core with few rows, and every token of the
# micro-batch is kept in each layer until the backward pass.
LARGE_MODEL, LARGE_MICRO_BATCH_TOKENS = 30_000_000, 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """What one training run will do.

    Attributes:
        batch: Rows in a micro-batch.
        accumulation: Micro-batches in an update, on each process.
        updates: Updates in all.
        padding: Share of padding.
        longest: Tokens of the longest row.
        packed: Whether a row holds several documents, so that there is no padding.
    """

    batch: int
    accumulation: int
    updates: int
    padding: float
    longest: int
    packed: bool = False

    def halved(self) -> Plan:
        """Return the same updates from micro-batches of half the size."""
        return replace(self, batch=self.batch // 2, accumulation=self.accumulation * 2)


def micro_batch_tokens(parameters: int, device: str) -> int:
    """Return the most tokens of a micro-batch for a model of so many weights.

    >>> micro_batch_tokens(3_443_136, "cpu"), micro_batch_tokens(134_515_008, "cpu")
    (4096, 1024)
    """
    large = device == "cpu" and parameters > LARGE_MODEL
    return LARGE_MICRO_BATCH_TOKENS if large else MICRO_BATCH_TOKENS


def arithmetic(
    lengths: Sequence[int],
    epochs: int,
    batch_tokens: int,
    *,
    packed: bool = False,
    micro_batch: int = MICRO_BATCH_TOKENS,
    multiple: int = 1,
) -> Plan:
    """Return micro-batches and updates for about `batch_tokens` tokens in an update.

    A micro-batch has a power of two rows: halved where memory runs out, the update keeps its rows.

    Args:
        lengths: Tokens of each row.
        epochs: Passes over the rows.
        batch_tokens: Tokens in an update, about.
        packed: Whether rows are packed, so that their micro-batch has no padding.
        micro_batch: Most tokens of a micro-batch, unless one row is longer.
        multiple: Number of which the places of a row are a multiple.
    """
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    mean = sum(lengths) / len(lengths)
    per_update = max(1, round(batch_tokens / mean))
    longest = max(lengths)
    most = max(1, min(per_update // processes, micro_batch // longest))
    batch = 1 << most.bit_length() - 1
    accumulation = max(1, round(per_update / (batch * processes)))
    updates = math.ceil(len(lengths) / (batch * accumulation * processes)) * epochs
    padding = 0.0 if packed else padding_share(lengths, batch, multiple)
    return Plan(batch, accumulation, updates, padding, longest, packed)


def log_every(updates: int, epochs: int) -> int:
    """Return how many updates one logged loss is the mean of: about 50 losses in all.

    It divides an epoch, so that no mean spans a checkpoint and a resumed training logs the same.

    >>> log_every(700, 7), log_every(15, 3), log_every(309, 3)
    (10, 1, 1)
    """
    epoch, most = updates // epochs, max(1, updates // 50)
    return next(n for n in range(most, 0, -1) if epoch % n == 0)
