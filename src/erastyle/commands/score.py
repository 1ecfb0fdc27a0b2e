"""The command `score` on any text: read it, judge it, show it."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from erastyle import config
from erastyle.corpus import era as eras
from erastyle.corpus.errors import ConfigError
from erastyle.eval import score_texts
from erastyle.eval.copying.search import Index

SHOWN = 5  # anachronisms and references of a text on the terminal


def is_stage(targets: Sequence[str], era: str | None) -> bool:
    """Say whether `erastyle score TARGETS` means the stage of a run rather than some files."""
    if era is not None or len(targets) > 1:
        return False
    if not targets:
        return True
    target = targets[0]
    if target in eras.names() or target.endswith((".yaml", ".yml")):
        return True
    return (Path(target) / config.NAME).is_file() or not Path(target).exists()


def refuse_arithmetic(option: str) -> NoReturn:
    """Say where a removed option went.

    Raises:
        ConfigError: Always.
    """
    raise ConfigError(
        f"{option}: `score` has no such option any more. Use `python benchmarks/lmul.py --run DIR` "
        "of the source checkout."
    )


def show(
    targets: Sequence[str],
    era: str | None,
    run: Path | None,
    source: Sequence[str],
    contrast: Sequence[str],
    against: Sequence[str],
    report: Path | None,
    *,
    json: bool,
) -> int:
    """Print what can be said of the files `targets`.

    Raises:
        ConfigError: No era is named, or only one side of a contrast.
        SourceError: Nothing could be read.
        RunError: The run has no finished score.
    """
    if not targets:
        raise ConfigError("Say which texts to score: erastyle score FILE… --era web-1995")
    if era is None and run is None:
        raise ConfigError(f"Say which era they should be of: --era {' or '.join(eras.names())}.")
    if bool(source) != bool(contrast):
        raise ConfigError("A classifier is learnt from --source and --contrast: give both.")
    profile = eras.load(era) if era else config.load(str(run / config.NAME)).era  # type: ignore[operator]
    found, problems = score_texts.documents(targets, profile)
    score_texts.need_something(found, problems)
    style = None
    if source:
        period, modern = (score_texts.documents(specs, profile)[0] for specs in (source, contrast))
        style = score_texts.learnt(period, modern)
    elif run:
        style = score_texts.classifier(run)
    index = None
    if run or against:
        rows = score_texts.trained_on(run) if run else []
        rows += [(d.source, d.body, d.site) for d in score_texts.documents(against, profile)[0]]
        index = Index.build(rows)
    scores = score_texts.score(found, profile, style, index)
    if report:
        from erastyle.eval.report import page

        page.write(score_texts.page(scores, found, profile, problems), report)
    if json:
        plain = {"era": profile.name, "texts": [s.to_json() for s in scores], "problems": problems}
        typer.echo(jsonlib.dumps(plain, indent=2, ensure_ascii=False))
        return 0
    _print(scores, problems, index is not None)
    if report:
        typer.echo(f"report: {report}")
    return 0


def _print(scores: Sequence[score_texts.Score], problems: Sequence[str], copies: bool) -> None:
    console = Console()
    table = Table(box=None)
    for name in ("text", "words", "style", "date", "anachronisms", "of the period", "copied"):
        table.add_column(name, overflow="fold")
    for s in scores:
        value = s.style.get("era")
        when = str(s.date_best) if s.date_best else "cannot tell"
        if s.date_from and s.date_to:
            when += f" ({s.date_from[:4]}-{s.date_to[:4]})"
        slips = [f"{hit.term} ({hit.first_year})" for hit in s.anachronisms]
        names = list(dict.fromkeys(s.references))
        copied = "not compared" if s.longest_copy is None else f"{s.longest_copy} tokens"
        table.add_row(
            escape(s.source), f"{s.words:,}", "not judged" if value is None else f"{value:.2f}",
            when, escape(_few(slips)), escape(_few(names)), copied,
        )  # fmt: skip
    console.print(table)
    notes = {s.problem for s in scores if s.problem}
    for note in sorted(notes):
        which = [s.source for s in scores if s.problem == note]
        where = which[0] if len(which) == 1 else f"{len(which)} texts"
        console.print(f"{escape(where)}: {escape(note)}", highlight=False)
    if not copies:
        console.print("copies were not looked for: name documents with --against", highlight=False)
    for problem in problems:
        console.print(f"not read: {escape(problem)}", highlight=False)


def _few(names: Sequence[str]) -> str:
    if not names:
        return "none"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
