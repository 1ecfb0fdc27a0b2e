"""Self-check of an export: what was written is read again and compared with what it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle.corpus.errors import ModelError
from erastyle.train.export.provenance import CheckResult
from erastyle.train.model.prompt import Encoder

if TYPE_CHECKING:
    import torch

ROWS, LENGTH = 8, 32  # texts and tokens of each whose logits are compared
LARGEST_DIFFERENCE = 1e-3  # of logits in float32
LARGEST_DIVERGENCE = {"f16": 1e-3, "q8_0": 0.05}
"""Most mean Kullback-Leibler divergence, in nats, for errors of the writer: rows in the wrong order
give more than 1. What rounding costs is less, differs between models, and is written down."""


def require(check: str, value: float, limit: float, unit: str, where: Path) -> CheckResult:
    """Return the result of a check whose value must not exceed `limit`.

    Raises:
        ModelError: It does; nothing is exported.
    """
    if not value <= limit:  # a value that is no number fails too
        raise ModelError(
            f"{where.name}: the export was not kept, because it is not equal to the model: "
            f"{check}: {value:.3g} {unit} and at most {limit:g} are allowed. Update erastyle, "
            "torch and transformers, and run again."
        )
    return CheckResult(check=check, value=float(f"{value:.4g}"), limit=f"<= {limit:g} {unit}")


def probe_rows(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Return token ids of a few texts, and of a request, whose logits are compared."""
    encoder = Encoder(tokenizer)
    rows = [encoder.prompt("A page about ham radio.")[:LENGTH]]
    step = max(1, len(texts) // (ROWS * 4))
    for text in texts[::step]:
        ids = encoder.text(text)[:LENGTH]
        if len(ids) > 1 and len(rows) < ROWS:
            rows.append(ids)
    return rows


def logits_of(model: Any, rows: Sequence[Sequence[int]]) -> list[torch.Tensor]:
    """Return the logits after each token of each row, in float32."""
    import torch

    with torch.inference_mode():
        return [model(input_ids=torch.tensor([list(row)])).logits[0].float() for row in rows]


def furthest(one: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> float:
    """Return the largest difference of two sets of logits."""
    return max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))


def divergence(exact: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> float:
    """Return the mean Kullback-Leibler divergence of `other` from `exact` over all positions."""
    total, positions = 0.0, 0
    for a, b in zip(exact, other, strict=True):  # a row at a time: a vocabulary is wide
        p, q = a.double().log_softmax(-1), b.double().log_softmax(-1)
        total += float((p.exp() * (p - q)).sum())
        positions += len(a)
    return max(0.0, total / positions)


def equal_ids(one: Any, other: Any, texts: Sequence[str], where: Path) -> CheckResult:
    """Compare the token ids that two tokenizers give, control tokens in a text left as text.

    Raises:
        ModelError: They differ, so the model would not see the words that it was trained on.
    """
    ids = [
        tokenizer(list(texts), add_special_tokens=False, split_special_tokens=True, verbose=False)
        for tokenizer in (one, other)
        if texts
    ]
    differing = sum(a != b for a, b in zip(*(i["input_ids"] for i in ids), strict=True))
    check = f"texts of {len(texts):,} whose token ids differ"
    return require(check, differing, 0, "texts", where)


def equal_prompts(one: Any, other: Any, where: Path) -> CheckResult:
    """Compare how two tokenizers encode a request with their chat templates.

    Raises:
        ModelError: They differ, or the answer ends with another token.
    """
    ours, theirs = Encoder(one), Encoder(other)
    request = "A page about ham radio."
    same = ours.prompt(request) == theirs.prompt(request) and ours.end == theirs.end
    return require("encoded requests and ends that differ", 0 if same else 1, 0, "requests", where)


def stops(model: Any, tokenizer: Any, where: Path) -> CheckResult:
    """Check that writing stops at the end token, with what the exported folder says of it.

    The end token is forced after two others; a model that goes on does not know it as its end.

    Raises:
        ModelError: It goes on.
    """
    import torch
    from transformers import LogitsProcessorList

    encoder = Encoder(tokenizer)
    prompt = torch.tensor([encoder.prompt("A page about ham radio.")])
    before = prompt.shape[1]

    def end_after_two(ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        wanted = torch.full_like(scores, float("-inf"))
        if ids.shape[1] - before >= 2:
            wanted[:, encoder.eos] = 0.0
            return wanted
        scores = scores.clone()
        scores[:, encoder.eos] = float("-inf")
        return scores

    with torch.inference_mode():
        written = model.generate(
            prompt,
            max_new_tokens=8,
            do_sample=False,
            logits_processor=LogitsProcessorList([end_after_two]),
        )
    over = int(written.shape[1]) - before - 3
    return require("tokens written after the end token", max(0, over), 0, "tokens", where)
