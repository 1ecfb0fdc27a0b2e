"""Methods that train nothing: they put the era's notes and documents before each brief.

A style-model folder of these methods holds no weights:

    style.json        with the notes and the number of documents to show
    examples.jsonl    few-shot: the chosen documents; retrieve: every training document
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from erastyle.corpus.errors import ModelError
from erastyle.train.model.bm25 import Bm25
from erastyle.train.model.folder import StyleModelInfo
from erastyle.train.model.prompt import Encoder

EXAMPLES = "examples.jsonl"
LEAST = 48  # tokens of a document below which showing it teaches nothing
CLOSE = 20  # few-shot takes documents near the middle of so many candidates by length

Prompts = Callable[[str], list[int]]


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A training document that may stand before a brief.

    Attributes:
        brief: The request that it answers.
        body: The document.
        document_id: Its id.
        site: Its site.
    """

    brief: str
    body: str
    document_id: str
    site: str


def choose(documents: Sequence[ShownDocument], count: int, seed: int) -> list[ShownDocument]:
    """Return typical documents for few-shot: of different sites, of middling length.

    A very short or very long one would teach the length above all. The same documents and seed give
    the same choice.
    """
    order = list(documents)
    random.Random(seed).shuffle(order)  # noqa: S311 - a choice, not a secret
    middle = sorted(len(d.body) for d in order)[len(order) // 2] if order else 0
    first_of_site: dict[str, ShownDocument] = {}
    for document in order:
        held = first_of_site.get(document.site)
        if held is None or abs(len(document.body) - middle) < abs(len(held.body) - middle):
            first_of_site[document.site] = document
    ranked = sorted(first_of_site.values(), key=lambda d: abs(len(d.body) - middle))[:CLOSE]
    random.Random(seed).shuffle(ranked)  # noqa: S311
    chosen = ranked[:count]
    rest = [d for d in order if d not in chosen]
    return chosen + rest[: max(0, count - len(chosen))]


def write(folder: Path, documents: Sequence[ShownDocument]) -> None:
    """Write `examples.jsonl`."""
    lines = (json.dumps(asdict(d), ensure_ascii=False) + "\n" for d in documents)
    (folder / EXAMPLES).write_text("".join(lines), encoding="utf-8")


def read(folder: Path) -> list[ShownDocument]:
    """Return the documents of a style-model folder.

    Raises:
        ModelError: The file is missing or damaged.
    """
    path = folder / EXAMPLES
    try:
        return [ShownDocument(**json.loads(line)) for line in path.open(encoding="utf-8")]
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{path}: cannot be read ({error}). Do the train stage again.") from None


def notes(sentences: Sequence[str], medium: str) -> str:
    """Return the era's style notes as a request begins with them."""
    return "\n".join([f"Write a {medium} in this manner:", *(f"- {s}" for s in sentences)])


def prompts(folder: Path, model: StyleModelInfo, encoder: Encoder, room: int) -> Prompts:
    """Return how a brief becomes the token ids that the base answers.

    Args:
        folder: The style-model folder.
        model: The description in that folder.
        encoder: Encoder of the base.
        room: Most tokens of the whole prompt.

    Raises:
        ModelError: The notes alone do not fit.
    """
    shown = read(folder) if model.method != "prompt" else []
    index = Bm25([f"{d.brief}\n{d.body}" for d in shown]) if model.method == "retrieve" else None

    def build(brief: str) -> list[int]:
        text = f"{model.notes}\n\n{brief}" if model.notes else brief
        bare = encoder.prompt(text)
        if len(bare) > room and model.notes and len(encoder.prompt(brief)) <= room:
            text, bare = brief, encoder.prompt(brief)  # a short context holds the brief alone
        near = shown
        if index is not None:
            near = [shown[i] for i in reversed(index.nearest(brief, model.shots))]
        near = near[-model.shots :]
        spare = min(room - len(bare), model.context_tokens)
        turns: list[tuple[str, str]] = []
        for left, document in zip(range(len(near), 0, -1), near, strict=True):
            frame = len(encoder.conversation([(document.brief, "")], brief)) - len(
                encoder.prompt(brief)
            )
            share = spare // left - frame
            if share < LEAST:
                continue
            body = encoder.crop(document.body, share)
            turns.append((document.brief, body))
            spare -= frame + len(encoder.text(body))
        return encoder.conversation(turns, text)

    return build
