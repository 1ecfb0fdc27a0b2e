"""Let a model answer requests as it finds likeliest: for instructions and for regard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from erastyle.corpus.errors import ConfigError
from erastyle.eval.memorization.rows import request_ids
from erastyle.train.model.inference import scoring

BATCH = 32


def answers(
    model: Any,
    tokenizer: Any,
    requests: Sequence[str],
    most: int = 96,
    batch: int = BATCH,
    threads: int = 1,
) -> list[str]:
    """Return the model's likeliest answer to each request, cut after `most` tokens.

    An answer may be empty, and one that never ends is cut: both are answers.

    Args:
        model: A causal model of transformers, or a PEFT model. Runs in float32 on a CPU.
        tokenizer: Its tokenizer; it needs a chat template and an end token.
        requests: What a person asks.
        most: Most tokens of an answer.
        batch: Requests answered together.
        threads: CPU threads.

    Raises:
        ConfigError: The tokenizer has no chat template.
    """
    import torch

    if not getattr(tokenizer, "chat_template", None):
        raise ConfigError("The tokenizer has no chat template; instructions need one.")
    found: list[str] = []
    pad = tokenizer.pad_token_id
    pad = tokenizer.eos_token_id if pad is None else pad
    prompts = [request_ids(tokenizer, request) for request in requests]
    with scoring(model, threads):
        device = next(model.parameters()).device
        for start in range(0, len(prompts), batch):
            part = prompts[start : start + batch]
            width = max(map(len, part))
            rows = [[pad] * (width - len(p)) + p for p in part]
            mask = [[0] * (width - len(p)) + [1] * len(p) for p in part]
            made = model.generate(
                input_ids=torch.tensor(rows, device=device),
                attention_mask=torch.tensor(mask, device=device),
                max_new_tokens=most,
                do_sample=False,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=pad,
            )
            texts = (tokenizer.decode(row, skip_special_tokens=True) for row in made[:, width:])
            found += [text.strip("\n") for text in texts]
    return found
