"""What a model has read of several texts: one cache, and a mask of what each text sees of it.

The texts are padded on the left. Nothing is cut out of the cache, since that would cut all texts
alike: what a text takes back is hidden from it.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from erastyle.train.model.adapters import adapter_names


class SharedCache:
    """The cache of texts that are decoded together, a row for each.

    Attributes:
        model: The model. It may be given adapters while texts are written.
    """

    def __init__(self, model: Any) -> None:
        """Begin without a text.

        Args:
            model: A causal language model in evaluation mode.
        """
        self.model = model
        self._cache: Any = None
        self._mask: Any = None

    @property
    def columns(self) -> int:
        """Places of each row, padding and hidden ones among them."""
        return int(self._mask.shape[1])

    def read_prompts(self, each: Sequence[tuple[Sequence[int], str]], pad: int) -> Any:
        """Read the prompts of texts, equal ones once.

        Args:
            each: Tokens of each prompt, and the name of its adapter.
            pad: The token that pads.

        Returns:
            The logits behind each prompt, of shape (rows, tokens of the vocabulary).
        """
        import torch
        from transformers import DynamicCache

        asked = [(tuple(prompt), adapter) for prompt, adapter in each]
        prompts = list(dict.fromkeys(asked))
        width = max(len(p) for p, _ in prompts)
        device = self.model.device
        ids = torch.tensor([[pad] * (width - len(p)) + list(p) for p, _ in prompts], device=device)
        mask = torch.tensor(
            [[0] * (width - len(p)) + [1] * len(p) for p, _ in prompts], device=device
        )
        self._cache = DynamicCache()
        made = self.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(dim=1) - 1).clamp(min=0),
            past_key_values=self._cache,
            use_cache=True,
            **_last_logits(self.model),
            **adapter_names(self.model, [adapter for _, adapter in prompts]),
        )
        places = [prompts.index(one) for one in asked]
        chosen = torch.tensor(places, device=device)
        if places != list(range(len(prompts))):
            self._cache.batch_select_indices(chosen)
        self._mask = mask[chosen]
        return made.logits[chosen, -1]

    def read(
        self,
        tokens: Sequence[int],
        positions: Sequence[int],
        seen: Sequence[bool],
        adapters: Sequence[str],
    ) -> Any:
        """Read one more token of each text.

        Args:
            tokens: A token for each row.
            positions: Its place in the text, from 0 on.
            seen: Whether the text will see it.
            adapters: The adapter of each row.

        Returns:
            The logits behind the tokens, of shape (rows, tokens of the vocabulary).
        """
        import torch

        device = self.model.device
        shown = torch.tensor([[int(one)] for one in seen], device=device)
        self._mask = torch.cat([self._mask, shown], dim=1)
        made = self.model(
            input_ids=torch.tensor([[one] for one in tokens], device=device),
            attention_mask=self._mask,
            position_ids=torch.tensor([[one] for one in positions], device=device),
            past_key_values=self._cache,
            use_cache=True,
            **adapter_names(self.model, adapters),
        )
        return made.logits[:, -1]

    def show(self, rows: Sequence[int], columns: Sequence[int], *, seen: bool) -> None:
        """Let texts see columns again, or hide them."""
        for row in rows:
            self._mask[row, list(columns)] = int(seen)

    def keep(self, rows: Any) -> None:
        """Keep these rows, in this order.

        Args:
            rows: Their numbers, a tensor of integers.
        """
        self._cache.batch_select_indices(rows)
        self._mask = self._mask[rows]

    def put_before(self, older: SharedCache) -> int:
        """Put the rows of another cache before these.

        Returns:
            By how many columns the other's rows have moved to the right; below 0 to the left.
        """
        import torch

        unused = int((older._mask.cumsum(dim=1) == 0).all(dim=0).sum())
        wider = self.columns - (older.columns - unused)
        moved, own = max(wider, 0) - unused, max(-wider, 0)
        for before, layer in zip(older._cache.layers, self._cache.layers, strict=True):
            for name in ("keys", "values"):
                left = _shifted(getattr(before, name), moved, dim=-2)
                right = _shifted(getattr(layer, name), own, dim=-2)
                setattr(layer, name, torch.cat([left, right]))
        self._mask = torch.cat([_shifted(older._mask, moved), _shifted(self._mask, own)])
        return moved


def _last_logits(model: Any) -> dict[str, int]:
    """Return the argument with which a model gives the logits after the last token alone."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    known = inspect.signature(inner.forward).parameters
    return {"logits_to_keep": 1} if "logits_to_keep" in known else {}


def _shifted(values: Any, columns: int, dim: int = -1) -> Any:
    """Return a tensor with so many columns of zeros before it, or with so many cut off."""
    import torch

    if columns <= 0:
        return values.narrow(dim, -columns, values.shape[dim] + columns)
    shape = list(values.shape)
    shape[dim] = columns
    return torch.cat([values.new_zeros(shape), values], dim=dim)
