"""What a run would take, before it is started: documents, tokens, memory, minutes.

Memory comes from the shape of the base (`erastyle.train.fit.memory_estimate`). The other constants
are round numbers near what the embedded starter took on two cores; for other models they scale with
the number of parameters. The figures that were measured are in docs/benchmarks.md.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

from erastyle.config import RunConfig
from erastyle.corpus.sources.online.base import OnlineSource
from erastyle.corpus.sources.online.rewrite import RewriteSource
from erastyle.corpus.sources.registry import open_source
from erastyle.pipeline.runtime.runner import Step
from erastyle.planning import base_size, checkpoint_choice
from erastyle.train.choice.page_choice import PAGE_TOKENS, looks
from erastyle.train.fit.memory_estimate import PROGRAM, Shape, adapter_weights, training_bytes
from erastyle.train.fit.plan import micro_batch_tokens
from erastyle.train.model import loading
from erastyle.train.options import TrainOptions
from erastyle.train.recipe_table import recipe

BYTES_PER_DOCUMENT = 3000
CHARACTERS_PER_TOKEN = 2.6  # markup is dense in short tokens
CPU_FLOPS = 50e9  # multiply-adds a second that one core reaches in float32
WRITE_FLOPS = 20e9  # of writing, eight texts together
CLEAN_PER_MINUTE = 1500
LEARNING = 40.0  # seconds for the style classifier and the judges


def peak(options: TrainOptions, count: int) -> int:
    """Return the bytes that training, or writing where nothing is trained, takes at most.

    Args:
        options: Options of `train`.
        count: Parameters of the base, a folder or the starter.
    """
    if not options.trains:
        return int(PROGRAM + 4 * count)
    shape = _shape(Path(loading.base_path(options.base)), count)
    most = max(micro_batch_tokens(count, "cpu"), options.max_length)
    settings = recipe(options, count)
    tokens = min(most, max(settings.batch_tokens, options.max_length))
    adapted = options.method == "lora"
    learnt = adapter_weights(shape, settings.rank) if adapted else count
    return training_bytes(
        shape, learnt=learnt, tokens=tokens, adapted=adapted, in_chunks=not options.kl
    )


def _shape(folder: Path, count: int) -> Shape:
    """Return the shape of a base, from its file where that has the usual names.

    Importing transformers takes three seconds, which a dry run need not.
    """
    try:
        known_names = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return Shape.of(SimpleNamespace(**known_names), count)
    except (OSError, ValueError, TypeError, AttributeError):
        from transformers import AutoConfig

        return Shape.of(AutoConfig.from_pretrained(str(folder)).get_text_config(), count)


def expected(config: RunConfig, steps: Sequence[Step]) -> dict[str, str]:
    """Return readable estimates for the steps that are not done yet."""
    to_do = {step.stage.name for step in steps if step.done is None}
    if not to_do:
        return {"expected": "nothing to do"}
    estimates: dict[str, str] = {}
    documents = _documents(config, steps, estimates)
    tokens = int(documents * BYTES_PER_DOCUMENT / CHARACTERS_PER_TOKEN)
    count = base_size.parameters(config.train.base)
    settings = recipe(config.train, count or 0)
    limit, trained, share = config.train.max_tokens, tokens * settings.epochs, 1.0
    if limit:
        once = limit / settings.passes
        trained, share = min(trained, limit), min(1.0, once / max(1, tokens))
    judged = 0
    if not config.train.trains:
        trained, share = 0, 1.0
    elif "train" in to_do:
        judged = _judged_tokens(config, trained, settings.passes, estimates)
    estimates["tokens"] = f"about {tokens:,} in the documents; training reads {trained:,} of them"
    if tokens and trained > tokens:
        estimates["tokens"] += f", {trained / tokens:.1f} times each"
    estimates["share cut"] = (
        f"{1 - share:.0%} of the rows stay out because of train.max_tokens"
        if share < 1
        else "the rest of documents that are longer than a row"
    )
    estimates["disk"] = _disk(config, steps, documents, count or 0)
    if count is None:
        estimates["base"] = f"{config.train.base} is not here; the run asks for it when it starts"
        estimates["memory"] = "unknown until the base model is here"
        return estimates
    estimates["memory"] = f"about {peak(config.train, count) / 1e9:.1f} GB"
    seconds = 0.0
    if "clean" in to_do:
        seconds += documents / CLEAN_PER_MINUTE * 60 / 2
    if "train" in to_do:
        seconds += trained * count * 6 / CPU_FLOPS + judged * count * 2 / WRITE_FLOPS
    if "generate" in to_do:
        briefs = _briefs(config.generate.briefs, steps, estimates)
        seconds += briefs * config.generate.max_new_tokens * 2 / 400
    if "score" in to_do:
        seconds += 60
    estimates["time"] = f"about {max(1, round(seconds / 60))} min on a CPU"
    return estimates


def _briefs(asked: int, steps: Sequence[Step], estimates: dict[str, str]) -> int:
    """Return how many briefs can be answered, and say where there are fewer than were asked for.

    A document of the test sites gives one brief.
    """
    done = next((s.done for s in steps if s.stage.name == "pairs" and s.done is not None), None)
    if done is None:
        return asked
    there = int(done.stats["splits"].get("test", 0))
    if there < asked:
        estimates["briefs"] = (
            f"{there:,} of {asked:,}: the test sites have no more documents, and about "
            f"{asked - there:,} more would be needed"
        )
    return min(asked, there)


COPIES = 6  # ingest, clean, dedupe, split, pairs and comparison each hold the documents
ADAPTER = 20e6  # bytes: an adapter and its checkpoints, on the starter


def _disk(config: RunConfig, steps: Sequence[Step], documents: int, count: int) -> str:
    """Return the room that the run takes, and what is free where it lies."""
    model = ADAPTER + count * (0.5 if config.train.method == "lora" else 12)
    needed = documents * BYTES_PER_DOCUMENT * COPIES + (model if config.train.trains else 0)
    place = steps[0].folder
    while not place.exists() and place != place.parent:
        place = place.parent
    free = shutil.disk_usage(place).free
    text = f"about {needed / 1e6:,.0f} MB of {free / 1e6:,.0f} MB free"
    return text + (": too little, make room first" if needed > free else "")


def _judged_tokens(config: RunConfig, trained: int, passes: int, estimates: dict[str, str]) -> int:
    """Return the tokens written for the choice of a checkpoint, and say what chooses and why."""
    by, why = checkpoint_choice.decide(config.train, config.classifier)
    if by == "loss":
        estimates["checkpoint"] = f"chosen by the losses on dev rows: {why}"
        return 0
    train = config.train
    count = looks(passes, trained // passes, train.judge_tokens)
    tokens = count * train.judge_briefs * PAGE_TOKENS
    estimates["checkpoint"] = (
        f"chosen by the judge: {why}; {train.judge_briefs} briefs of dev sites at about {count} "
        f"checkpoints, at most {tokens:,} tokens to write"
    )
    return tokens


def document_seconds(config: RunConfig, steps: Sequence[Step]) -> float:
    """Return the seconds that reading, cleaning and parting the documents would take, about."""
    to_do = {step.stage.name for step in steps if step.done is None}
    if "clean" not in to_do:
        return LEARNING * ("classifier" in to_do)
    return _documents(config, steps, {}) / CLEAN_PER_MINUTE * 60 / 2 + LEARNING


def _documents(config: RunConfig, steps: Sequence[Step], estimates: dict[str, str]) -> int:
    """Return how many documents are trained on, and write into `estimates` where that is from."""
    done = {step.stage.name: step.done for step in steps if step.done is not None}
    if "pairs" in done:
        documents = int(done["pairs"].stats["splits"].get("train", 0))
        estimates["documents"] = f"{documents:,} training pairs (counted)"
        return documents
    for name in ("split", "dedupe", "clean", "ingest"):
        if name in done:
            kept = int(done[name].stats["kept"])
            estimates["documents"] = f"{kept:,} kept by {name} (counted)"
            return min(kept, config.pairs.documents or kept)
    sources = [open_source(spec) for spec in config.ingest.sources]
    for source in sources:
        if isinstance(source, OnlineSource | RewriteSource):
            estimates[f"{source.service} {source.location}"] = str(source.forecast())
    size = sum(source.size() for source in sources)
    documents = max(1, size // BYTES_PER_DOCUMENT)
    if config.pairs.documents:
        documents = min(documents, config.pairs.documents)
    estimates["documents"] = f"about {documents:,} ({size / 1e6:,.1f} MB of sources)"
    return documents
