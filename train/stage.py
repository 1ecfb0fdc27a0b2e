"""Stage `train`: pairs become a style model, by whatever method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.stage import Context, Stage, Stats
from erastyle.train.model import loading
from erastyle.train.model.folder import StyleModel, write_description
from erastyle.train.options import TrainOptions


def _run(context: Context[TrainOptions]) -> Stats:
    options = context.options
    if not options.trains:
        return _shown(context)
    if options.processes > 1:
        from erastyle.train.fit import launch

        return launch.fit(context)
    from erastyle.train.fit import sft

    return sft.fit(context)


def _shown(context: Context[TrainOptions]) -> Stats:
    """Write a style model that shows notes and documents to the base as it is."""
    from erastyle.train.data import rows
    from erastyle.train.model import examples
    from erastyle.train.model.prompt import Encoder

    options, folder = context.options, context.out / "model"
    pairs = rows.load_pairs(context.inputs["pairs"]).get(("train", "style"), [])
    documents = examples.from_pairs(pairs)
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
        StyleModel(
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


def _reads(options: TrainOptions) -> Mapping[str, str]:
    found: dict[str, Any] = {"base": loading.base_digest(options.base)}
    if options.continue_from is not None:
        from erastyle.train.fit import continue_from

        found["continue_from"] = continue_from.digest(options.continue_from)
    return found


TRAIN = Stage(
    "train",
    "Fine-tune the base model on the pairs.",
    TrainOptions,
    _run,
    needs=("pairs",),
    era=("medium", "style_notes"),
    version=3,
    seeded=True,
    resumable=True,
    reads=_reads,
)
