"""The commands `eras list`, `eras show`, `eras check` and `eras new`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from erastyle.commands.options import Debug, Json
from erastyle.commands.tables import print_table
from erastyle.commands.terminal import print_json, reported
from erastyle.corpus.errors import ConfigError

if TYPE_CHECKING:
    from erastyle.corpus.era import Era

app = typer.Typer(no_args_is_help=True, help="Era profiles: list, show, check, new.")


@app.command("list")
@reported
def list_eras(*, json: Json = False, debug: Debug = False) -> int:
    """List the shipped eras."""
    from rich.table import Table

    del debug
    from erastyle.corpus import era as eras
    from erastyle.pipeline import ingest

    shipped = [eras.load(name) for name in eras.names()]
    if json:
        profiles = [
            {
                **e.model_dump(mode="json", by_alias=True),
                "sample": ingest.has_sample(e),
                "needs": _needs(e, sample=ingest.has_sample(e)),
            }
            for e in shipped
        ]
        print_json(profiles, ensure_ascii=False)
        return 0
    table = Table("era", "period", "medium", "sample", "needs", "title", box=None)
    for era in shipped:
        period = f"{era.period.first.year}-{era.period.last.year}"
        sample = ingest.has_sample(era)
        needs = _needs(era, sample=sample)
        table.add_row(era.name, period, era.medium, "yes" if sample else "no", needs, era.title)
    print_table(table)
    return 0


def _needs(era: Era, *, sample: bool) -> str:
    """Return what a run of the era must be given."""
    if sample:
        return f"nothing to try; for real: --source {era.medium}s, --contrast modern ones"
    return f"--source {era.medium}s, --contrast modern texts"


@app.command()
@reported
def show(
    *,
    era: Annotated[str, typer.Argument(metavar="ERA", help="Name or path.")],
    debug: Debug = False,
) -> int:
    """Print an era profile, every default filled in."""
    del debug
    import yaml

    from erastyle.corpus import era as eras

    profile = eras.load(era).model_dump(mode="json", by_alias=True)
    typer.echo(yaml.safe_dump(profile, sort_keys=False, allow_unicode=True, width=100), nl=False)
    return 0


@app.command()
@reported
def check(
    *,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="An era profile.")],
    source: Annotated[
        list[str] | None,
        typer.Option("--source", help="Show what each rule does to ten of these documents."),
    ] = None,
    debug: Debug = False,
) -> int:
    """Check an era profile; say file and line of each problem, and show its rules at work."""
    del debug
    from erastyle.corpus import era as eras
    from erastyle.corpus import yamlfile

    era = eras.check(yamlfile.read(path), str(path))
    typer.echo(f"{path}: a valid profile of {era.name}, {era.period.first} to {era.period.last}.")
    for name in eras.names():
        _warn_of_template(era, eras.load(name))
    if source:
        _show_rules(era, source)
    return 0


SHOWN_DOCUMENTS = 10


def _show_rules(era: Era, sources: list[str]) -> None:
    """Print for ten documents, drawn from the sources, which rules drop each, with its value."""
    import random
    from collections import Counter

    from erastyle.corpus.cleaning import cleaner
    from erastyle.corpus.document import Document
    from erastyle.corpus.record import Record
    from erastyle.corpus.sources.registry import open_source
    from erastyle.pipeline import ingest

    records = [r for spec in sources for r in open_source(spec).read() if isinstance(r, Record)]
    drawn = random.Random(1).sample(records, min(SHOWN_DOCUMENTS, len(records)))  # noqa: S311
    dropped: Counter[str] = Counter()
    for record in drawn:
        document = ingest.read(record, era)
        if not isinstance(document, Document):
            typer.echo(f"unread  {record.source}: {document.error}")
            continue
        if document.format not in era.formats:
            typer.echo(f"DROP    {record.source}: other format, {document.format}")
            dropped["other format"] += 1
            continue
        checks = cleaner.explain(document, era, False, "")
        falls = [
            f"{rule} {value} ({least})" for rule, value, least, word in checks if word == "drop"
        ]
        dropped.update(rule for rule, _, _, word in checks if word == "drop")
        typer.echo(f"{'DROP' if falls else 'keep':7} {record.source}: {'; '.join(falls) or 'kept'}")
    said = ", ".join(f"{rule} {count}" for rule, count in dropped.most_common()) or "none"
    typer.echo(f"{len(drawn)} of {len(records):,} documents; rules that drop: {said}")


@app.command()
@reported
def new(
    *,
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="File to write; its name becomes the era's.")
    ],
    like: Annotated[str, typer.Option("--like", help="Era to start from.")] = "web-1995",
    first: Annotated[
        str, typer.Option("--from", metavar="YEAR|DAY", help="First year or day of the era.")
    ] = "",
    last: Annotated[
        str, typer.Option("--to", metavar="YEAR|DAY", help="Last year or day of the era.")
    ] = "",
    title: Annotated[str, typer.Option("--title", help="What a person calls it.")] = "",
    medium: Annotated[
        str, typer.Option("--medium", help="One or two words, such as `web page` or `diary`.")
    ] = "",
    debug: Debug = False,
) -> int:
    """Write a new era profile with comments, to be filled in."""
    del debug
    from erastyle.corpus import era as eras
    from erastyle.corpus import era_template, yamlfile

    if path.suffix not in (".yaml", ".yml"):
        path = path.with_name(path.name + ".yaml")
    if path.exists():
        raise ConfigError(f"{path} is there already. Choose another name.")
    template = eras.load(like)
    values = template.model_dump(mode="json", by_alias=True) | {"name": path.stem}
    values |= {name: given for name, given in (("title", title), ("medium", medium)) if given}
    if first:
        values["period"]["from"] = _day(first, "--from", "01-01")
    if last:
        values["period"]["to"] = _day(last, "--to", "12-31")
        values["lexicon_cutoff"] = int(values["period"]["to"][:4])
    named = yamlfile.validate(eras.Era, values, str(path), {})
    body = era_template.write(named, like, path.name)
    eras.check(body, str(path))
    path.write_text(body, encoding="utf-8")
    typer.echo(f"{path}: written. Next: erastyle eras check {path}")
    _warn_of_template(named, template)
    return 0


def _day(text: str, option: str, rest: str) -> str:
    """Return `YYYY-MM-DD` of a year or a day.

    Raises:
        ConfigError: It is neither.
    """
    import datetime

    day = f"{text}-{rest}" if len(text) == 4 and text.isdecimal() else text
    try:
        return datetime.date.fromisoformat(day).isoformat()
    except ValueError:
        raise ConfigError(
            f"{option} {text}: write a year such as 1977, or a day such as 1977-05-01."
        ) from None


OWN = ("title", "period", "medium", "briefs", "style_notes")
"""What no two eras have in common: a value of the template's there was forgotten."""


def _warn_of_template(era: Era, template: Era) -> None:
    """Name the values that are still those of the era that a profile was started from."""
    same = [name for name in OWN if getattr(era, name) == getattr(template, name)]
    if same and era.name != template.name:
        typer.echo(
            f"warning: {', '.join(same)} {'is' if len(same) == 1 else 'are'} still "
            f"{template.name}'s; change what differs.",
            err=True,
        )
