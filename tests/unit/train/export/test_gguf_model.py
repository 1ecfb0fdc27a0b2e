"""Merged models as GGUF: equal after they are read again, and refusals by name."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from erastyle.corpus.errors import ModelError
from erastyle.train.bases.gguf_file import GgufFile, gguf_name, permuted, unpermuted
from erastyle.train.export import gguf_model, merged
from erastyle.train.export.job import model_at

KINDS = ("f16", "q8_0")


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_every_tensor_dequantises_to_the_merged_weights(
    architecture: str, job_of: Any, tmp_path: Path
) -> None:
    job = job_of(architecture)
    checks = gguf_model.write(job, tmp_path)
    assert len(checks) == 8
    exact = merged.merge(model_at(job, 1.0)).state_dict()
    for kind in KINDS:
        file = GgufFile(tmp_path / f"tiny-run-tiny-{kind}.gguf")
        assert file.architecture == architecture
        values = dict(file.weights())
        assert ("lm_head.weight" in values) == ("lm_head.weight" in exact and not file.sizes.tied)
        for name, got in values.items():
            wanted = exact[name].numpy()
            if wanted.ndim == 1:
                assert np.array_equal(got, wanted)
            elif kind == "f16":
                assert np.array_equal(got, wanted.astype(np.float16).astype(np.float32))
            else:
                step = np.abs(wanted.reshape(-1, 32)).max(axis=1) / 127
                off = np.abs((got - wanted).reshape(-1, 32)).max(axis=1)
                assert (off <= step * 0.57 + 1e-6).all()


def test_the_tokenizer_and_the_end_stand_in_the_file(job_of: Any, tmp_path: Path) -> None:
    job = job_of("llama", types=("f16",))
    gguf_model.write(job, tmp_path)
    file = GgufFile(tmp_path / "tiny-run-tiny-f16.gguf")
    assert file.text("tokenizer.ggml.pre") == "smollm"
    assert file.value("tokenizer.ggml.eos_token_id") == 2
    assert file.value("tokenizer.ggml.token_type")[:4] == [3, 3, 3, 1]
    assert file.value("tokenizer.ggml.add_bos_token") is False
    assert "<|im_start|>" in file.text("tokenizer.chat_template")
    assert "You are a tiny model" not in file.text("tokenizer.chat_template")
    assert file.text("erastyle.era") == "web-1995"


def test_a_strength_has_a_file_of_its_own_and_0_is_the_base(job_of: Any, tmp_path: Path) -> None:
    from erastyle.train.model import loading

    job = job_of("llama", types=("f16",), strengths=(0.0, 0.5))
    gguf_model.write(job, tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["tiny-run-tiny-strength-0-f16.gguf", "tiny-run-tiny-strength-0.5-f16.gguf"]
    base = loading.load_base(job.description.base).state_dict()
    for name, values in GgufFile(tmp_path / names[0]).weights():
        close = base[name].half().float() if values.ndim == 2 else base[name]
        assert np.array_equal(values, close.numpy())


def test_rows_of_q_and_k_are_permuted_and_put_back() -> None:
    values = np.arange(4 * 8 * 3).reshape(32, 3)
    assert not np.array_equal(permuted(values, 4), values)
    assert np.array_equal(unpermuted(permuted(values, 4), 4), values)
    assert permuted(values, 4)[1, 0] == values[4, 0]  # the second half goes between
    assert gguf_name("model.layers.0.unknown.weight") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_type": "gpt_neox"}, "architecture 'gpt_neox' is not written"),
        ({"rope_parameters": {"rope_type": "llama3"}}, r"rescaled \(llama3\)"),
        ({"use_sliding_window": True}, "sliding window"),
        ({"hidden_act": "gelu"}, "activation 'gelu'"),
        ({"rope_parameters": {"partial_rotary_factor": 0.5}}, "only a part of each head"),
    ],
)
def test_what_llama_cpp_computes_otherwise_is_refused_by_name(
    change: dict[str, Any], said: str
) -> None:
    plain: dict[str, Any] = {"model_type": "llama", "hidden_act": "silu", "rope_parameters": {}}
    gguf_model.refuse_architecture(SimpleNamespace(**plain), "base")
    with pytest.raises(ModelError, match=said) as refused:
        gguf_model.refuse_architecture(SimpleNamespace(**plain | change), "base")
    assert "--to merged" in str(refused.value)
    assert "--llama-cpp DIR" in str(refused.value)


def test_a_wrong_file_is_not_kept(
    job_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf_model, "permuted", lambda values, *_: values)
    with pytest.raises(ModelError, match=r"not equal to the model: .*mean divergence"):
        gguf_model.write(job_of("llama", types=("f16",)), tmp_path)
