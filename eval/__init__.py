"""Scores, the gate and the report. Style, dates, copies and the gate need no torch.

The names that other programs may use, imported when they are first asked for:

    from erastyle.eval import StyleClassifier, score_texts, find_anachronisms, Index, judge
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_NAMES = {
    "StyleClassifier": ("style.classifier", "StyleClassifier"),
    "distinguishability": ("style.separation", "distinguishability"),
    "Text": ("style.features", "Text"),
    "score_texts": ("score_texts", "score"),
    "read_texts": ("score_texts", "documents"),
    "find_anachronisms": ("anachronism.hits", "find"),
    "period_references": ("anachronism.hits", "period_references"),
    "dialect_validity": ("anachronism.hits", "dialect_validity"),
    "Index": ("erastyle.corpus.copying.search", "Index"),
    "compare_diversity": ("diversity.variety", "compare"),
    "regard": ("bias.regard", "regard"),
    "slurs": ("bias.slurs", "slurs"),
    "judge": ("measures", "judge"),
    "control": ("gate.gate", "control"),
    "measures": ("measurement", ""),
    "Report": ("report.report", "Report"),
    "write_report": ("report.page", "write"),
}

__all__ = sorted(_NAMES)


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first asked for (PEP 562)."""
    if name not in _NAMES:
        raise AttributeError(f"module 'erastyle.eval' has no attribute {name!r}")
    module, attribute = _NAMES[name]
    loaded = import_module(module if module.startswith("erastyle.") else f"erastyle.eval.{module}")
    return getattr(loaded, attribute) if attribute else loaded


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(_NAMES)
