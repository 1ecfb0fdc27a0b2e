"""Features of texts for the style classifier: prose and markup, each seen by a head of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.style.hashed_rows import Row
from erastyle.eval.style.markup_features import MARKUP_COLUMNS, MAX_MARKUP, markup_row
from erastyle.eval.style.prose_features import (
    PROSE_COLUMNS,
    function_share,
    layout_tokens,
    leading_part,
    mask,
    prose_row,
    words_of,
)

Head = Literal["markup", "prose"]
HEADS: tuple[Head, ...] = ("markup", "prose")
COLUMNS: dict[Head, int] = {"markup": MARKUP_COLUMNS, "prose": PROSE_COLUMNS}
"""Columns of the hashed rows of each head."""

MIN_WORDS = 20
"""Fewest words that are judged. A score of less text would rest on nothing."""
MIN_FUNCTION_SHARE = 0.05
"""Smallest share of English function words in a text that an English classifier judges."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be scored.

    Attributes:
        body: As written, markup included.
        prose: Without markup. Empty: it is rendered from `body`.
        format: `html` or `text`; a text has no markup to judge.
    """

    body: str
    prose: str = ""
    format: Literal["html", "text"] = "html"


@dataclass(slots=True)
class StyleFeatures:
    """Features of texts.

    Attributes:
        rows: Hashed features of each text by head; None where there is nothing to judge.
        reasons: Why each text is not judged; empty where it is.
    """

    rows: dict[Head, list[Row | None]]
    reasons: list[str]

    def select(self, at: Sequence[int] | NDArray[np.int64]) -> StyleFeatures:
        """Return the features of the texts at the places `at`."""
        rows = {head: [rows[i] for i in at] for head, rows in self.rows.items()}
        return StyleFeatures(rows, [self.reasons[i] for i in at])


def prose_of(text: Text) -> str:
    """Return the prose of `text`, rendered from its body where it was not given."""
    if text.prose:
        return text.prose
    if text.format == "text":
        return text.body
    from erastyle.corpus.html.prose import prose

    return prose(text.body[: 8 * MAX_MARKUP])


def masked_prose(text: Text) -> str:
    """Return the prose of `text` as features are taken from it: cut, lower-case, years masked."""
    return mask(leading_part(prose_of(text)))


def extract(texts: Sequence[Text], english: bool) -> StyleFeatures:
    """Return the features of `texts`; texts that cannot be judged have a reason and no rows.

    This step takes most of the time of a fit, so several fits can share its result.

    Args:
        texts: Any texts.
        english: Whether to leave out texts with hardly an English function word.
    """
    rows: dict[Head, list[Row | None]] = {"markup": [], "prose": []}
    reasons = []
    for text in texts:
        prose = prose_of(text)
        masked = mask(leading_part(prose))
        reason = why_not_judged(masked, english)
        reasons.append(reason)
        judged = not reason
        layout = layout_tokens(prose if text.format == "text" else "")
        html = judged and text.format == "html"
        rows["prose"].append(prose_row(masked, layout) if judged else None)
        rows["markup"].append(markup_row(text.body) if html else None)
    return StyleFeatures(rows, reasons)


def why_not_judged(masked: str, english: bool) -> str:
    """Return why a text is not judged; empty where it is.

    >>> why_not_judged("only a few words", english=True)
    'too short'
    """
    words = words_of(masked)
    if len(words) < MIN_WORDS:
        return "too short"
    if masked.count("\0") + masked.count("\ufffd") > 0.05 * len(masked):
        return "not text"
    if english and len(words) >= 40 and function_share(words) < MIN_FUNCTION_SHARE:
        return "not the language of the model"
    return ""
