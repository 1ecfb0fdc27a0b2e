"""Merged weights and the adapter: they load with plain transformers and plain PEFT."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from erastyle.corpus.errors import ModelError
from erastyle.train.export import adapter, merged
from erastyle.train.export.job import model_at
from erastyle.train.export.self_check import furthest, logits_of
from erastyle.train.model import loading

ROWS = [[5, 6, 7, 8, 30, 31, 32]]


@pytest.mark.parametrize("tied", [True, False])
def test_each_strength_is_a_model_of_its_own(tied: bool, job_of: Any, tmp_path: Path) -> None:
    from safetensors import safe_open
    from transformers import AutoModelForCausalLM

    job = job_of("llama", strengths=(0.5, 1.0), **({} if tied else {"tiny": {"tied": False}}))
    checks = merged.write(job, tmp_path)
    assert len(checks) == 8
    seen = []
    for strength in (0.5, 1.0):
        folder = tmp_path / merged.folder_of(strength)
        model = AutoModelForCausalLM.from_pretrained(folder).eval()
        seen.append(logits_of(model, ROWS))
        assert furthest(seen[-1], logits_of(model_at(job, strength), ROWS)) < 1e-3
        with safe_open(folder / "model.safetensors", "pt") as file:
            assert ("lm_head.weight" in file.keys()) != tied  # noqa: SIM118
        config = json.loads((folder / "config.json").read_text("utf-8"))
        assert config["dtype"] == "float32"
        assert str(job.model.parent) not in (folder / "config.json").read_text("utf-8")
        ends = json.loads((folder / "generation_config.json").read_text("utf-8"))
        assert ends["eos_token_id"] == 2
    assert furthest(*seen) > 0.01


def test_an_adapter_loads_with_plain_peft_and_names_no_path(job_of: Any, tmp_path: Path) -> None:
    from peft import PeftModel

    job = job_of("llama")
    adapter.write(job, tmp_path)
    base = loading.load_base(job.description.base)
    model = PeftModel.from_pretrained(base, tmp_path).eval()
    assert furthest(logits_of(model, ROWS), logits_of(model_at(job, 1.0), ROWS)) == 0
    config = json.loads((tmp_path / "adapter_config.json").read_text("utf-8"))
    assert config["base_model_name_or_path"] == "tiny.gguf"


def test_a_merge_that_is_not_the_model_is_not_kept(
    job_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(model: Any) -> Any:
        whole = model.merge_and_unload()
        with torch.no_grad():
            whole.model.norm.weight.mul_(1.01)
        return whole

    monkeypatch.setattr(merged, "merge", wrong)
    with pytest.raises(ModelError, match=r"not equal to the model: .*largest difference"):
        merged.write(job_of("llama"), tmp_path)


def test_a_tokenizer_that_lost_its_template_is_not_kept(
    job_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(model: Any, tokenizer: Any, folder: Path) -> None:
        save(model, tokenizer, folder)
        text = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
        (folder / "chat_template.jinja").write_text(text, encoding="utf-8")

    save = merged.save
    monkeypatch.setattr(merged, "save", without)
    with pytest.raises(ModelError, match="encoded requests and ends that differ"):
        merged.write(job_of("llama"), tmp_path)


def test_an_end_that_is_not_named_is_noticed(
    job_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(model: Any, tokenizer: Any, folder: Path) -> None:
        save(model, tokenizer, folder)
        for name in ("generation_config.json", "config.json"):
            values = json.loads((folder / name).read_text("utf-8")) | {"eos_token_id": 7}
            (folder / name).write_text(json.dumps(values), encoding="utf-8")

    save = merged.save
    monkeypatch.setattr(merged, "save", without)
    with pytest.raises(ModelError, match="tokens written after the end token"):
        merged.write(job_of("llama"), tmp_path)


def test_a_method_that_trains_nothing_has_no_weights(job_of: Any, tmp_path: Path) -> None:
    from dataclasses import replace

    job = job_of("llama")
    info = job.description.model_copy(update={"method": "few-shot"})
    with pytest.raises(ModelError, match="few-shot trains nothing"):
        merged.write(replace(job, description=info), tmp_path)
    full = job.description.model_copy(update={"method": "full"})
    with pytest.raises(ModelError, match="no adapter to export"):
        adapter.write(replace(job, description=full), tmp_path)
