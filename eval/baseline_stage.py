"""Stage `baseline`: the base model answers the briefs and the questions once, for every method.

What it writes depends on the base and the briefs, not on a training: `compare` and `strength` use
one baseline for all their variants.

    kept/*.parquet    a row a brief: what the base wrote, and what with its own system prompt
    answers.json      what the base answers to the questions of the score
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pydantic import Field

from erastyle.corpus.errors import ModelError, SourceError
from erastyle.corpus.options import Options
from erastyle.eval.model_answers import Questions, ask
from erastyle.eval.options import ScoreOptions
from erastyle.pipeline.runtime import manifest
from erastyle.pipeline.runtime.shards import Shards
from erastyle.pipeline.runtime.stage import Context, Stage, Stats
from erastyle.train.data import rows
from erastyle.train.generate import GenerateOptions, choose_threads, test_briefs
from erastyle.train.model import loading
from erastyle.train.model.devices import best_device
from erastyle.train.model.generation import Writer, fits, in_batches
from erastyle.train.model.pair import from_base
from erastyle.train.model.prompt import Encoder
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
    plain = generate.model_copy(
        update={"strength": 1.0, "guards": False, "tries": 6, "guidance": 1.0}
    )
    questions = questions_of(score) if score.capability else None
    return BaselineOptions(
        base=train.base, generate=plain, questions=questions, threads=score.threads
    )


def questions_of(score: ScoreOptions) -> Questions:
    """Return the questions that the options of the score stage stand for."""
    return Questions(**{name: getattr(score, name) for name in Questions.model_fields})


def _run(context: Context[BaselineOptions]) -> Stats:
    options, progress = context.options, context.progress
    wanted = test_briefs(context.inputs["pairs"], options.generate.briefs, context.seed)
    writer = from_base(options.base, options.generate.device or best_device())
    tests = [row for row in wanted if fits(writer, rows.request(row))]
    too_long = [row for row in wanted if not fits(writer, rows.request(row))]
    if not tests:
        raise ModelError(
            "Every brief of the test sites is too long for the base's context. Choose another base."
        )
    if too_long:
        progress.say(f"{len(too_long)} briefs stay out: they leave no room for an answer")
    rows.write_dropped(context.out, rows.Unlearnt(too_long, rows.TOO_LONG))
    briefs = [rows.request(row) for row in tests]
    choose_threads(writer.model, options.generate, len(briefs))
    progress.start("baseline", len(briefs), "answers")
    texts = list(in_batches(writer, briefs, options.generate.decoding, context.seed, progress))
    own = _with_own_prompt(context, writer, briefs)
    text, number, flag = pa.string(), pa.int64(), pa.bool_()
    columns = {"document_id": text, "brief": text, "base": text, "base_tokens": number}
    columns["base_own_prompt"] = text
    shards = Shards(context.out / "kept", pa.schema([*columns.items(), ("base_stopped", flag)]))
    for row, brief, answer, other in zip(tests, briefs, texts, own, strict=True):
        shards.write(
            {
                "document_id": row["document_id"],
                "brief": brief,
                "base": answer.text,
                "base_tokens": answer.tokens,
                "base_own_prompt": other,
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
        "read": len(wanted),
        "kept": len(tests),
        "dropped": len(too_long),
        "quarantined": 0,
        "reasons": {rows.TOO_LONG: len(too_long)} if too_long else {},
        "tokens": sum(answer.tokens for answer in texts),
        "base_stopped": sum(answer.stopped for answer in texts),
    }


def _with_own_prompt(
    context: Context[BaselineOptions], writer: Writer, briefs: Sequence[str]
) -> list[str | None]:
    """Return the base's answers with the system prompt that it came with; None where it has none.

    Elsewhere a request stands alone, which would handicap the base where it is measured.
    """
    options = context.options
    tokenizer = loading.load_tokenizer(options.base, own_prompt=True)
    if tokenizer.chat_template == writer.tokenizer.chat_template:
        return [None] * len(briefs)
    own = Writer(writer.model, tokenizer, Encoder(tokenizer).prompt)
    context.progress.start("baseline", len(briefs), "answers with the base's own prompt")
    answers = in_batches(own, briefs, options.generate.decoding, context.seed, context.progress)
    return [answer.text for answer in answers]


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
    version=3,
    seeded=True,
    reads=_reads,
)
