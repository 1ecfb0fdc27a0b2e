"""The adapter alone, as a folder that plain PEFT and vLLM load."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.train.export import self_check
from erastyle.train.export.job import ExportJob, check_lora, model_at
from erastyle.train.export.provenance import CheckResult
from erastyle.train.model import loading

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def config_of(job: ExportJob) -> dict[str, Any]:
    """Return the adapter's configuration as PEFT wrote it.

    Raises:
        ModelError: It cannot be read.
    """
    path = job.model / "adapter" / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}). Train again.") from None
    if not isinstance(config, dict):
        raise ModelError(f"{path}: not the configuration of an adapter. Train again.")
    return config


def write(job: ExportJob, folder: Path) -> list[CheckResult]:
    """Write the adapter with its tokenizer, and load it with plain PEFT.

    Raises:
        ModelError: There is no adapter, or what was written is not equal to the model.
    """
    check_lora(job, "adapter")
    config = config_of(job)
    config["base_model_name_or_path"] = job.base_name  # not the path of a cache on this machine
    text = json.dumps(config, indent=2, sort_keys=True) + "\n"
    (folder / CONFIG).write_text(text, encoding="utf-8")
    shutil.copyfile(job.model / "adapter" / WEIGHTS, folder / WEIGHTS)
    tokenizer = loading.load_tokenizer(job.description.base)
    tokenizer.save_pretrained(folder)
    return check(job, folder, tokenizer)


def check(job: ExportJob, folder: Path, tokenizer: Any) -> list[CheckResult]:
    """Load the written folder with plain PEFT and compare it with the model.

    Raises:
        ModelError: It is not equal.
    """
    from peft import PeftModel
    from transformers import AutoTokenizer

    rows = self_check.probe_rows(tokenizer, job.texts)
    expected = self_check.logits_of(model_at(job, 1.0), rows)
    base = loading.load_base(job.description.base, "cpu")
    model = PeftModel.from_pretrained(base, str(folder)).eval()
    difference = self_check.furthest(expected, self_check.logits_of(model, rows))
    what = f"largest difference of logits from the model, {sum(map(len, rows))} positions"
    theirs, where = AutoTokenizer.from_pretrained(folder), Path("adapter")
    return [
        self_check.require(what, difference, self_check.LARGEST_DIFFERENCE, "", where),
        self_check.equal_ids(tokenizer, theirs, job.texts, where),
        self_check.equal_prompts(tokenizer, theirs, where),
        self_check.stops(model, theirs, where),
    ]
