"""The command `inspect`: the tokens of a training row, and which of them are learnt."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands.options import Debug, Json, RunArgument
from erastyle.commands.terminal import reported
from erastyle.corpus.errors import RunError

if TYPE_CHECKING:
    from erastyle.train.data.training_row import TrainingRow
    from erastyle.train.model.prompt import Encoder


@reported
def inspect(
    *,
    run: RunArgument,
    row: Annotated[int, typer.Option("--row", help="Position among the training pairs.")] = 0,
    role: Annotated[str, typer.Option("--role", help="style or rehearsal.")] = "style",
    document: Annotated[str, typer.Option("--id", help="The document with this id.")] = "",
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Show the tokens of a training row, and which of them are learnt."""
    del debug
    from erastyle.train.data import rows

    pair, encoder, longest = _pair(run, document, role, row)
    examples = list(rows.encode(pair, encoder, longest))
    if json:
        for example in examples:
            typer.echo(jsonlib.dumps(_as_json(example, encoder), ensure_ascii=False))
    else:
        _print(pair, examples, encoder)
    return 0


def _pair(root: Path, document: str, role: str, number: int) -> tuple[dict[str, Any], Encoder, int]:
    """Return a pair of the run, the encoder of its base, and the length of the longest row.

    Args:
        root: A run directory.
        document: Id of a document; empty takes the pair at `number`.
        role: `style` or `rehearsal`.
        number: Position among the training pairs of that role, from 0.

    Raises:
        RunError: No run, no pairs, or no such pair.
    """
    from erastyle import planned_run
    from erastyle.train.data import rows
    from erastyle.train.model import loading
    from erastyle.train.model.prompt import Encoder

    planned = planned_run.load_saved(root)
    folder = planned.step("pairs").folder
    if not folder.is_dir():
        raise RunError(f"{root} has no pairs yet. Do `erastyle pairs --run {root}` first.")
    pairs = rows.load_pairs(folder)
    chosen = pairs.get(("train", role), [])
    if document:
        chosen = [p for every in pairs.values() for p in every if p["document_id"] == document]
        number = 0
    if not 0 <= number < len(chosen):
        if document:
            raise RunError(f"{root} has no pair of document {document}. `erastyle why` says why.")
        raise RunError(f"{root} has no {role} row {number}; it has {len(chosen):,} of that role.")
    options = planned.config.train
    return chosen[number], Encoder(loading.load_tokenizer(options.base)), options.max_length


def _print(pair: dict[str, Any], examples: list[TrainingRow], encoder: Encoder) -> None:
    """Print the rows that a pair becomes: what is learnt in colour, control tokens by name."""
    from rich.console import Console
    from rich.markup import escape
    from rich.text import Text

    from erastyle.train.data.training_row import IGNORED

    console = Console()
    console.print(
        f"{pair['document_id'] or 'general row'}  {escape(pair['site'])}", highlight=False
    )
    for position, example in enumerate(examples, start=1):
        learnt = sum(label != IGNORED for label in example.labels)
        console.rule(
            f"row {position} of {len(examples)}: {len(example.input_ids):,} tokens, "
            f"{learnt:,} learnt"
        )
        text = Text()
        for token, label in zip(example.input_ids, example.labels, strict=True):
            piece = encoder.tokenizer.decode([token])
            text.append(piece, style="dim" if label == IGNORED else "green")
        console.print(text)
    console.print("[dim]not learnt[/] [green]learnt[/]")


def _as_json(example: TrainingRow, encoder: Encoder) -> dict[str, Any]:
    from erastyle.train.data.training_row import IGNORED

    return {
        "tokens": [encoder.tokenizer.decode([t]) for t in example.input_ids],
        "ids": example.input_ids,
        "learnt": [label != IGNORED for label in example.labels],
    }
