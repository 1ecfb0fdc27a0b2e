"""Bases and style models: what is refused, and what strength does."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from erastyle.corpus.errors import ModelError
from erastyle.train.fit import trainer
from erastyle.train.model import loading, pair, strength
from erastyle.train.model.folder import StyleModel, describe, write_description

IDS = torch.tensor([[5, 6, 7, 8]])


@pytest.fixture
def base(tiny_base: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(tiny_base, tmp_path / "base"))


@pytest.fixture
def style(base: Path, tmp_path: Path) -> Path:
    """A style model whose adapter does something."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    config = LoraConfig(r=4, lora_alpha=8, use_rslora=True, target_modules="all-linear")
    model = get_peft_model(loading.load_base(str(base)), config)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.2)
    folder = tmp_path / "style"
    model.save_pretrained(folder / "adapter")
    digest = loading.base_digest(str(base))
    write_description(
        folder,
        StyleModel(
            method="lora", base=str(base), base_digest=digest, era="web-1995", max_length=128
        ),
    )
    return folder


def logits(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        return torch.as_tensor(model(input_ids=IDS).logits)


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused(base: Path) -> None:
    model, tokenizer = loading.load_base(str(base)), loading.load_tokenizer(str(base))
    loading.check_vocabulary(str(base), model, tokenizer)
    tokenizer.add_tokens(["another"])
    with pytest.raises(ModelError, match=r"4,097 tokens and the model only 4,096"):
        loading.check_vocabulary(str(base), model, tokenizer)
    tokenizer.save_pretrained(base)
    with pytest.raises(ModelError, match=r"Take the tokenizer that belongs to the model"):
        pair.from_base(str(base), "cpu")


@pytest.mark.parametrize(
    ("kind", "architecture"),
    [("bert", "BertForMaskedLM"), ("t5", "T5ForConditionalGeneration"), ("vit", "ViTModel")],
)
def test_a_model_that_cannot_write_is_refused_before_its_weights_are_read(
    kind: str, architecture: str, tmp_path: Path
) -> None:
    config = {"model_type": kind, "architectures": [architecture]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=f"is a {kind} model and cannot write texts"):
        loading.load_base(str(tmp_path))


def test_damaged_weights_are_refused_in_one_line(base: Path) -> None:
    weights = base / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="not a model that can be loaded") as caught:
        loading.load_base(str(base))
    assert "\n" not in str(caught.value)


def test_a_model_larger_than_the_memory_is_refused_before_it_is_read(base: Path) -> None:
    with (base / "more.safetensors").open("wb") as file:
        file.truncate(1 << 42)  # a sparse file: four terabytes that take no room
    with pytest.raises(ModelError, match="GB of memory"):
        loading.load_base(str(base))


def test_attention_whose_package_is_missing_is_refused_in_one_line(base: Path) -> None:
    if find_spec("flash_attn") or find_spec("kernels"):
        pytest.skip("a package for flash attention is installed")
    with pytest.raises(ModelError, match="a package is missing or too old") as caught:
        loading.load_base(str(base), attention="flash_attention_2")
    assert "\n" not in str(caught.value)


def test_a_gpu_that_is_not_there_is_refused_in_one_line(base: Path) -> None:
    with pytest.raises(ModelError, match=r"device cuda:99: torch sees \d+ GPUs") as caught:
        loading.load_base(str(base), "cuda:99")
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match=r"device cuda:x: torch sees"):
        loading.load_base(str(base), "cuda:x")
    if not torch.cuda.is_available():
        with pytest.raises(ModelError, match="device cuda: torch sees 0 GPUs"):
            loading.load_base(str(base), "cuda")


def test_a_base_stored_in_float32_is_not_taken_for_twice_its_size(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = (base / "model.safetensors").stat().st_size
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=1.1 * size))
    loading.load_base(str(base))
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=0.9 * size))
    with pytest.raises(ModelError, match="Choose a smaller base"):
        loading.load_base(str(base))


@pytest.fixture
def hub(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The snapshot of a hub model, `somebody/model`, in a cache of its own."""
    cache = tmp_path / "cache"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = cache / "models--somebody--model"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0" * 40)
    return Path(shutil.copytree(base, folder / "snapshots" / ("0" * 40)))


def test_a_hub_model_in_the_cache_is_loaded_and_one_larger_than_the_memory_refused(
    hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loading.load_base("somebody/model").num_parameters() > 1e5
    assert loading.load_tokenizer("somebody/model").eos_token_id is not None
    (hub / "model.safetensors").unlink()  # it must be refused before it is fetched
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=1e5))
    with pytest.raises(ModelError, match=r"somebody/model needs about .* GB of memory"):
        loading.load_base("somebody/model")


def in_shards(folder: Path) -> None:
    """Store the weights of a base in two files with their index."""
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names, where = sorted(weights), {}
    for number, part in enumerate((names[::2], names[1::2]), start=1):
        file = f"model-0000{number}-of-00002.safetensors"
        save_file({name: weights[name] for name in part}, folder / file, {"format": "pt"})
        where |= dict.fromkeys(part, file)
    index = {"metadata": {"total_size": 0}, "weight_map": where}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


@pytest.mark.parametrize("harm", ["missing", "truncated"])
@pytest.mark.parametrize("place", ["folder", "hub"])
def test_an_interrupted_download_is_refused_in_one_line(
    harm: str, place: str, base: Path, hub: Path
) -> None:
    folder, name = (base, str(base)) if place == "folder" else (hub, "somebody/model")
    in_shards(folder)
    assert loading.load_base(name).num_parameters() > 1e5, "two whole shards are a model"
    last = folder / "model-00002-of-00002.safetensors"
    if harm == "missing":
        last.unlink()
    else:
        last.write_bytes(last.read_bytes()[:-1000])
    with pytest.raises(ModelError, match=name) as caught:
        loading.load_base(name)
    assert "\n" not in str(caught.value)


def test_a_base_of_which_only_the_configuration_arrived_is_refused(base: Path) -> None:
    (base / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="not a model that can be loaded"):
        loading.load_base(str(base))


def test_a_base_without_template_and_pad_token_gets_both(base: Path) -> None:
    (base / "chat_template.jinja").unlink(missing_ok=True)
    path = base / "tokenizer_config.json"
    config = json.loads(path.read_text())
    for name in ("chat_template", "pad_token"):
        config.pop(name, None)
    path.write_text(json.dumps(config))
    tokenizer = loading.load_tokenizer(str(base))
    assert tokenizer.chat_template == loading.PLAIN_TEMPLATE
    assert tokenizer.pad_token_id == tokenizer.eos_token_id


def test_a_tokenizer_without_an_end_token_is_refused(base: Path) -> None:
    path = base / "tokenizer_config.json"
    config = json.loads(path.read_text())
    config.pop("eos_token")
    path.write_text(json.dumps(config))
    with pytest.raises(ModelError, match="never learns to stop"):
        loading.load_tokenizer(str(base))


def test_strength_scales_what_the_adapter_adds(style: Path) -> None:
    model = loading.load_style(style)
    trained = logits(model)
    with model.disable_adapter():
        base = logits(model)
    strength.set_strength(model, 0.5)
    half = logits(model)
    strength.set_strength(model, 0)
    none = logits(model)
    strength.set_strength(model, 1)
    assert torch.equal(none, base)
    assert torch.equal(logits(model), trained)
    assert not torch.equal(half, base)
    assert (half - base).norm() < (trained - base).norm()


def test_an_adapter_that_was_merged_for_a_while_leaves_every_weight_as_it_was(style: Path) -> None:
    model = loading.load_style(style)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    apart = logits(model)
    layer = next(m for m in model.modules() if hasattr(m, "lora_A"))
    with trainer.merged(model):
        assert layer.merged
        with trainer.merged(model):  # an evaluation of several sets calls itself
            assert torch.allclose(logits(model), apart, atol=1e-4)
        assert layer.merged
    assert not layer.merged
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert torch.equal(logits(model), apart)
    with pytest.raises(KeyboardInterrupt), trainer.merged(model):
        raise KeyboardInterrupt
    assert torch.equal(logits(model), apart)
    with trainer.merged(loading.load_base(str(style.parent / "base"))):
        pass  # there is nothing to merge


def test_the_strength_of_one_layer_is_linear(style: Path) -> None:
    model = loading.load_style(style)
    layer = next(m for m in model.modules() if hasattr(m, "lora_A") and hasattr(m, "scaling"))
    given = torch.randn(1, layer.in_features)
    with torch.inference_mode():
        plain = layer.base_layer(given)
        whole = layer(given) - plain
        strength.set_strength(model, 0.25)
        quarter = layer(given) - plain
    assert torch.allclose(quarter, whole / 4, atol=1e-6)
    assert whole.abs().max() > 0.01


def test_a_model_without_an_adapter_has_no_strength_but_one(base: Path) -> None:
    model = loading.load_base(str(base))
    strength.set_strength(model, 1)
    with pytest.raises(ModelError, match="has no strength"):
        strength.set_strength(model, 0.5)


def test_a_style_model_whose_base_was_changed_since_is_refused(style: Path, base: Path) -> None:
    loading.load_style(style)
    path = base / "config.json"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(ModelError, match="was trained on another"):
        loading.load_style(style)


def test_a_damaged_adapter_is_named_and_not_its_base(style: Path) -> None:
    weights = style / "adapter" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match=f"^{style}: not a model that can be loaded"):
        loading.load_style(style)


def test_a_folder_that_is_no_style_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"is not a style model: .*`erastyle run ERA --run DIR`"):
        loading.load_style(tmp_path)
    (tmp_path / "style.json").write_text('{"method": "magic"}')
    with pytest.raises(ModelError, match=r"is not a style model: .*`erastyle run ERA --run DIR`"):
        describe(tmp_path)


def test_the_digest_follows_the_files_and_not_the_place(base: Path, tmp_path: Path) -> None:
    digest = loading.base_digest(str(base))
    moved = shutil.copytree(base, tmp_path / "moved")
    assert loading.base_digest(str(moved)) == digest
    (moved / "config.json").rename(moved / "config2.json")
    assert loading.base_digest(str(moved)) != digest


@pytest.mark.parametrize("name", ["./nothing", "/no/such/model", "a/b/c"])
def test_a_path_without_a_model_is_not_taken_for_a_hub_name(name: str) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        loading.base_digest(name)


@pytest.mark.parametrize("name", ["gpt2", "somebody/model"])
def test_a_hub_name_is_its_own_digest(name: str) -> None:
    assert loading.base_digest(name) == f"hub:{name}"
