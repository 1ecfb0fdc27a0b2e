"""The command `report`: a finished score on the terminal, short or whole."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from erastyle.commands.options import Debug, Json, RunArgument
from erastyle.commands.tables import print_table, wide_console
from erastyle.commands.terminal import print_json, reported
from erastyle.corpus.errors import RunError


@reported
def report(
    *,
    run: RunArgument,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Print every measure and every line of the gate.")
    ] = False,
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Print what a run measured: in a few lines, or all of it."""
    del debug
    score = read(run)
    if json:
        print_json(score)
        return 0
    if terminal:
        tables(score)
    ending(score, run)
    return 0


def read(run: Path) -> dict[str, Any]:
    """Return the score of a run.

    Raises:
        RunError: The run has no score, or it cannot be read.
    """
    path = run / "score.json"
    try:
        score: dict[str, Any] = jsonlib.loads(path.read_text(encoding="utf-8"))
        score["verdict"], score["measures"], score["headline"]
    except FileNotFoundError:
        raise RunError(f"{run} has no score yet. Run `erastyle run --run {run}`.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{path} is damaged or of an earlier version ({error}). Score again: "
            f"`erastyle run --run {run} --from score`."
        ) from None
    return score


def ending(score: Mapping[str, Any], run: Path) -> None:
    """Print what was made of what, whether it writes like the era, what it cost, the verdict."""
    from rich.console import Console
    from rich.markup import escape

    console = Console()

    def say(text: str) -> None:
        console.print(escape(text), highlight=False, soft_wrap=True)

    measures = {row["id"]: row for row in score["measures"]}
    console.print()
    if score["banner"]:
        say(score["banner"])
    say(f"made of: {_made_of(score)}")
    say(f"writes:  {score['headline']}")
    say(f"cost:    {_cost(measures)}")
    counts = [line["verdict"] for line in score["gate"]]
    words = ", ".join(f"{counts.count(word)} {word}" for word in dict.fromkeys(counts))
    console.print(
        f"gate:    [bold]{score['verdict']}[/] ({words}). {escape(score['verdict_sentence'])}",
        highlight=False,
        soft_wrap=True,
    )
    say(f"report:  {run / 'report.html'}")
    say(f"details: erastyle report {run} --terminal")
    say(f'write:   erastyle generate "A page about ham radio." --run {run}')


def _made_of(score: Mapping[str, Any]) -> str:
    corpus = score["corpus"] or {}
    trained, learnt = corpus.get("splits", {}).get("train", 0), corpus.get("learnt")
    part = "at most " if corpus.get("learnt_at_most") else ""
    part += "" if learnt in (None, trained) else f"{learnt:,} of "
    base = score["environment"].get("base model", "").split(" ")[0]
    return (
        f"{part}{trained:,} training documents; {corpus.get('documents', 0):,} kept, "
        f"{corpus.get('sites', 0):,} sites; base {base}, method "
        f"{score['environment'].get('method', 'unknown')}"
    )


def _cost(measures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what the training cost, as far as it was measured."""
    parts = []
    text = measures.get("general_text")
    if text and text["base"] and text["style"]:
        parts.append(
            f"general text {100 * (text['style'] / text['base'] - 1):+.1f} % bits per byte"
        )
    tasks = [row for id_, row in measures.items() if id_.startswith("capability.")]
    changes = [row["difference"] for row in tasks if row["difference"] is not None]
    if changes:
        parts.append(f"capability {100 * sum(changes) / len(changes):+.1f} points in the mean")
    copied = measures.get("copied")
    if copied and copied["style"] is not None:
        parts.append(f"copies in {copied['style']:g} of 1,000 texts")
    return ", ".join(parts) or "not measured"


def tables(score: Mapping[str, Any]) -> None:
    """Print the measures and the lines of the gate."""
    from rich.markup import escape
    from rich.table import Table

    console = wide_console()
    table = Table("", "base", "fine-tuned", score["real_name"], "difference (95 %)", box=None)
    for row in score["measures"]:
        difference = ""
        if row["difference"] is not None:
            difference = number(row["difference"])
            if row["low"] is not None:
                difference += f" [{number(row['low'])}, {number(row['high'])}]"
        values = (number(row[name]) for name in ("base", "style", "real"))
        table.add_row(row["name"], *values, difference)
    print_table(table)
    console.print("\n[bold]gate[/]")
    for line in score["gate"]:
        text = f"{line['verdict']:15} {line['name']}: {number(line['value'])}, {line['limit']}"
        if line.get("bound"):
            text += f"; here {line['bound']}"
        console.print(escape(text), highlight=False, soft_wrap=True)
        if line["verdict"] != "PASS":
            why = f"{'':15} [dim]{escape(line['explanation'])}[/]"
            console.print(why, highlight=False, soft_wrap=True)


def number(value: float | None) -> str:
    """Return a number of a table.

    >>> number(1234.5), number(0.25), number(None)
    ('1,234', '0.250', '-')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"
