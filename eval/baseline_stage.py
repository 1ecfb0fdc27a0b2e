"""Stage `baseline`: the base model answers the briefs and the questions once, for every method.

What it writes depends on the base and the briefs, not on a training: `compare` and `strength` use
one baseline for all their variants.

    kept/*.parquet    a row a brief: what the base wrote
    answers.json      what the base answers to the questions of the score
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
from pydantic import Field

from erastyle.corpus.errors import SourceError
from erastyle.corpus.options import Options
from erastyle.eval.model_answers import Questions, ask
from erastyle.eval.options import ScoreOptions
from erastyle.pipeline.runtime import manifest
from erastyle.pipeline.runtime.shards import Shards
from erastyle.pipeline.runtime.stage import Context, Stage, Stats
from erastyle.train.generate import GenerateOptions, choose_threads, in_batches, test_briefs
from erastyle.train.model import loading
from erastyle.train.model.devices import best_device
from erastyle.train.model.pair import of_base
from erastyle.train.options import TrainOptions

ANSWERS = "answers.json"


class BaselineOptions(Options):
    """Options of `baseline`, taken from those of `train`, `generate` and `score`."""

    base: str
    """The base model."""
    generate: GenerateOptions
    """How the briefs are answered."""
    questions: Questions | None
    """What the base is asked; None: nothing."""
    threads: int = Field(default=1, ge=1, exclude=True)
    """Threads of torch for the questions."""


def options_of(
    train: TrainOptions, generate: GenerateOptions, score: ScoreOptions
) -> BaselineOptions:
    """Return what the options of other stages say of the base and the briefs.

    What only the fine-tuned model follows is set to its default: it must not change the key.
    """
    plain = generate.model_copy(update={"strength": 1.0, "avoid_anachronisms": 0})
    questions = questions_of(score) if score.capability else None
    return BaselineOptions(
        base=train.base, generate=plain, questions=questions, threads=score.threads
    )


def questions_of(score: ScoreOptions) -> Questions:
    """Return the questions that the options of the score stage stand for."""
    return Questions(**{name: getattr(score, name) for name in Questions.model_fields})


def _run(context: Context[BaselineOptions]) -> Stats:
    options, progress = context.options, context.progress
    tests = test_briefs(context.inputs["pairs"], options.generate.briefs, context.seed)
    briefs = [row["prompt"][0]["content"] for row in tests]
    writer = of_base(options.base, options.generate.device or best_device())
    choose_threads(writer.model, options.generate)
    progress.start("baseline", len(briefs), "answers")
    texts = list(in_batches(writer, briefs, options.generate, context.seed, progress))
    text, number, flag = pa.string(), pa.int64(), pa.bool_()
    columns = {"document_id": text, "brief": text, "base": text, "base_tokens": number}
    shards = Shards(context.out / "kept", pa.schema([*columns.items(), ("base_stopped", flag)]))
    for row, brief, answer in zip(tests, briefs, texts, strict=True):
        shards.write(
            {
                "document_id": row["document_id"],
                "brief": brief,
                "base": answer.text,
                "base_tokens": answer.tokens,
                "base_stopped": answer.stopped,
            }
        )
    shards.close()
    seconds: Mapping[str, float] = {}
    if options.questions is not None:
        replies = ask(writer, options.questions, threads=options.threads)
        replies.write(context.out / ANSWERS)
        seconds = replies.seconds
        progress.say(", ".join(f"{name} {taken:.1f} s" for name, taken in seconds.items()))
    return {
        "read": len(tests),
        "kept": len(tests),
        "dropped": 0,
        "quarantined": 0,
        "reasons": {},
        "tokens": sum(answer.tokens for answer in texts),
        "base_stopped": sum(answer.stopped for answer in texts),
    }


def _reads(options: BaselineOptions) -> Mapping[str, str]:
    """Return the digests of the base and of the person's own task files."""
    digests = {"base": loading.base_digest(options.base)}
    folder = options.questions.task_folder if options.questions else None
    return {**digests, **task_digests(folder)}


def task_digests(folder: Path | None) -> Mapping[str, str]:
    """Return digests of a folder of lm-eval tasks: they decide what is asked.

    Raises:
        SourceError: There is no such folder.
    """
    if folder is None:
        return {}
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder (score.task_folder).")
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {f"task {p.relative_to(folder)}": manifest.sha256(p) for p in files}


BASELINE = Stage(
    "baseline",
    "Let the base model answer the briefs and the questions, once for every method.",
    BaselineOptions,
    _run,
    needs=("pairs",),
    era=("formats",),
    seeded=True,
    reads=_reads,
)
