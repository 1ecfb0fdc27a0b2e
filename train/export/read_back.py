"""Reads a written GGUF file again, with the reader for bases, and compares it with the model."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.train.bases.convert_gguf import model_config
from erastyle.train.bases.gguf_file import GgufFile
from erastyle.train.bases.gguf_tokenizer import CONTROL, tokenizer_files
from erastyle.train.export import self_check
from erastyle.train.export.provenance import CheckResult


def check_file(
    file: GgufFile,
    kind: str,
    model: Any,
    tokenizer: Any,
    probe: tuple[Sequence[Sequence[int]], Sequence[Any]],
    texts: Sequence[str],
) -> list[CheckResult]:
    """Compare a GGUF file with the model it was made of.

    Args:
        file: The file, open.
        kind: Its number type.
        model: The merged model; its weights are replaced by those of the file.
        tokenizer: The tokenizer that the model was trained with.
        probe: Token ids, and the logits of the model before it was merged.
        texts: Texts whose token ids are compared.

    Raises:
        ModelError: They differ by more than the limits.
    """
    rows, expected = probe
    check_sizes(file, model)
    put_weights(file, model)
    got = self_check.logits_of(model, rows)
    positions = sum(map(len, rows))
    what = f"{file.path.name}: mean divergence from the model, {positions} positions"
    diverged = self_check.divergence(expected, got)
    theirs = tokenizer_in(file)
    where = file.path
    return [
        self_check.require(what, diverged, self_check.LARGEST_DIVERGENCE[kind], "nats", where),
        self_check.equal_ids(tokenizer, theirs, texts, where),
        self_check.equal_prompts(tokenizer, theirs, where),
        end_token(file, tokenizer),
    ]


def check_sizes(file: GgufFile, model: Any) -> None:
    """Compare the sizes that the file gives with those of the model.

    Raises:
        ModelError: They differ.
    """
    for key, value in model_config(file, "F32").items():
        if key in ("architectures", "dtype", "rope_parameters"):
            continue
        ours = getattr(model.config, key, value)
        same = abs(ours - value) < 1e-9 if isinstance(value, float) else ours == value
        if ours is not None and not same:
            raise ModelError(f"{file.path.name}: {key} is {value!r} in the file, not {ours!r}.")


def put_weights(file: GgufFile, model: Any) -> None:
    """Replace the weights of a model by those of a file."""
    import torch

    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, values in file.weights():
            parameters[name].copy_(torch.from_numpy(values.copy()))


def tokenizer_in(file: GgufFile) -> Any:
    """Return the tokenizer of a GGUF file as transformers loads it."""
    import json

    from transformers import AutoTokenizer

    files = tokenizer_files(file)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "tokenizer.json").write_text(files.tokenizer, encoding="utf-8")
        (root / "tokenizer_config.json").write_text(json.dumps(files.config), encoding="utf-8")
        (root / "chat_template.jinja").write_text(files.original, encoding="utf-8")
        return AutoTokenizer.from_pretrained(root)


def end_token(file: GgufFile, tokenizer: Any) -> CheckResult:
    """Check that the end token is the one that was trained, and no text.

    Raises:
        ModelError: It is another one.
    """
    end = file.value("tokenizer.ggml.eos_token_id")
    types = file.value("tokenizer.ggml.token_type")
    right = end == tokenizer.eos_token_id and types[end] == CONTROL
    check = "end tokens that are not the trained one"
    return self_check.require(check, 0 if right else 1, 0, "tokens", file.path)
