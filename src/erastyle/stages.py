"""All stages, in the order in which they run. The one place that knows them all."""

from __future__ import annotations

from typing import Any

from erastyle.eval.score import SCORE
from erastyle.pipeline.clean import CLEAN
from erastyle.pipeline.dedupe import DEDUPE
from erastyle.pipeline.ingest import INGEST
from erastyle.pipeline.pairs import PAIRS
from erastyle.pipeline.split import SPLIT
from erastyle.pipeline.stage import Stage
from erastyle.train.generate import GENERATE
from erastyle.train.stage import TRAIN

STAGES: tuple[Stage[Any], ...] = (INGEST, CLEAN, DEDUPE, SPLIT, PAIRS, TRAIN, GENERATE, SCORE)
