"""Keyness: the words and tags by which the style classifier knows held-out documents."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from erastyle.corpus.document import Document
from erastyle.eval.report.details import spoken
from erastyle.eval.report.pictures import KeyFeature
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.eval.text_metrics import text_of

LOOKED_AT = 150
"""Most documents of each side that are looked at."""
OF_EACH = 40
"""Words and tags of each document that are counted, those that moved its score most."""
SHOWN = 8
"""Words and tags of each direction in the picture."""
LEAST = 3
"""Documents that must have a word or tag; what fewer have says something of them alone."""
AROUND = 45
"""Characters of an example before and after the word or tag."""


@dataclass
class _Feature:
    """What is known of one word or tag while documents are read."""

    total: float = 0.0
    period: int = 0
    comparison: int = 0
    examples: list[tuple[float, Document]] = field(default_factory=list)


def keyness(
    period: Sequence[Document], comparison: Sequence[Document], classifier: StyleClassifier
) -> list[KeyFeature]:
    """Return the words and tags that move the scores of documents most, both directions.

    Args:
        period: Held-out documents of the era; at most `LOOKED_AT` are read.
        comparison: Held-out documents of the comparison corpus; as many.
        classifier: The style classifier; it was fitted to none of the documents.
    """
    features: defaultdict[str, _Feature] = defaultdict(_Feature)
    read = [*period[:LOOKED_AT], *comparison[:LOOKED_AT]]
    for document in read:
        for name, by in classifier.explain(text_of(document), OF_EACH):
            feature = features[name]
            feature.total += by
            if document.origin == "modern":
                feature.comparison += 1
            else:
                feature.period += 1
            feature.examples.append((by, document))
    keys = []
    for name, feature in features.items():
        if feature.period + feature.comparison < LEAST:
            continue
        text, source = _example(name, feature)
        if text:
            mean = round(feature.total / len(read), 4)
            keys.append(
                KeyFeature(spoken(name), mean, feature.period, feature.comparison, text, source)
            )
    keys.sort(key=lambda key: (-abs(key.by), key.what))
    towards = [key for key in keys if key.by > 0][:SHOWN]
    return [*towards, *[key for key in keys if key.by < 0][:SHOWN]]


def _example(name: str, feature: _Feature) -> tuple[str, str]:
    """Return a passage with the word or tag, of the document that it moved most its own way."""
    sign = 1 if feature.total > 0 else -1
    for _, document in sorted(feature.examples, key=lambda one: (-sign * one[0], one[1].id)):
        if passage := _passage(name, document):
            return passage, document.source
    return "", ""


def _passage(name: str, document: Document) -> str:
    """Return the words around a feature in a document; empty where it has no place."""
    kind, colon, rest = name.partition(":")
    if not colon or not rest or kind != kind.strip():
        return _around(document.prose or document.body, rf"(?<!\w){re.escape(name)}(?!\w)")
    if kind in ("word", "words", "pair"):
        return _around(document.prose or document.body, re.escape(rest))
    if kind in ("tag", "attribute"):
        element, _, attribute = rest.partition(" ")
        within = rf"[^<>]*\b{re.escape(attribute)}" if attribute else r"\b"
        return _around(document.body, rf"<{re.escape(element)}{within}")
    if kind in ("two", "three"):
        tags = r"[^<>]*>[^<]*".join(f"<{re.escape(tag)}" for tag in rest.split())
        return _around(document.body, tags)
    if kind == "case":
        return _around(document.body, r"<[A-Z]+" if rest == "upper" else r"<[a-z]+", re.NOFLAG)
    return ""


def _around(text: str, pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> str:
    """Return the first match of `pattern` with some characters around it, on one line."""
    match = re.search(pattern, text, flags)
    if match is None:
        return ""
    start, end = max(0, match.start() - AROUND), min(len(text), match.end() + AROUND)
    words = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{words}{' …' if end < len(text) else ''}"
