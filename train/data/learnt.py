"""Which training documents a fine-tuned model learnt from, by the ledgers of a run.

A budget (`train.max_tokens`, `--minutes`) leaves rows out, and a method that trains nothing shows a
few documents: what the pairs hold is not what the model was made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erastyle.pipeline.runtime import ledger, manifest
from erastyle.train.data.rows import REST


@dataclass(frozen=True, slots=True)
class LearntIds:
    """The training documents of a run.

    Attributes:
        documents: Ids of those of which the model learnt a row, or which it is shown.
        of: Ids of all that it could have learnt from.
        at_most: Whether the weights that were kept are of a time before each of them was read.
    """

    documents: frozenset[str]
    of: frozenset[str]
    at_most: bool = False


def learnt(pairs: Path, train: Path) -> LearntIds:
    """Return which training documents a model learnt from.

    Args:
        pairs: Finished folder of the stage `pairs`.
        train: Finished folder of the stage `train`.
    """
    # A document may be asked for several times, and some of its rows be left out. Of a long one
    # whose rest is dropped the beginning was learnt.
    columns = ["id", "excerpt", "reason"]
    left_out = {
        (row["id"], row["excerpt"])
        for row in ledger.rows(train / "dropped", columns)
        if row["reason"] != REST
    }
    documents, every = set(), set()
    for pair in ledger.rows(pairs / "kept", ["document_id", "prompt", "role", "split"]):
        if (pair["role"], pair["split"]) != ("style", "train"):
            continue
        every.add(str(pair["document_id"]))
        if (pair["document_id"], pair["prompt"][0]["content"]) not in left_out:
            documents.add(str(pair["document_id"]))
    done = manifest.read(train)
    early = done is not None and _before_all_was_read(done.stats)
    return LearntIds(frozenset(documents), frozenset(every), early)


def _before_all_was_read(stats: Mapping[str, Any]) -> bool:
    """Return whether time, or the choice of the checkpoint, ended the training in its first epoch.

    >>> _before_all_was_read({"best_update": 40, "updates": 89, "epochs": 1})
    True
    >>> _before_all_was_read({"best_update": 60, "updates": 100, "epochs": 2})
    False
    """
    epochs = max(1, stats.get("epochs", 1))
    best = stats.get("best_update")
    early = best is not None and best * epochs < stats["updates"]
    return early or (epochs == 1 and "shortened" in stats)
