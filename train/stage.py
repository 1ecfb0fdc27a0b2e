"""Stage `train`: turns pairs into a fine-tuned model, or into prompts of the base."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from erastyle.corpus.era import Era
from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.stage import Context, Stage, Stats
from erastyle.train.choice.page_judge import JudgeOfFolder
from erastyle.train.model import loading
from erastyle.train.model.devices import check_device
from erastyle.train.model.folder import StyleModelInfo, write_description
from erastyle.train.options import TrainOptions


def run(
    context: Context[TrainOptions],
    *,
    judge_of: JudgeOfFolder | None = None,
    process: str = "erastyle.train.fit.launch",
) -> Stats:
    """Do the stage.

    Args:
        context: Context of the stage.
        judge_of: Returns the judge of written pages in the folder of the stage `classifier`.
        process: Module that is run where several processes train; it knows the same judge.
    """
    options = context.options
    if not options.trains:
        return _shown(context)
    if options.processes > 1:
        from erastyle.train.fit import launch

        return launch.fit(context, process)
    from erastyle.train.fit import sft

    return sft.fit(context, judge_of)


def _shown(context: Context[TrainOptions]) -> Stats:
    """Write the folder of a method that shows notes and documents to the unchanged base."""
    from erastyle.train.data import rows
    from erastyle.train.model import examples
    from erastyle.train.model.examples import ShownDocument
    from erastyle.train.model.prompt import Encoder

    options, folder = context.options, context.out / "model"
    pairs = rows.load_pairs(context.inputs["pairs"]).get(("train", "style"), [])
    documents = [
        ShownDocument(rows.request(p), rows.answer(p), p["document_id"], p["site"]) for p in pairs
    ]
    if not documents and options.method != "prompt":
        raise ModelError("There are no training documents to show. Add sources.")
    Encoder(loading.load_tokenizer(options.base))  # refuses a template that loses what is put in
    chosen = {
        "prompt": [],
        "few-shot": examples.choose(documents, options.shots, context.seed),
        "retrieve": documents,
    }[options.method]
    folder.mkdir(exist_ok=True)
    shown = {document.document_id for document in chosen}
    hidden = [pair for pair in pairs if pair["document_id"] not in shown]
    rows.write_dropped(context.out, rows.Unlearnt(hidden, "not shown"))
    if chosen:
        examples.write(folder, chosen)
    write_description(
        folder,
        StyleModelInfo(
            method=options.method,
            base=options.base,
            base_digest=loading.base_digest(options.base),
            era=context.era.name,
            max_length=options.max_length,
            notes=examples.notes(context.era.style_notes, context.era.medium),
            shots=options.shots if chosen else 0,
            context_tokens=options.context_tokens,
        ),
    )
    return {
        "read": len(documents),
        "kept": len(documents) - len(hidden),
        "dropped": len(hidden),
        "quarantined": 0,
        "reasons": {"not shown": len(hidden)} if hidden else {},
        "method": options.method,
        "tokens": 0,
        "epochs": 0,
        "updates": 0,
    }


def _needs_also(options: TrainOptions) -> tuple[str, ...]:
    return ("classifier",) if options.choose_by == "judge" else ()


def _reads(options: TrainOptions) -> Mapping[str, str]:
    digests: dict[str, str] = {"base": loading.base_digest(options.base)}
    if options.continue_from is not None:
        from erastyle.train.data import earlier_run

        digests["continue_from"] = earlier_run.digest(options.continue_from)
    return digests


def ready(options: TrainOptions, era: Era) -> None:
    """Refuse a device or a package that is not there, before hours are spent.

    Raises:
        ModelError: One is asked for.
    """
    del era
    if options.device:
        check_device(options.device)
    if options.trains and options.quantize == "nf4" and find_spec("bitsandbytes") is None:
        raise ModelError(
            "train.quantize=nf4 needs bitsandbytes: pip install 'erastyle[qlora]', or leave it out."
        )


TRAIN = Stage(
    "train",
    "Fine-tune the base model on the pairs.",
    TrainOptions,
    run,
    needs=("pairs",),
    needs_also=_needs_also,
    era=("medium", "style_notes"),
    version=9,
    seeded=True,
    resumable=True,
    reads=_reads,
    ready=ready,
)
