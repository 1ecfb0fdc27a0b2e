"""All stages, in the order in which they run. The one place that knows them all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from erastyle import choosing_judge
from erastyle.eval.baseline_stage import BASELINE
from erastyle.eval.classifier_stage import CLASSIFIER
from erastyle.eval.stage import SCORE
from erastyle.pipeline.clean import CLEAN
from erastyle.pipeline.comparison import COMPARISON
from erastyle.pipeline.dedupe.stage import DEDUPE
from erastyle.pipeline.ingest import INGEST
from erastyle.pipeline.pairs import PAIRS
from erastyle.pipeline.runtime.stage import Stage
from erastyle.pipeline.split.stage import SPLIT
from erastyle.train import stage as train_stage
from erastyle.train.generate import GENERATE

TRAIN = replace(
    train_stage.TRAIN,
    run=partial(train_stage.run, judge_of=choosing_judge.load, process="erastyle.training_process"),
)
"""The training with the judge that may choose a checkpoint: `erastyle.train` imports no judge."""

STAGES: tuple[Stage[Any], ...] = (
    INGEST,
    CLEAN,
    DEDUPE,
    SPLIT,
    PAIRS,
    COMPARISON,
    CLASSIFIER,
    BASELINE,
    TRAIN,
    GENERATE,
    SCORE,
)
