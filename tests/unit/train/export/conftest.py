"""A style model whose adapter does something, on tiny bases of three architectures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from erastyle.train.export.job import ExportJob
from erastyle.train.model import loading
from erastyle.train.model.folder import StyleModelInfo, describe, write_description
from tests import gguf_files

TEXTS = ("In the 1990s a page began so.", "<H1>Boats</H1>\n  the <|im_end|> end", "naïve 19 95")


def style_on(base: Path, folder: Path, **values: Any) -> Path:
    """Write a style model with a random rsLoRA adapter on a base."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    options: dict[str, Any] = {"r": 4, "lora_alpha": 8, "use_rslora": True}
    config = LoraConfig(**{"target_modules": "all-linear"} | options | values)
    model = get_peft_model(loading.load_base(str(base)), config)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    model.save_pretrained(folder / "adapter")
    info = StyleModelInfo(
        method="lora",
        base=str(base),
        base_digest=loading.base_digest(str(base)),
        era="web-1995",
        max_length=128,
    )
    write_description(folder, info)
    return folder


@pytest.fixture(scope="session")
def job_of(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., ExportJob]:
    """Return a function that makes the job of an export of a tiny model."""
    root = tmp_path_factory.mktemp("styles")
    made: dict[str, Path] = {}

    def make(architecture: str = "llama", **values: Any) -> ExportJob:
        adapter = values.pop("adapter", {})
        tiny = values.pop("tiny", {})
        key = f"{architecture}{sorted(adapter)}{sorted(tiny)}"
        if key not in made:
            folder = root / str(len(made))
            folder.mkdir()
            rule = "smollm" if architecture == "llama" else "qwen2"
            given = gguf_files.Tiny(architecture, rule=rule, **tiny)
            gguf_files.write(folder / "tiny.gguf", given)
            made[key] = style_on(folder / "tiny.gguf", folder / "style", **adapter)
        model = made[key]
        return ExportJob(model, describe(model), "tiny run", texts=TEXTS, **values)

    return make


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Keep the converted tiny bases out of the user's cache."""
    patch = pytest.MonkeyPatch()
    patch.setenv("ERASTYLE_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()
