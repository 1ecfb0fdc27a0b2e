"""Writes the texts of briefs for the command `generate`, and prints or stores them."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from erastyle.commands import terminal
from erastyle.commands.writing_options import SEED, WritingRequest
from erastyle.corpus.errors import ConfigError

if TYPE_CHECKING:
    from erastyle.train.model.generation import GeneratedText
    from erastyle.writing.answers import Answer, TextTask
    from erastyle.writing.brief import Brief
    from erastyle.writing.engine import Engine
    from erastyle.writing.text_file import Form

ENDINGS = {
    "length": "brought to its end at the length that the brief asks for",
    "room": "brought to its end where generate.max_new_tokens is reached",
    "loops": "ended where it went round in circles",
    "cut": "cut where generate.max_new_tokens is reached",
}
"""What is said of a text that did not end by itself."""
DECLINED = 1
"""Exit code where no brief was left to answer."""


def answer(briefs: Sequence[Brief], engine: Engine, wanted: WritingRequest) -> int:
    """Write the texts of all briefs, and print or store them."""
    from erastyle.writing import answers

    planned = answers.tasks(
        briefs,
        engine,
        seed=SEED if wanted.seed is None else wanted.seed,
        n=wanted.n or 1,
        best_of=wanted.best_of or 1,
        length=wanted.length,
    )
    if wanted.out is not None:
        return _fill(planned, engine, wanted, wanted.out)
    _record(planned, engine, wanted, "standard output")
    return _print_all(planned, engine, wanted)


def _record(
    planned: Sequence[TextTask], engine: Engine, wanted: WritingRequest, where: str
) -> None:
    """Tell the run that the label is off, where it is."""
    from erastyle.writing import unlabelled

    if wanted.no_label and planned:
        run = unlabelled.needs_run(engine.run)
        seeds = [task.seed for task in planned]
        unlabelled.record(run, "generate", where, len(planned), seeds=seeds)


def _print_all(planned: Sequence[TextTask], engine: Engine, wanted: WritingRequest) -> int:
    """Print the texts: as they are on a terminal, with their label elsewhere, or as JSON lines."""
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.writing import answers

    bare = terminal.on_screen()
    alone = len(planned) == 1 and planned[0].candidates == 1 and bare and not wanted.json
    outcomes = answers.write(
        planned,
        engine,
        Progress(),
        later=wanted.later == "allow",
        on_text=_show_at_once if alone else None,
    )
    texts = 0
    for outcome in outcomes:
        texts += outcome.text is not None
        if wanted.json:
            _print_row(outcome, engine)
        elif outcome.text is None:
            typer.echo(f"({_why(outcome)})", err=True)
        else:
            _print_text(outcome, outcome.text, engine, wanted, shown=alone, bare=bare)
    if texts and not wanted.json:
        _tell_origin(engine)
        if not bare and not wanted.no_label:
            terminal.no_file_beside()
    return 0 if texts else DECLINED


def _why(outcome: Answer) -> str:
    rejected = outcome.rejected[-1]
    return rejected.detail or f"Not written: {rejected.reason}."


def _tell_origin(engine: Engine) -> None:
    how = f": the untuned base {engine.model.base}"
    if engine.model.sha256:
        how = f" in the style of a period, on the base {engine.model.base}"
    typer.echo(f"(written by a machine{how}; not a source)", err=True)


def _print_text(
    outcome: Answer,
    text: GeneratedText,
    engine: Engine,
    wanted: WritingRequest,
    *,
    shown: bool,
    bare: bool,
) -> None:
    """Print a text, or what stands below it where it was shown while it was written."""
    if bare:
        typer.echo("\n" if shown else text.text + "\n")
    else:
        typer.echo(_in_a_file(outcome.task, text, engine, wanted.form), nl=False)
        typer.echo()
    if text.refused or text.marks:
        typer.echo(_guarded(text), err=True)
    if text.ending in ENDINGS:
        typer.echo(f"({ENDINGS[text.ending]})", err=True)
    if outcome.scores:
        chose, told = outcome.scores["choosing"], outcome.scores["reporting"]
        said = f"(best of {outcome.task.candidates} by the choosing judge: {chose['sentence']}"
        typer.echo(f"{said} The reporting judge: {told['sentence']})", err=True)


def _in_a_file(task: TextTask, text: GeneratedText, engine: Engine, form: Form) -> bytes:
    """Return a text as it stands in a file: whoever redirects the output makes one."""
    from erastyle.writing import text_file

    notice = engine.notice(task.seed) if form.labelled else None
    posting = text_file.posting(task, engine.era)
    return text_file.encoded(text.text, engine.era, notice, form, posting).raw


def _print_row(outcome: Answer, engine: Engine) -> None:
    """Print what became of a brief as a JSON line with its origin."""
    from erastyle.corpus.provenance import label
    from erastyle.writing import text_file

    task, text = outcome.task, outcome.text
    origin = {
        "origin": "synthetic",
        label.FIELD: label.uri(label.GENERATED),
        "model": engine.model.name,
        "base": engine.model.base,
        "strength": engine.model.strength,
        "seed": task.seed,
    }
    row: dict[str, Any] = {"brief": task.request}
    if text is None:
        row |= {"text": "", "declined": _why(outcome), **origin, "origin": "erastyle"}
        del row[label.FIELD]
    else:
        row |= {"text": text.text, "tokens": text.tokens, "stopped": text.stopped}
        row |= text_file.guarded(text)
        if outcome.scores:
            row |= {"best_of": task.candidates, "chosen": outcome.chosen}
            row |= {name: said["outcome"] for name, said in outcome.scores.items()}
        row |= origin
    typer.echo(jsonlib.dumps(row, ensure_ascii=False))


def _guarded(text: GeneratedText) -> str:
    """Return in a line what the guards did to a text."""
    refused = ", ".join(f"{name} {count}" for name, count in text.refused.items())
    stood = "; ".join(f"{mark.guard}: {mark.reason}" for mark in text.marks)
    return f"(guards refused: {refused or 'nothing'}" + (f"; let stand: {stood})" if stood else ")")


def _show_at_once(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _fill(planned: Sequence[TextTask], engine: Engine, wanted: WritingRequest, out: Path) -> int:
    """Store the texts in a folder; those that are there already are not written again."""
    from erastyle.writing import answers, text_folder

    later = wanted.later or "decline"
    with (
        text_folder.opened(out, engine, wanted.form, later) as filled,
        terminal.progress() as shown,
    ):
        left = [task for task in planned if task.key not in filled.done]
        _record(left, engine, wanted, str(out))
        if len(left) < len(planned):
            count = len(planned) - len(left)
            typer.echo(f"{out}: {count} of {len(planned)} were done before.", err=True)
        shown.start("generate", sum(task.candidates for task in left), "texts")
        texts = 0
        for outcome in answers.write(left, engine, shown, later=later == "allow"):
            path = filled.write(outcome)
            texts += path is not None
            if wanted.json:
                _print_row(outcome, engine)
            elif path is not None:
                typer.echo(str(path))
    said = ", ".join(f"{count} {reason}" for reason, count in filled.refused.items())
    typer.echo(
        f"{out}: {texts} texts written{f'; not written: {said}' if said else ''}. "
        f"{text_folder.TEXTS} has a row for each, {text_folder.REJECTED} says what was not taken "
        "and why.",
        err=True,
    )
    if texts:
        _tell_origin(engine)
    return 0 if texts or not left else DECLINED


def talk(engine: Engine, wanted: WritingRequest) -> int:
    """Ask for briefs until there is none, and write a text for each."""
    from erastyle.writing.brief import Brief

    typer.echo("Say what to write; an empty line ends.", err=True)
    for line in _asked():
        try:
            answer([Brief(text=line)], engine, wanted)
        except ConfigError as error:
            typer.echo(f"error: {error}", err=True)
    return 0


def _asked() -> Iterator[str]:
    while True:
        typer.echo("brief> ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line.strip():
            return
        yield line.strip()
