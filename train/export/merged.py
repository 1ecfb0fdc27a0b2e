"""Merged weights: one folder of safetensors for each strength, as transformers loads it."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.train.export import self_check
from erastyle.train.export.job import ExportJob, check_trained, model_at
from erastyle.train.export.provenance import CheckResult
from erastyle.train.model import loading

NOISE = ("base_model_name_or_path", "_name_or_path")  # paths of this machine


def merge(model: Any) -> Any:
    """Return the model with its adapter added to the weights, at the strength that is set."""
    if not hasattr(model, "merge_and_unload"):
        return model
    return model.merge_and_unload().eval()


def folder_of(strength: float) -> str:
    """Return the name of the folder of one strength.

    >>> folder_of(1.0), folder_of(0.5)
    ('strength-1', 'strength-0.5')
    """
    return f"strength-{strength:g}"


def write(job: ExportJob, folder: Path) -> list[CheckResult]:
    """Write one merged model for each strength, and check each as it is read again.

    Raises:
        ModelError: Nothing was trained, or what was written is not equal to the model.
    """
    check_trained(job)
    checks = []
    for strength in job.strengths:
        job.say(f"merging at strength {strength:g}")
        checks += write_one(job, folder / folder_of(strength), strength)
    return checks


def write_one(job: ExportJob, folder: Path, strength: float) -> list[CheckResult]:
    """Write the model at one strength into `folder`, and check it.

    Raises:
        ModelError: What was written is not equal to the model.
    """
    tokenizer = loading.load_tokenizer(job.description.base)
    model = model_at(job, strength)
    rows = self_check.probe_rows(tokenizer, job.texts)
    expected = self_check.logits_of(model, rows)
    merged = merge(model)
    save(merged, tokenizer, folder)
    tied = bool(merged.config.tie_word_embeddings)
    del model, merged
    gc.collect()  # one copy of the weights at a time
    return check(job, folder, expected, tied=tied)


def save(merged: Any, tokenizer: Any, folder: Path) -> None:
    """Save weights in float32, configuration, tokenizer and chat template.

    The end tokens stand in `generation_config.json`, so that every program stops at them.
    """
    ends = merged.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [] if ends is None else [ends]
    every = list(dict.fromkeys([tokenizer.eos_token_id, *ends]))
    merged.generation_config.eos_token_id = every if len(every) > 1 else every[0]
    merged.generation_config.pad_token_id = tokenizer.pad_token_id
    for config in (merged.config, merged.generation_config):
        for name in NOISE:
            if hasattr(config, name):
                setattr(config, name, None if config is merged.generation_config else "")
    merged.save_pretrained(folder, max_shard_size="4GB")
    tokenizer.save_pretrained(folder)


def check(job: ExportJob, folder: Path, expected: list[Any], *, tied: bool) -> list[CheckResult]:
    """Read a merged model as a stranger would, and compare it with the model it was made of.

    Raises:
        ModelError: It is not equal.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    ours = loading.load_tokenizer(job.description.base)
    theirs = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    rows = self_check.probe_rows(ours, job.texts)
    difference = self_check.furthest(expected, self_check.logits_of(model, rows))
    positions = sum(map(len, rows))
    where = Path(folder.name)
    what = f"{folder.name}: largest difference of logits from the model, {positions} positions"
    shared = model.get_output_embeddings().weight is model.get_input_embeddings().weight
    if tied != shared:
        raise ModelError(
            f"{folder.name}: the export was not kept: the embeddings are "
            f"{'not ' if tied else ''}tied and those of the model are{'' if tied else ' not'}. "
            "Train without an adapter on the embeddings."
        )
    return [
        self_check.require(what, difference, self_check.LARGEST_DIFFERENCE, "", where),
        self_check.equal_ids(ours, theirs, job.texts, where),
        self_check.equal_prompts(ours, theirs, where),
        self_check.stops(model, theirs, where),
    ]
