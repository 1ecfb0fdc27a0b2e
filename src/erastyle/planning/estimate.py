"""What a run would take, before it is started: documents, tokens, memory, minutes.

Memory comes from the shape of the base (`erastyle.train.fit.memory_estimate`). The other constants
are round numbers near what the embedded starter took on two cores; for other models they scale with
the number of parameters. The figures that were measured are in docs/benchmarks.md.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from erastyle.config import RunConfig
from erastyle.corpus.sources.folder import FolderSource
from erastyle.corpus.sources.generated import GeneratedSource
from erastyle.corpus.sources.online.base import OnlineSource
from erastyle.corpus.sources.online.rewrite import RewriteSource
from erastyle.corpus.sources.registry import open_source
from erastyle.pipeline.runtime.runner import Step
from erastyle.planning import base_size, checkpoint_choice
from erastyle.train.choice.page_choice import PAGE_TOKENS, looks
from erastyle.train.fit.memory_estimate import (
    PROGRAM,
    Shape,
    adapter_weights,
    training_bytes,
    uses_lean_layers,
)
from erastyle.train.fit.plan import micro_batch_tokens
from erastyle.train.fit.products import may_round
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
        shape,
        learnt=learnt,
        tokens=tokens,
        adapted=adapted,
        in_chunks=not options.kl,
        lean=uses_lean_layers(options, settings),
        rounded=may_round(options, count),
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
        return {"to do": "nothing"}
    estimates: dict[str, str] = {}
    corpus = _corpus(config, steps, estimates)
    documents = corpus.documents
    tokens = int(corpus.characters / CHARACTERS_PER_TOKEN)
    learnt = min(tokens, documents * config.train.max_length)  # of a long one, its beginning
    count = base_size.parameters(config.train.base)
    settings = recipe(config.train, count or 0)
    limit, trained, share = config.train.max_tokens, learnt * settings.epochs, 1.0
    if limit:
        trained, share = min(trained, limit), min(1.0, limit / settings.passes / max(1, learnt))
    judged = 0
    if config.train.trains:
        estimates["tokens"] = _tokens(tokens, learnt, trained, config.train.max_length)
        if share < 1:
            estimates["left out"] = f"{1 - share:.0%} of the rows, by train.max_tokens"
        if "train" in to_do:
            judged = _judged_tokens(config, trained, settings.passes, estimates)
    else:
        trained = 0
    estimates["disk"] = _disk(config, steps, corpus.characters, count or 0)
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


def _tokens(held: int, learnt: int, trained: int, longest: int) -> str:
    """Return what the documents hold, what of it is learnt, and how often it is read."""
    text = f"about {held:,} in the documents"
    if learnt < held:
        text += f", {learnt:,} of them in the first {longest:,} of each"
    text += f"; training reads {trained:,}"
    return text + (f", {trained / learnt:.1f} times each" if trained > learnt > 0 else "")


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


def _disk(config: RunConfig, steps: Sequence[Step], characters: int, count: int) -> str:
    """Return the room that the run takes, and what is free where it lies."""
    model = ADAPTER + count * (0.5 if config.train.method == "lora" else 12)
    needed = characters * COPIES + (model if config.train.trains else 0)
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
    return _corpus(config, steps, {}).documents / CLEAN_PER_MINUTE * 60 / 2 + LEARNING


@dataclass(frozen=True, slots=True)
class Corpus:
    """How much text there is: counted where a stage or a folder says it, or else from bytes.

    Attributes:
        documents: Documents.
        characters: Characters of them all, or bytes.
    """

    documents: int
    characters: int


def _corpus(config: RunConfig, steps: Sequence[Step], estimates: dict[str, str]) -> Corpus:
    """Return what is trained on, and write into `estimates` where that is from."""
    done = {step.stage.name: step.done for step in steps if step.done is not None}
    mean = float(BYTES_PER_DOCUMENT)
    if "ingest" in done and done["ingest"].stats.get("characters"):
        stats = done["ingest"].stats
        mean = stats["characters"] / max(1, stats["kept"])
    if "pairs" in done:
        documents = int(done["pairs"].stats["splits"].get("train", 0))
        estimates["documents"] = f"{documents:,} to train on (counted)"
        return Corpus(documents, int(documents * mean))
    for name in ("split", "dedupe", "clean", "ingest"):
        if name in done:
            kept = int(done[name].stats["kept"])
            estimates["documents"] = f"{kept:,} kept by {name} (counted)"
            documents = min(kept, config.pairs.documents or kept)
            return Corpus(documents, int(documents * mean))
    return _in_sources(config, estimates)


def _in_sources(config: RunConfig, estimates: dict[str, str]) -> Corpus:
    """Return what the sources hold: loose files counted, documents in archives by their bytes."""
    counted = packed = characters = 0
    for source in map(open_source, config.ingest.sources):
        if isinstance(source, OnlineSource | RewriteSource):
            estimates[f"{source.service} {source.location}"] = str(source.forecast())
        count, loose, many = 0, 0, 0
        if isinstance(source, GeneratedSource):
            count, loose = source.count, source.size()
        elif isinstance(source, FolderSource):
            count, loose, many = source.counted()
        else:
            many = source.size()
        counted, packed, characters = counted + count, packed + many, characters + loose + many
    if packed:
        documents = max(1, counted + packed // BYTES_PER_DOCUMENT)
        estimates["documents"] = f"about {documents:,} ({characters / 1e6:,.1f} MB of sources)"
    else:
        documents = counted
        estimates["documents"] = f"{documents:,} in the sources ({characters / 1e6:,.1f} MB)"
    most = min(documents, config.pairs.documents or documents)
    return Corpus(most, characters * most // max(1, documents))
