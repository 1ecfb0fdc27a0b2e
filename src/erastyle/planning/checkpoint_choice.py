"""What chooses the checkpoint of a training: the judge or the losses, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from erastyle.eval.classifier_stage import ClassifierOptions
from erastyle.train.bases import known
from erastyle.train.options import ChooseBy, TrainOptions

SMALL_BASE = 30_000_000
"""Parameters up to which a base writes hardly a page that passes: the judge would see noise."""
SHORT = 80_000
"""Tokens of training below which judging takes a fifth of the time and there is one epoch."""


def decide(train: TrainOptions, classifier: ClassifierOptions) -> tuple[ChooseBy, str]:
    """Return what chooses the checkpoint, and why.

    Args:
        train: Options of `train`.
        classifier: Options of `classifier`.

    >>> decide(TrainOptions(base="smollm2"), ClassifierOptions())[0]
    'judge'
    >>> decide(TrainOptions(base="starter"), ClassifierOptions())
    ('loss', 'a base of 3 million parameters writes hardly a page that passes')
    """
    if not train.trains:
        return "loss", f"method {train.method} trains nothing"
    if train.choose_by is not None:
        return train.choose_by, "train.choose_by says so"
    if not classifier.judges:
        return "loss", "classifier.judges is off"
    count = _parameters(train.base)
    if count is not None and count <= SMALL_BASE:
        return (
            "loss",
            f"a base of {count / 1e6:.0f} million parameters writes hardly a page that passes",
        )
    if train.max_tokens is not None and train.max_tokens < SHORT:
        return "loss", f"judging pages takes too much of a training on {train.max_tokens:,} tokens"
    return "judge", "the base is large enough to write pages that pass"


def resolved(train: TrainOptions, classifier: ClassifierOptions) -> TrainOptions:
    """Return the options of `train` with `choose_by` settled, for its key and its needs."""
    return train.model_copy(update={"choose_by": decide(train, classifier)[0]})


def as_before(data: dict[str, Any]) -> None:
    """Let a run file of an earlier version choose as it did, so that its keys stay.

    The program writes every option into run.yaml. A file with all of them but this one was written
    before there was a choice.

    Args:
        data: Content of a run file; changed in place.
    """
    section = data.get("train")
    if not isinstance(section, dict) or "choose_by" in section:
        return
    written = {"method", "max_tokens", "patience", "max_general_rise", "max_gap", "samples"}
    if written <= section.keys():
        section["choose_by"] = "loss"


def _parameters(base: str) -> int | None:
    """Return the number of parameters; None for a base that is too far to look at, and larger.

    It must not depend on whether the base was fetched: the key would change with it.
    """
    for one in known.known():
        if one.name == base:
            return one.parameters
    folder = Path(base)
    if not folder.is_dir():
        return None
    from erastyle.planning import base_size

    return base_size.parameters(base)
