"""The adapter as GGUF: llama.cpp's scale, the order of rows, and what it cannot hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from erastyle.corpus.errors import ModelError
from erastyle.train.export import gguf_lora
from erastyle.train.export.job import model_at
from erastyle.train.export.self_check import furthest, logits_of
from erastyle.train.model import loading

ROWS = [[5, 6, 7, 8, 30, 31, 32]]


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0])
def test_llama_cpps_arithmetic_gives_our_strengths(
    architecture: str, scale: float, job_of: Any, tmp_path: Path
) -> None:
    from gguf import GGUFReader

    job = job_of(architecture)
    gguf_lora.write(job, tmp_path)
    path = tmp_path / "tiny-run-tiny-lora.gguf"
    assert GGUFReader(path).get_field("adapter.lora.alpha").contents() == 16.0  # 8 * sqrt(4)
    base = loading.load_base(job.description.base)
    gguf_lora.add_adapter(path, base, scale)
    expected = logits_of(model_at(job, scale), ROWS)
    assert furthest(expected, logits_of(base, ROWS)) < 1e-3


def test_an_alpha_that_is_not_rewritten_is_not_kept(
    job_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf_lora, "alpha_for_llama_cpp", lambda config: config["lora_alpha"])
    with pytest.raises(ModelError, match="largest difference of logits"):
        gguf_lora.write(job_of("llama"), tmp_path)


def test_dora_is_refused_by_name(job_of: Any, tmp_path: Path) -> None:
    job = job_of("llama", adapter={"use_dora": True, "use_rslora": False})
    with pytest.raises(ModelError, match=r"cannot hold this adapter: DoRA .* --to gguf"):
        gguf_lora.write(job, tmp_path)


def test_a_tensor_without_a_place_is_refused() -> None:
    config = type("Config", (), {"model_type": "llama"})
    weights: Any = {"base_model.model.other.lora_A.weight": torch.zeros(1).numpy()}
    with pytest.raises(ModelError, match=r"other\.lora_A\.weight has no place"):
        gguf_lora.arranged(weights, config)
