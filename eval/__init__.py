"""Scores, the gate and the report. Style, dates, copies and the gate need no torch.

The names that other programs may use, imported when they are first asked for:

    from erastyle.eval import StyleModel, score_texts, find_anachronisms, Index, judge
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_NAMES = {
    "StyleModel": ("style", "StyleModel"),
    "distinguishability": ("style", "distinguishability"),
    "Text": ("features", "Text"),
    "score_texts": ("files", "score"),
    "read_texts": ("files", "documents"),
    "find_anachronisms": ("anachronism", "find"),
    "period_references": ("anachronism", "period_references"),
    "dialect_validity": ("anachronism", "dialect_validity"),
    "Index": ("copying", "Index"),
    "compare_diversity": ("diversity", "compare"),
    "regard": ("bias", "regard"),
    "slurs": ("bias", "slurs"),
    "judge": ("gate", "judge"),
    "control": ("gate", "control"),
    "measures": ("measures", ""),
    "statistics": ("statistics", ""),
    "Report": ("report", "Report"),
    "write_report": ("report_page", "write"),
}

__all__ = sorted(_NAMES)


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first asked for (PEP 562)."""
    if name not in _NAMES:
        raise AttributeError(f"module 'erastyle.eval' has no attribute {name!r}")
    module, attribute = _NAMES[name]
    found = import_module(f"erastyle.eval.{module}")
    return getattr(found, attribute) if attribute else found


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(_NAMES)
