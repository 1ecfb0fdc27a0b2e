"""Detection of a text's language."""

from __future__ import annotations

from functools import cache
from typing import Any

SAMPLE_CHARS = 2000  # more text changes the answer for fewer than 1 page in 500
MIN_LETTERS = 40


def detect(prose: str) -> tuple[str, float]:
    """Return the ISO 639-1 code of the language and its probability.

    Args:
        prose: Text without markup. Two samples are read: one from its start, one from its middle.

    Returns:
        Code and probability; `("", 0.0)` for a text of fewer than 40 letters.

    Source:
        Lui and Baldwin, "langid.py: an off-the-shelf language identification tool", 2012, in the
        implementation of py3langid.

    >>> detect("Hi")
    ('', 0.0)
    """
    text = prose[:SAMPLE_CHARS]
    if len(prose) > 2 * SAMPLE_CHARS:
        middle = len(prose) // 2
        text = prose[: SAMPLE_CHARS // 2] + "\n" + prose[middle : middle + SAMPLE_CHARS // 2]
    words = [word for word in text.split() if word.isalpha() or word.strip(".,;:!?()'\"").isalpha()]
    text = " ".join(words)  # addresses, numbers and line art have no language
    if len(text) < MIN_LETTERS:
        return "", 0.0
    # Text in capitals looks like another language to a model of letters.
    if sum(map(str.isupper, text)) > 0.4 * len(text):
        text = text.lower()
    code, probability = _identifier().classify(text)
    return str(code), round(float(probability), 4)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
