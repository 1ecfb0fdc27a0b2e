"""What the model writes while it is trained: a file of rows, and a few lines for a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.out_of_memory import is_out_of_memory
from erastyle.train.choice.page_judge import PageVerdict
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import Writer, generate
from erastyle.train.model.prompt import Encoder

FILE, PAGES = "samples.jsonl", "pages.jsonl"
LINES, WIDTH = 3, 96
"""Lines of a text, and characters of a line, that a terminal shows."""


def answers(model: Any, tokenizer: Any, briefs: Sequence[str], tokens: int, seed: int) -> list[str]:
    """Return what the model answers as it stands. Chance in training does not depend on it.

    Fewer texts are written together where memory runs out; that changes none of them.

    Args:
        model: The model that is trained.
        tokenizer: Its tokenizer.
        briefs: The briefs.
        tokens: Longest answer.
        seed: Same weights, briefs and seed, same answers.

    Raises:
        ModelError: Memory runs out with one text at a time.
    """
    writer = Writer(model, tokenizer, Encoder(tokenizer).prompt)
    was_training, batch = model.training, len(briefs)
    model.eval()
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            while True:
                try:
                    return _in_parts(writer, briefs, tokens, seed, batch)
                except (RuntimeError, MemoryError) as error:
                    if not is_out_of_memory(error):
                        raise
                    if batch == 1:
                        raise ModelError(
                            "Out of memory while texts are written between updates. Set "
                            "train.choose_by=loss and train.samples=0, close other programs, or "
                            "choose a smaller base; what was trained is kept, so run again."
                        ) from None
                    batch //= 2
    finally:
        model.train(was_training)


def _in_parts(
    writer: Writer, briefs: Sequence[str], tokens: int, seed: int, batch: int
) -> list[str]:
    texts: list[str] = []
    for start in range(0, len(briefs), batch):
        part = briefs[start : start + batch]
        texts += [answer.text for answer in generate(writer, part, Decoding(tokens), seed=seed)]
    return texts


def add_rows(path: Path, update: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows of an update to a file, in place of those that an interrupted training left.

    Args:
        path: JSON lines, each with `update`.
        update: The update; rows of it and of later ones are replaced.
        rows: The rows.
    """
    lines: list[str] = []
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        lines = [line for line in lines if json.loads(line)["update"] < update]
    lines += [json.dumps({"update": update, **row}, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def verdict_row(verdict: PageVerdict) -> dict[str, Any]:
    """Return a verdict as a row keeps it."""
    return {
        "passes": verdict.passes,
        "percentile": round(verdict.percentile, 4),
        "verdict": verdict.sentence,
    }


def shown(when: str, brief: str, text: str, verdict: PageVerdict | None = None) -> str:
    r"""Return the first lines of a text for a terminal, without control characters.

    >>> print(shown("update 9", "A page about kites.", "<H1>Kites</H1>\n\n<P>They fly."))
    update 9: A page about kites.
      | <H1>Kites</H1>
      | <P>They fly.
    """
    lines = [_plain(line) for line in text.splitlines() if line.strip()]
    more = [f"  | {line}" for line in lines[:LINES]] or ["  | (nothing)"]
    if verdict is not None:
        more.append(f"  -> {_plain(verdict.sentence)}")
    return "\n".join([f"{when}: {_plain(brief)}", *more])


def _plain(text: str) -> str:
    text = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
