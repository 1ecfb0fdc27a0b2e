"""Ask a model to go on with the beginning of a training document, and see whether it knows it.

Source: Carlini et al., "Quantifying Memorization Across Neural Language Models", 2023.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from erastyle.eval.copying import spans, words

LENGTH = 50
"""Tokens of the prefix, and of what the model must repeat."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The beginning of a training passage and how it goes on.

    Attributes:
        document: Id of the training document.
        start: First token of the prefix in it.
        prefix: What the model is given, as the document wrote it.
        continuation: What follows in the document: `LENGTH` tokens or as many as were asked for.
    """

    document: str
    start: int
    prefix: str
    continuation: str


def _lot(seed: int, document: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {document}".encode("utf-8", "replace")).digest())


def extraction_prompts(
    documents: Iterable[tuple[str, str]],
    count: int = 300,
    prefix: int = LENGTH,
    continuation: int = LENGTH,
    seed: int = 1,
) -> list[Prompt]:
    """Return one passage from each of `count` documents, drawn without regard to their order.

    Args:
        documents: (id, text) of training documents, read once; those that are too short for a
            prefix and a continuation are left out. Only `count` of them are held in memory.
        count: Most prompts; fewer come back where there are fewer documents.
        prefix: Tokens that the model is given (words and tags, see `copying.words`).
        continuation: Tokens that follow.
        seed: Same seed, same prompts.

    Returns:
        Prompts, sorted by document.

    Raises:
        ValueError: `prefix` or `continuation` is less than 1.
    """
    if prefix < 1 or continuation < 1:
        raise ValueError("a prefix and a continuation have at least one token")
    drawn: list[tuple[int, str, Prompt]] = []
    for document, text in documents:
        lot = _lot(seed, document)
        if len(drawn) >= count and (not drawn or -lot <= drawn[0][0]):
            continue
        places = spans(text)
        free = len(places) - prefix - continuation
        if free < 0 or count < 1:
            continue
        start = lot % (free + 1)
        cut = places[start + prefix - 1][1]
        end = places[start + prefix + continuation - 1][1]
        prompt = Prompt(document, start, text[places[start][0] : cut], text[cut:end])
        (heapq.heappush if len(drawn) < count else heapq.heapreplace)(
            drawn, (-lot, document, prompt)
        )
    return sorted((prompt for _, _, prompt in drawn), key=lambda p: (p.document, p.start))


def repeated(prompt: Prompt, output: str) -> int:
    """Return how many tokens of the true continuation begin `output`, one after the other.

    >>> repeated(Prompt("d", 0, "One two", " three, four five"), "Three four six")
    2
    """
    same = 0
    for true, given in zip(words(prompt.continuation), words(output), strict=False):
        if true != given:
            break
        same += 1
    return same


def extracted(prompt: Prompt, output: str) -> bool:
    """Return whether `output` begins with the whole true continuation."""
    return repeated(prompt, output) == len(words(prompt.continuation))
