"""The command `restyle`: a draft in the era's manner, with a ledger of its facts."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands import terminal
from erastyle.commands.options import Debug, Json, Set
from erastyle.commands.terminal import reported
from erastyle.commands.writing_options import NoLabel
from erastyle.corpus.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from erastyle.train.restyle.restyle import Restyled
    from erastyle.writing.restyled_file import RestyleOrigin

STEPS = 1_000
"""Tokens of a way that the drafts need at least: the weights are packed once for all of them."""
LOST = 1
"""Exit code of --strict where a fact is lost or changed."""


@reported
def restyle(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Drafts: text, HTML or Markdown; - reads stdin."),
    ],
    run: Annotated[Path, typer.Option("--run", metavar="DIR", help="A run with a style model.")],
    title: Annotated[str, typer.Option("--title", help="Title of the document.")] = "",
    tries: Annotated[
        int, typer.Option("--tries", min=1, help="Ways to say each sentence; the best is taken.")
    ] = 8,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail where a fact is lost or changed.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write an HTML page: draft, text, facts."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same texts.")] = 1995,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write the texts as files, with their origin."),
    ] = None,
    no_label: NoLabel = False,
    set: Set = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Write drafts in the era's manner, and say what became of each of their facts."""
    from erastyle.writing import restyled_file

    del debug
    drafts = [_read(file) for file in files]
    origin = _origin(run, title, seed=seed, values=set or [], labelled=not no_label)
    paths = restyled_file.paths(files, origin.era, out) if out else []
    texts = _restyled(drafts, origin, tries)
    done = list(zip(map(str, files), texts, strict=True))
    if no_label:
        from erastyle.writing import unlabelled

        where = "standard output" if out is None else str(out)
        unlabelled.record(run, "restyle", where, len(done), seeds=[seed])
    for path, one in zip(paths, texts, strict=False):
        restyled_file.store(one, origin, path)
        typer.echo(str(path), err=json)
    for name, one in done:
        if json:
            typer.echo(jsonlib.dumps(_plain(name, one), ensure_ascii=False))
            continue
        if out is None:
            _print(one, origin)
        _tell(name, one)
    if origin.labelled and out is None and not json and not terminal.on_screen():
        terminal.no_file_beside()
    if report is not None:
        from erastyle.writing import restyle_page

        restyle_page.write(done, report)
        typer.echo(f"report: {report}", err=True)
    broken = sum(len(one.facts.broken) for _, one in done)
    return LOST if strict and broken else 0


def _read(file: Path) -> str:
    """Return the prose of a draft.

    Raises:
        SourceError: It cannot be read, or it says nothing.
    """
    from erastyle.corpus.decode import encoding
    from erastyle.train.restyle.restyle import draft_prose

    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise SourceError(f"{file}: cannot be read ({error.strerror}).") from None
    prose = draft_prose(encoding.decode(raw).text)
    if len(prose.split()) < 3:
        raise SourceError(f"{file}: there is nothing to restyle in it.")
    return prose


def _origin(
    run: Path, title: str, *, seed: int, values: Sequence[str], labelled: bool
) -> RestyleOrigin:
    """Return what the drafts are restyled with.

    Raises:
        ConfigError: The run has no style model, or an option is not valid.
    """
    from erastyle import planned_run
    from erastyle.commands.generate import generate_options
    from erastyle.train.model.folder import describe
    from erastyle.train.restyle.restyle import pushed
    from erastyle.writing.restyled_file import RestyleOrigin

    if not (run / "model" / "style.json").is_file():
        raise ConfigError(f"{run} has no style model. Train one: `erastyle run ERA --run {run}`.")
    era = planned_run.load_saved(run).config.era
    options = generate_options("1", None, values)
    strength = pushed(options.strength, describe(run / "model").method)
    options = options.model_copy(update={"strength": strength})
    return RestyleOrigin(run, era, options, seed, title, labelled)


def _restyled(drafts: Sequence[str], origin: RestyleOrigin, tries: int) -> list[Restyled]:
    """Return the drafts in the era's manner.

    Raises:
        ModelError: A model cannot be loaded.
    """
    from erastyle.commands import bases
    from erastyle.train.generate import choose_threads
    from erastyle.train.model import devices
    from erastyle.train.model.folder import describe
    from erastyle.train.model.packed import packed
    from erastyle.train.model.pair import ModelPair
    from erastyle.train.restyle.draft_units import units_of
    from erastyle.train.restyle.restyle import restyle as in_manner
    from erastyle.train.restyle.restyle import writing_with
    from erastyle.writing.engine import Named, decoding_of, guards_for

    run, era, options = origin.run, origin.era, origin.options
    bases.ready(describe(run / "model").base)
    writer = ModelPair(
        run / "model", options.device or devices.best_device(), options.max_new_tokens
    ).fine_tuned(options.strength)
    choose_threads(writer.model, options, tries)
    guards = guards_for(Named(run=run), era, options)
    write = writing_with(writer, guards, decoding_of(options), era.format, origin.seed)
    with terminal.progress() as shown, packed(writer.model, tries, STEPS):
        total = sum(len(units_of(prose)) for prose in drafts)
        shown.start("restyle", total=total, unit="sentences")
        return [
            in_manner(
                prose,
                write,
                noun=era.medium,
                form=era.format,
                title=origin.title,
                tries=tries,
                tell=lambda _, said: shown.advance(said),
            )
            for prose in drafts
        ]


def _print(one: Restyled, origin: RestyleOrigin) -> None:
    """Print a text: bare on a terminal, as it stands in a file elsewhere."""
    from erastyle.writing import restyled_file

    if terminal.on_screen():
        typer.echo(one.text + "\n")
        return
    typer.echo(restyled_file.file_of(one, origin).raw, nl=False)
    typer.echo()


def _tell(name: str, one: Restyled) -> None:
    """Say on the error output what became of the facts."""
    typer.echo(f"({name}: written by a machine from a draft; not a source)", err=True)
    typer.echo(f"as written: {one.raw.sentence()}", err=True)
    typer.echo(
        f"repaired:   {one.facts.sentence()}; {len(one.copied_back)} sentences copied back; "
        f"{100 * one.changed:.0f} % of the runs of four words are new",
        err=True,
    )
    for entry in one.facts.entries:
        if entry.state != "kept":
            now = f" -> {entry.now}" if entry.state == "changed" else ""
            typer.echo(f"  {entry.state}: {entry.kind} {entry.text}{now}", err=True)


def _plain(name: str, one: Restyled) -> dict[str, Any]:
    from erastyle.corpus.provenance import label

    return {
        "draft": name,
        "text": one.text,
        "origin": "rewritten",
        label.FIELD: label.uri(label.RESTYLED),
        "kept_raw": one.raw.kept_share,
        "kept": one.facts.kept_share,
        "changed_4grams": one.changed,
        "copied_back": list(one.copied_back),
        "facts": [asdict(entry) for entry in one.facts.entries],
    }
