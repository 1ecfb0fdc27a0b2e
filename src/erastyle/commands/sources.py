"""The command `sources check`: what each file is, how it would be read, and what would be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands.options import Debug, Json
from erastyle.commands.tables import print_table, wide_console
from erastyle.commands.terminal import print_json, reported

if TYPE_CHECKING:
    from erastyle.pipeline.check_sources import SourceReport

app = typer.Typer(no_args_is_help=True, help="Sources: check what is in a file before a run.")


@app.callback()
def _sources() -> None:
    """Sources: check what is in a file before a run."""


@app.command()
@reported
def check(
    *,
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE…", help="A path, or KIND:LOCATION.")
    ],
    era: Annotated[
        str | None, typer.Option("--era", help="Also count what this era would drop when it reads.")
    ] = None,
    most: Annotated[int, typer.Option("--examples", min=0, help="Examples of each loss.")] = 3,
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Show how each source would be read and what would be lost, without a run."""
    del debug
    from erastyle.corpus import era as eras
    from erastyle.pipeline import check_sources

    profile = eras.load(era) if era else None
    reports = [check_sources.check(source, profile, most) for source in sources]
    if json:
        print_json([_plain(report) for report in reports], ensure_ascii=False)
    else:
        for report in reports:
            _print(report)
    return 1 if any(report.error or not report.documents for report in reports) else 0


def _plain(report: SourceReport) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(report)


def _print(report: SourceReport) -> None:
    from rich.markup import escape
    from rich.table import Table

    console = wide_console()
    console.print(escape(report.source), style="bold", highlight=False)
    if report.error:
        console.print(f"  cannot be read: {escape(report.error)}", highlight=False)
        return
    console.print(f"  read as {report.kind}: {escape(report.how)}", highlight=False)
    forms = ", ".join(f"{count:,} {name}" for name, count in report.formats.items())
    encodings = ", ".join(f"{count:,} {name}" for name, count in report.encodings.items())
    lines = [
        f"{report.documents:,} documents of {report.sites:,} sites ({forms or 'none'})",
        f"{report.dated:,} with a date of their own, {report.bounded:,} with a latest possible day",
    ]
    if report.unread_dates:
        lines.append(f"{report.unread_dates:,} with a date that is not understood")
    if encodings:
        lines.append(f"encodings: {encodings}")
    for line in lines:
        console.print(f"  {escape(line)}", highlight=False)
    if not report.losses:
        console.print("  nothing would be lost", highlight=False)
        return
    table = Table("count", "lost because", "examples", box=None, pad_edge=False)
    for loss in report.losses:
        table.add_row(f"{loss.count:,}", escape(loss.reason), escape("; ".join(loss.examples)))
    print_table(table)
