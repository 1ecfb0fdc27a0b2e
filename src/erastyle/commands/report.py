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
        if not (run / "run.yaml").is_file():
            raise RunError(
                f"{run} is not a run directory: it holds no run.yaml, and no score."
            ) from None
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

    console.print()
    if score["banner"]:
        say(score["banner"])
    say(f"made of: {_made_of(score)}")
    say(f"writes:  {score['headline']}")
    say(f"cost:    {_cost(score)}")
    counts = [line["verdict"] for line in score["gate"]]
    words = ", ".join(f"{counts.count(word)} {word}" for word in dict.fromkeys(counts))
    console.print(
        f"gate:    [bold]{score['verdict']}[/] ({words}). {escape(_few_names(score))}",
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


NAMED = 4
"""Lines of the gate that the end of a run names; the report names them all."""


def _few_names(score: Mapping[str, Any]) -> str:
    """Return the sentence of the verdict, in which a long list of lines is cut."""
    names = [line["name"] for line in score["gate"] if line["verdict"] == score["verdict"]]
    few = f"{', '.join(names[: NAMED - 1])} and {len(names) - NAMED + 1} more"
    sentence = str(score["verdict_sentence"])
    return sentence.replace(", ".join(names), few) if len(names) > NAMED else sentence


def _cost(score: Mapping[str, Any]) -> str:
    """Return what the training cost, as far as it was measured; by the gate's own numbers."""
    measures = {row["id"]: row for row in score["measures"]}
    gate = {line["id"]: line for line in score["gate"]}
    parts = []
    text = measures.get("general_text")
    if text and text["base"] and text["style"]:
        change = 100 * (text["style"] / text["base"] - 1)
        word = "rose" if change > 0 else "fell"
        parts.append(f"bits per byte on general text {word} by {abs(change):.1f} %")
    tasks = gate.get("capability")
    if tasks and tasks["value"] is not None:
        points = f"capability {100 * tasks['value']:+.1f} points"
        if tasks["low"] is not None:
            points += f" [{100 * tasks['low']:+.1f}, {100 * tasks['high']:+.1f}]"
        parts.append(points)
    copied = gate.get("copied")
    if copied and copied["value"] is not None and copied["n"]:
        found = round(copied["value"] * copied["n"])
        parts.append(f"copies in {found:,} of {copied['n']:,} texts")
    return "; ".join(parts) or "not measured"


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
        values = (number(row[name], row["unit"]) for name in ("base", "style", "real"))
        table.add_row(row["name"], *values, difference)
    print_table(table)
    console.print("\n[bold]gate[/]")
    for line in score["gate"]:
        text = f"{line['verdict']:15} {line['name']}: {against_limit(line)}"
        console.print(escape(text), highlight=False, soft_wrap=True)
        if line["verdict"] != "PASS":
            why = f"{'':15} [dim]{escape(line['explanation'])}[/]"
            console.print(why, highlight=False, soft_wrap=True)


def against_limit(line: Mapping[str, Any]) -> str:
    """Return the value of a line of the gate, and its bound beside what is needed, in one unit.

    >>> against_limit({"value": 0.5, "shown": "50.0 %", "bound": "41.0 %",
    ...     "limit": "lower bound at least 45.0 %"})
    '50.0 %; lower bound 41.0 %, needed at least 45.0 %'
    >>> against_limit({"value": None, "limit": ""})
    'not measured'
    """
    if line["value"] is None:
        return "not measured"
    text, limit = line.get("shown") or number(line["value"]), line["limit"]
    if line.get("bound"):
        limit = limit.replace(" bound ", f" bound {line['bound']}, needed ", 1)
    return f"{text}; {limit}" if limit else str(text)


def number(value: float | None, unit: str = "") -> str:
    """Return a number of a table.

    >>> number(1234.5), number(0.25), number(None), number(1996.4, "year")
    ('1,234', '0.250', '-', '1996')
    """
    if value is None:
        return "-"
    if unit == "year":
        return f"{value:.0f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"
