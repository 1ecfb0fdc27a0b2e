"""Packs several documents into one training row, without one seeing the other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from erastyle.train.data.training_row import TrainingRow

if TYPE_CHECKING:
    from transformers import PreTrainedModel

LEAK = 1e-3  # of the largest logit; masked attention is exactly nought, so this is generous


def dataset(examples: Sequence[TrainingRow]) -> Any:
    """Return rows as the dataset that the trainer reads."""
    from datasets import Dataset

    return Dataset.from_list([{"input_ids": e.input_ids, "labels": e.labels} for e in examples])


def packed(rows: Any, capacity: int) -> Any:
    """Return TRL's best-fit packing of a dataset: no document is cut, none is lost.

    The column `seq_lengths` of a row says where its documents end.

    Args:
        rows: A dataset that `dataset` returned.
        capacity: Tokens of a packed row; at least as many as the longest row has.
    """
    from datasets import disable_progress_bars
    from trl import pack_dataset

    disable_progress_bars()
    return pack_dataset(rows, capacity, "bfd")


def arranged(examples: Sequence[TrainingRow], *, packing: bool) -> tuple[Any, list[int]]:
    """Return the training rows as a dataset, packed where that is wanted, and their lengths.

    A packed row is as long as the longest document at most, so that no document is cut.
    """
    rows, lengths = dataset(examples), [len(e.input_ids) for e in examples]
    if not packing:
        return rows, lengths
    rows = packed(rows, max(lengths))
    return rows, [sum(documents) for documents in rows["seq_lengths"]]


def keeps_apart(model: PreTrainedModel, *, mixed: bool = False) -> bool:
    """Say whether a model that is given two documents in one row keeps them apart.

    The second document's logits must not change with the first document's words. Not every
    architecture reads where documents begin, so the model itself is asked.

    Args:
        model: The base.
        mixed: Whether it will compute in bfloat16.
    """
    import torch
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    size, vocabulary = 16, int(model.config.get_text_config().vocab_size)
    first, other, second = (
        [(step * n + 1) % vocabulary for n in range(size)] for step in (3, 5, 7)
    )
    collate = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)
    logits = []
    for words in (first, other):
        batch = collate([{"input_ids": words + second, "seq_lengths": [size, size]}])
        inputs = {
            name: value.to(model.device) if isinstance(value, torch.Tensor) else value
            for name, value in batch.items()
            if name != "labels"
        }
        half = torch.autocast(model.device.type, torch.bfloat16) if mixed else nullcontext()
        try:
            with torch.inference_mode(), half:
                logits.append(model(**inputs, use_cache=False).logits[0, size:].float())
        except TypeError:  # it takes no positions
            return False
    return bool((logits[0] - logits[1]).abs().max() <= LEAK * logits[0].abs().max())
