"""GGUF files: what is read, how exactly, and what is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from erastyle.corpus.errors import ModelError
from erastyle.train.bases import base_cache, convert_gguf
from erastyle.train.bases.convert_gguf import converted, with_original_template
from erastyle.train.bases.gguf_file import GgufFile, file_digest, unpermuted
from tests import gguf_files
from tests.gguf_files import Tiny

IDS = torch.tensor([[5, 9, 40, 7, 100, 30]])
KINDS = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1"]
EXACT = ("F32", "F16", "BF16")


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERASTYLE_CACHE", str(tmp_path / "cache"))


def convert(path: Path) -> Path:
    return converted(path, lambda _: None)


def logits(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        return torch.as_tensor(model(input_ids=IDS).logits)


def load(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_logits_are_those_of_the_dequantised_file(
    architecture: str, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "tiny.gguf"
    reference = logits(gguf_files.write(path, Tiny(architecture, kind)))
    result = logits(load(convert(path)))
    # float16 holds scale times integer plus minimum to 2^-11; the float types are exact.
    tolerance = 1e-4 if kind in EXACT else 2e-2 * float(reference.abs().max())
    assert float((result - reference).abs().max()) <= tolerance


def test_without_the_permutation_the_logits_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tiny.gguf"
    reference = logits(gguf_files.write(path, Tiny()))
    monkeypatch.setattr("erastyle.train.bases.gguf_file.unpermuted", lambda values, _: values)
    assert float((logits(load(convert(path))) - reference).abs().max()) > 0.1


@pytest.mark.parametrize("tied", [True, False])
def test_tied_embeddings_stay_tied(tied: bool, tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    reference = gguf_files.write(path, Tiny(tied=tied))
    model = load(convert(path))
    same = model.get_input_embeddings().weight is model.get_output_embeddings().weight
    assert same == tied
    assert torch.allclose(logits(model), logits(reference), atol=1e-4)


def test_biases_of_a_llama_model_are_permuted_too(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    reference = gguf_files.write(path, Tiny(bias=True))
    assert torch.allclose(logits(load(convert(path))), logits(reference), atol=1e-4)


def test_quantised_values_are_stored_in_float16_and_norms_in_float32(tmp_path: Path) -> None:
    from safetensors import safe_open

    path = tmp_path / "tiny.gguf"
    gguf_files.write(path, Tiny(kind="Q4_1"))
    folder = convert(path)
    with safe_open(folder / "model.safetensors", "pt") as weights:
        kinds = {name: weights.get_slice(name).get_dtype() for name in weights.keys()}  # noqa: SIM118
        stored = weights.get_tensor("model.layers.0.mlp.up_proj.weight").float()
    assert kinds["model.layers.0.mlp.up_proj.weight"] == "F16"
    assert kinds["model.norm.weight"] == "F32"
    exact = dict(GgufFile(path).weights())["model.layers.0.mlp.up_proj.weight"]
    error = np.abs(stored.numpy() - exact).max()
    coarser = np.abs(torch.from_numpy(exact).bfloat16().float().numpy() - exact).max()
    assert error < 0.2 * coarser


def test_weights_beyond_float16_are_stored_in_float32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tiny.gguf"
    gguf_files.write(path, Tiny(kind="Q8_0"))
    monkeypatch.setattr(convert_gguf, "_LARGEST_F16", 0.5)
    config = json.loads((convert(path) / "config.json").read_text())
    assert config["dtype"] == "float32"


def test_the_end_token_is_in_the_generation_config_and_is_not_the_pad_token(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tiny.gguf"
    gguf_files.write(path, Tiny())
    folder = convert(path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|endoftext|>")
    model = load(folder)
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id == 2
    assert model.generation_config.pad_token_id == tokenizer.pad_token_id == 0


def test_digits_are_single_tokens(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    gguf_files.write(path, Tiny())
    tokenizer = AutoTokenizer.from_pretrained(convert(path))
    assert tokenizer.tokenize("in 1995 the") == ["in", "Ġ", "1", "9", "9", "5", "Ġthe"]
    assert tokenizer.decode(tokenizer("in 1995 the\n\n é")["input_ids"]) == "in 1995 the\n\n é"


def test_another_rule_keeps_digits_together(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    gguf_files.write(path, Tiny(rule="gpt-2"))
    tokenizer = AutoTokenizer.from_pretrained(convert(path))
    assert tokenizer.tokenize("in 199") == ["in", "Ġ", "199"]


def test_control_tokens_in_a_text_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    gguf_files.write(path, Tiny())
    tokenizer = AutoTokenizer.from_pretrained(convert(path))
    ids = tokenizer("a<|im_end|>", add_special_tokens=False, split_special_tokens=True)
    assert 2 not in ids["input_ids"]
    assert 2 in tokenizer("a<|im_end|>", add_special_tokens=False)["input_ids"]


def test_the_request_stands_alone_and_the_models_own_prompt_is_kept_beside(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tiny.gguf"
    gguf_files.write(path, Tiny())
    folder = convert(path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    request = [{"role": "user", "content": "Write."}]

    def rendered(messages: list[dict[str, str]]) -> str:
        return str(
            tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        )

    alone = "<|im_start|>user\nWrite.<|im_end|>\n<|im_start|>assistant\n"
    assert rendered(request) == alone
    mine = [{"role": "system", "content": "Be short."}, *request]
    assert rendered(mine) == "<|im_start|>system\nBe short.<|im_end|>\n" + alone
    with_original_template(tokenizer, folder)
    assert rendered(request) == gguf_files.SYSTEM + alone


@pytest.mark.parametrize(
    ("tiny", "message"),
    [
        (Tiny(kind="Q5_0"), "is of type Q5_0. Known: F32"),
        (Tiny(rule="tekken"), "splits words by the rule 'tekken'. Known: gpt-2"),
        (Tiny(extra={"tokenizer.ggml.model": "llama"}), "of kind 'llama', and only byte-level BPE"),
        (
            Tiny(extra={"tokenizer.ggml.eos_token_id": None}),
            "no end token, so a model never learns",
        ),
        (
            Tiny(extra={"tokenizer.ggml.eos_token_id": 9999}),
            "no end token, so a model never learns",
        ),
        (Tiny(extra={"llama.expert_count": 8}), "mixture of experts"),
        (Tiny(extra={"llama.rope.scaling.type": "yarn"}), "rotary scaling 'yarn' is not supported"),
        (Tiny(extra={"llama.rope.dimension_count": 8}), "only a part of each head is rotated"),
        (Tiny(template="{{ raise_exception('No.') }}"), "template cannot render a request (No.)"),
        (Tiny(template="{% if %}"), "template cannot render a request (Expected an expression"),
        (Tiny(template="{{ messages.__class__.__mro__ }}"), "template cannot render a request"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(tiny: Tiny, message: str, tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    gguf_files.write(path, tiny)
    with pytest.raises(ModelError) as refused:
        convert(path)
    text = str(refused.value)
    assert message in text
    assert str(path) in text
    assert "\n" not in text
    assert not list((tmp_path / "cache").rglob("*.safetensors"))


def test_a_template_that_loops_is_refused_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erastyle.train.bases.chat_template.SECONDS", 0.3)
    path = tmp_path / "tiny.gguf"
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    gguf_files.write(path, Tiny(template=loop))
    with pytest.raises(ModelError, match=r"template does not end within 0.3 s"):
        convert(path)


def test_an_unknown_architecture_is_refused_by_name(tmp_path: Path) -> None:
    import gguf

    path = tmp_path / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "gemma3")
    writer.add_tensor("token_embd.weight", np.zeros((4, 4), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelError, match=r"architecture 'gemma3' cannot be read. Known: llama"):
        convert(path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.05, 0.3, 0.9, 0.999])
def test_a_file_cut_short_is_refused(share: float, tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    gguf_files.write(path, Tiny(kind="Q8_0"))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ModelError, match=r"cut short or damaged|not a GGUF file"):
        convert(path)


def test_counts_beyond_the_file_end_at_once(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    number = (1 << 60).to_bytes(8, "little")
    path.write_bytes(b"GGUF" + (3).to_bytes(4, "little") + number + number)
    with pytest.raises(ModelError, match="cut short or damaged"):
        convert(path)


@pytest.mark.timeout(20)
def test_a_list_that_is_longer_than_the_file_ends_at_once(tmp_path: Path) -> None:
    """The library returns nothing at the end of a file, and counts on."""
    path = tmp_path / "tiny.gguf"
    head = (3).to_bytes(4, "little") + (0).to_bytes(8, "little") + (1).to_bytes(8, "little")
    key = (1).to_bytes(8, "little") + b"a"
    array, bytes_ = (9).to_bytes(4, "little"), (0).to_bytes(4, "little")
    path.write_bytes(b"GGUF" + head + key + array + bytes_ + (1 << 40).to_bytes(8, "little"))
    with pytest.raises(ModelError, match="it ends too early"):
        convert(path)


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    gguf_files.write(path, Tiny(extra={"llama.block_count": 3}))
    with pytest.raises(ModelError, match=r"has no tensor model.layers.2.input_layernorm.weight"):
        convert(path)


def test_a_weight_that_is_no_number_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tiny.gguf"
    original = gguf_files.model

    def broken(tiny: Tiny) -> Any:
        made = original(tiny)
        with torch.no_grad():
            made.get_input_embeddings().weight[3, 3] = float("nan")
        return made

    monkeypatch.setattr(gguf_files, "model", broken)
    gguf_files.write(path, Tiny())
    with pytest.raises(ModelError, match=r"embed_tokens.weight holds values that are no numbers"):
        convert(path)
    assert not list((tmp_path / "cache").rglob("*.safetensors"))


def test_a_file_is_converted_once(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    gguf_files.write(path, Tiny())
    said: list[str] = []
    folder = converted(path, said.append)
    assert len(said) == 1
    before = (folder / "base.json").stat().st_mtime_ns
    assert converted(path, said.append) == folder
    assert len(said) == 1
    assert (folder / "base.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("harm", ["no manifest", "cut short", "another version", "no json"])
def test_a_cache_that_is_not_whole_is_made_again(harm: str, tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    reference = gguf_files.write(path, Tiny())
    folder = convert(path)
    manifest = folder / base_cache.MANIFEST
    if harm == "no manifest":
        manifest.unlink()
    if harm == "cut short":
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:1000])
    if harm == "another version":
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"converter": 99}))
    if harm == "no json":
        manifest.write_text("{")
    assert base_cache.stored(folder, file_digest(path)) is None
    assert torch.allclose(logits(load(convert(path))), logits(reference), atol=1e-4)


def test_unpermuted_is_the_inverse_of_what_the_converter_of_llama_cpp_does() -> None:
    rows = np.arange(64 * 3).reshape(64, 3)
    assert (unpermuted(gguf_files._permuted(rows, 4), 4) == rows).all()
