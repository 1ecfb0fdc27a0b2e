"""Packed rows: the same documents, the same loss, and no document that sees another."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from erastyle.train.data import packing
from erastyle.train.fit.trainer import PlainLossTrainer
from erastyle.train.model import loading
from erastyle.train.model.prompt import IGNORED, Example

LENGTHS = (30, 7, 21, 12, 18, 5, 3)


def documents() -> list[Example]:
    draw = torch.Generator().manual_seed(4)
    found = []
    for length in LENGTHS:
        ids = torch.randint(5, 4000, (length,), generator=draw).tolist()
        found.append(Example(ids, [IGNORED] * (length // 3) + ids[length // 3 :]))
    return found


@pytest.fixture(scope="module")
def model(tiny_base: Path) -> Any:
    model = loading.load_base(str(tiny_base))
    with torch.no_grad():  # attention of an untrained model is too even to show a leak
        for name, weight in model.named_parameters():
            if "q_proj" in name or "k_proj" in name:
                weight.mul_(30)
    return model


def collate(rows: Any) -> dict[str, Any]:
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    batch: dict[str, Any] = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)(rows)
    return batch


def summed(model: Any, batch: dict[str, Any]) -> float:
    """The loss of the trainer itself, as a sum over the learnt tokens."""
    arguments = SimpleNamespace(average_tokens_across_devices=False)
    trainer = SimpleNamespace(_kl=0.0, args=arguments, _in_chunks=lambda _model: False)
    inputs = dict(batch)
    with torch.no_grad():
        found = PlainLossTrainer.compute_loss(trainer, model, inputs, num_items_in_batch=1)  # type: ignore[arg-type]
    return float(found)


def test_packing_keeps_every_token_of_every_document_and_fills_rows() -> None:
    rows = packing.packed(packing.dataset(documents()), 32)
    assert all(sum(r["seq_lengths"]) == len(r["input_ids"]) <= 32 for r in rows)
    assert sorted(map(sorted, rows["seq_lengths"])) == [[3, 7, 21], [5], [12, 18], [30]]
    found = []
    for row in rows:
        start = 0
        for length in row["seq_lengths"]:
            end = start + length
            found.append(Example(row["input_ids"][start:end], row["labels"][start:end]))
            start = end
    assert sorted(found, key=lambda e: e.input_ids) == sorted(
        documents(), key=lambda e: e.input_ids
    )


def test_the_loss_of_packed_rows_is_that_of_the_documents_apart(model: Any) -> None:
    alone = [
        {"input_ids": torch.tensor([e.input_ids]), "labels": torch.tensor([e.labels])}
        for e in documents()
    ]
    apart = sum(summed(model, dict(row)) for row in alone)
    rows = list(packing.packed(packing.dataset(documents()), 32))
    together = summed(model, collate(rows))
    one_by_one = sum(summed(model, collate([row])) for row in rows)
    assert abs(together - apart) <= 1e-4
    assert abs(one_by_one - apart) <= 1e-4
    assert apart / sum(LENGTHS) > 1


def test_documents_in_one_row_without_their_bounds_would_be_another_loss(model: Any) -> None:
    rows = list(packing.packed(packing.dataset(documents()), 32))
    bounds = collate(rows)
    none = {name: bounds[name] for name in ("input_ids", "labels")}
    assert abs(summed(model, bounds) - summed(model, none)) > 0.01


def test_the_first_token_of_a_document_is_never_learnt_from_the_one_before(model: Any) -> None:
    del model
    learnt = [Example(e.input_ids, list(e.input_ids)) for e in documents()]
    batch = collate(list(packing.packed(packing.dataset(learnt), 32)))
    first = batch["position_ids"] == 0
    assert int(first.sum()) == len(LENGTHS)
    assert bool((batch["labels"][first] == IGNORED).all())


def test_a_base_that_keeps_documents_apart_is_told_from_one_that_does_not(model: Any) -> None:
    assert packing.keeps_apart(model)

    class Blind(torch.nn.Module):
        """Does not look at positions, like a model that is recurrent over its row."""

        config, device = model.config, model.device

        def forward(self, input_ids: torch.Tensor, **_: Any) -> Any:
            return model(input_ids=input_ids)

    assert not packing.keeps_apart(Blind())  # type: ignore[arg-type]

    class Narrow(Blind):
        """Takes no positions at all."""

        def forward(self, input_ids: torch.Tensor) -> Any:  # type: ignore[override]
            return model(input_ids=input_ids)

    assert not packing.keeps_apart(Narrow())  # type: ignore[arg-type]


def test_what_liger_is_told_about_logits_does_not_reach_the_model(model: Any) -> None:
    batch = collate(list(packing.packed(packing.dataset(documents()), 32)))
    assert summed(model, batch | {"skip_logits": True}) == summed(model, batch)
