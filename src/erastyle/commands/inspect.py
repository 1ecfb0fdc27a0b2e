"""What a training row looks like to the model: its tokens, and which of them are learnt."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from erastyle import config
from erastyle.corpus.errors import RunError
from erastyle.pipeline.runtime import runner
from erastyle.stages import STAGES
from erastyle.train.data import rows
from erastyle.train.model import loading
from erastyle.train.model.prompt import IGNORED, Encoder, Example


def find(root: Path, document: str, role: str, number: int) -> tuple[dict[str, Any], Encoder, int]:
    """Return a pair of the run, the encoder of its base, and the longest row.

    Args:
        root: A run directory.
        document: Id of a document; empty takes the pair at `number`.
        role: `style` or `rehearsal`.
        number: Position among the training pairs of that role, from 0.

    Raises:
        RunError: No run, no pairs, or no such pair.
    """
    if not (root / config.NAME).is_file():
        raise RunError(f"{root} is not a run directory: it holds no {config.NAME}.")
    loaded = config.load(str(root / config.NAME))
    options = config.stage_options(loaded)
    steps = runner.plan(STAGES, options, loaded.era, loaded.seed, root)
    folder = next(s.folder for s in steps if s.stage.name == "pairs")
    if not folder.is_dir():
        raise RunError(f"{root} has no pairs yet. Do `erastyle pairs --run {root}` first.")
    pairs = rows.load_pairs(folder)
    chosen = pairs.get(("train", role), [])
    if document:
        chosen = [p for every in pairs.values() for p in every if p["document_id"] == document]
        number = 0
    if not 0 <= number < len(chosen):
        what = f"document {document}" if document else f"{role} row {number}"
        raise RunError(f"{root} has no {what}; it has {len(chosen):,} of role {role}.")
    encoder = Encoder(loading.load_tokenizer(loaded.train.base))
    return chosen[number], encoder, loaded.train.max_length


def show(root: Path, document: str, role: str, number: int, *, json: bool) -> int:
    """Print the rows that a pair becomes: what is learnt in colour, control tokens named.

    Raises:
        RunError: See `find`.
    """
    pair, encoder, longest = find(root, document, role, number)
    examples = list(encoder.examples(rows.request(pair), rows.answer(pair), longest))
    if json:
        for example in examples:
            typer.echo(jsonlib.dumps(_plain(example, encoder), ensure_ascii=False))
        return 0
    console = Console()
    console.print(
        f"{pair['document_id'] or 'general row'}  {escape(pair['site'])}", highlight=False
    )
    for at, example in enumerate(examples, start=1):
        learnt = sum(label != IGNORED for label in example.labels)
        console.rule(
            f"row {at} of {len(examples)}: {len(example.input_ids):,} tokens, {learnt:,} learnt"
        )
        text = Text()
        for token, label in zip(example.input_ids, example.labels, strict=True):
            piece = encoder.tokenizer.decode([token])
            text.append(piece, style="dim" if label == IGNORED else "green")
        console.print(text)
    console.print("[dim]not learnt[/] [green]learnt[/]")
    return 0


def _plain(example: Example, encoder: Encoder) -> dict[str, Any]:
    return {
        "tokens": [encoder.tokenizer.decode([t]) for t in example.input_ids],
        "ids": example.input_ids,
        "learnt": [label != IGNORED for label in example.labels],
    }
