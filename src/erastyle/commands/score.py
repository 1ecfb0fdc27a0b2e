"""The command `score`: the stage of a run, or what can be said of any texts."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands.options import (
    Address,
    Base,
    Contrast,
    Debug,
    DryRun,
    Engine,
    Format,
    Gate,
    Json,
    Run,
    Set,
    Source,
    StageRequest,
    Yes,
)
from erastyle.commands.run import run_stages
from erastyle.commands.tables import TableFormat, print_rows, print_table, wide_console
from erastyle.commands.terminal import print_json, reported
from erastyle.corpus.errors import ConfigError

if TYPE_CHECKING:
    from erastyle.corpus.copying.search import Index
    from erastyle.corpus.era import Era
    from erastyle.corpus.record import Record
    from erastyle.eval import learnt_of_era, score_texts

SCORED = (
    *("source", "verdict", "sentence", "words", "verdict_score", "threshold", "date_from"),
    *("date_to", "date_best", "style_year", "longest_copy"),
)
"""Values of a text in tab-separated rows."""
SHOWN = 5  # anachronisms and references of a text on the terminal


@reported
def score(
    *,
    target: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ERA|RUN.yaml|RUN]|FILE…",
            help="A run to score, or any texts with --era or --run: files, folders, tables, "
            "- for stdin.",
        ),
    ] = None,
    era: Annotated[
        str | None, typer.Option("--era", help="Era that the texts FILE… should be of.")
    ] = None,
    source: Source = None,
    contrast: Contrast = None,
    base: Base = None,
    run: Run = None,
    set: Set = None,  # noqa: A002
    against: Annotated[
        list[str] | None,
        typer.Option("--against", help="Documents to look for copies of in FILE…. Repeatable."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Also write a page about FILE… there.")
    ] = None,
    arithmetic: Annotated[
        str | None, typer.Option("--arithmetic", hidden=True, help="Moved to a benchmark.")
    ] = None,
    mantissa_bits: Annotated[
        str | None, typer.Option("--mantissa-bits", hidden=True, help="Moved to a benchmark.")
    ] = None,
    engine: Engine = None,
    address: Address = None,
    gate: Gate = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    format: Format = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Score a run's base and fine-tuned model and judge the gate; or score any texts.

    `erastyle score web-1995` does the stage of a run, and the stages before it where needed.
    `erastyle score page.html letters/ --era web-1995` says of each text in a sentence whether it
    could be of the period, and then its date, what is later than the era, and what it copies. The
    style needs a classifier: --run names a run that has one, --source and --contrast learn one.
    Where their documents are dated, the year by style is told too.
    """
    request = StageRequest.of(locals())
    _refuse_arithmetic(arithmetic, mantissa_bits)
    targets = target or []
    _refuse_idle(locals(), stage=_is_stage(targets, era))
    if not _is_stage(targets, era):
        profile = _profile(targets, era, run)
        known = _learnt(profile, run, source or [], contrast or [])
        copies = _copy_index(profile, run, against or [])
        return _score_files(targets, profile, known, copies, report, json=json, form=format)
    return run_stages(request.with_target(targets[0] if targets else None), "score")


_OF_STAGE = ("base", "set", "engine", "address", "gate", "dry_run", "yes")
"""Options that only the stage of a run takes."""
_OF_FILES = ("against", "report")
"""Options that only texts take."""


def _refuse_idle(options: Mapping[str, Any], *, stage: bool) -> None:
    """Refuse options that do nothing here, rather than drop them.

    Raises:
        ConfigError: One is given.
    """
    for name in _OF_FILES if stage else _OF_STAGE:
        if options[name]:
            option = name.replace("_", "-")
            other = "texts: name FILE… and --era" if stage else "the stage of a run: name a run"
            raise ConfigError(f"--{option} is for {other}, or leave it out.")


def _refuse_arithmetic(arithmetic: str | None, mantissa_bits: str | None) -> None:
    """Say where the removed options went.

    Raises:
        ConfigError: One of them is given.
    """
    if not arithmetic and not mantissa_bits:
        return
    option = "--arithmetic" if arithmetic else "--mantissa-bits"
    raise ConfigError(
        f"{option}: `score` has no such option any more. Use `python benchmarks/lmul.py --run DIR` "
        "of the source checkout."
    )


def _is_stage(targets: Sequence[str], era: str | None) -> bool:
    """Say whether `erastyle score TARGETS` means the stage of a run rather than some files."""
    from erastyle import config
    from erastyle.corpus import era as eras

    if era is not None or len(targets) > 1:
        return False
    if not targets:
        return True
    target = targets[0]
    if target == "-":
        return False
    if target in eras.names() or target.endswith((".yaml", ".yml")):
        return True
    named = not Path(target).suffix  # `page.html` is a file, also where it is missing
    return (Path(target) / config.NAME).is_file() or (named and not Path(target).exists())


def _profile(targets: Sequence[str], era: str | None, run: Path | None) -> Era:
    """Return the era that the texts should be of.

    Raises:
        ConfigError: There are no texts, or neither an era nor a run names it.
    """
    from erastyle import config
    from erastyle.corpus import era as eras

    if not targets:
        raise ConfigError("Say which texts to score: erastyle score FILE… --era web-1995")
    if era:
        return eras.load(era)
    if run:
        return config.load(str(run / config.NAME)).era
    raise ConfigError(f"Say which era they should be of: --era {' or '.join(eras.names())}.")


def _learnt(
    profile: Era, run: Path | None, source: Sequence[str], contrast: Sequence[str]
) -> learnt_of_era.Learnt:
    """Return what texts are scored with: learnt of the documents given, or by the run.

    Raises:
        ConfigError: Only one side of the comparison is given.
        SourceError: Documents cannot be read.
        RunError: The run has no finished score.
    """
    from erastyle.eval import learnt_of_era, score_texts

    if bool(source) != bool(contrast):
        raise ConfigError("A classifier is learnt from --source and --contrast: give both.")
    if source:
        period, modern = (
            score_texts.documents(specs, profile, to_learn=True)[0] for specs in (source, contrast)
        )
        return learnt_of_era.of_documents(period, modern, profile)
    return learnt_of_era.of_run(run, profile) if run else learnt_of_era.Learnt()


def _copy_index(profile: Era, run: Path | None, against: Sequence[str]) -> Index | None:
    """Return an index of the training documents and of `against`; None without any of them."""
    from erastyle.corpus.copying.search import Index
    from erastyle.eval import learnt_of_era, score_texts

    if not run and not against:
        return None
    documents = learnt_of_era.trained_on(run) if run else []
    others = score_texts.documents(against, profile)[0]
    return Index.build([*documents, *((d.source, d.body, d.site) for d in others)])


def _score_files(
    targets: Sequence[str],
    profile: Era,
    known: learnt_of_era.Learnt,
    copies: Index | None,
    report: Path | None,
    *,
    json: bool,
    form: TableFormat | None = None,
) -> int:
    """Score files and folders and print what can be said of each text.

    Raises:
        SourceError: No text can be read.
    """
    from erastyle.eval import learnt_of_era, score_texts

    documents, problems = score_texts.documents(map(_given, targets), profile)
    score_texts.need_something(documents, problems)
    scores = score_texts.score(documents, profile, known, copies)
    warning = learnt_of_era.warning(known, documents)
    if report:
        from erastyle.eval import score_page
        from erastyle.eval.report import page

        page.write(score_page.page(scores, documents, profile, problems, warning), report)
    if json or form is TableFormat.JSON:
        texts = [s.to_json() for s in scores]
        plain = {"era": profile.name, "warning": warning, "texts": texts, "problems": problems}
        print_json(plain, ensure_ascii=False)
        return 0
    if print_rows([s.to_json() for s in scores], SCORED, form):
        return 0
    _print(scores, problems, copies is not None, warning)
    if report:
        typer.echo(f"report: {report}")
    return 0


def _given(target: str) -> str | Record:
    """Return what a target names: `-` is the text on standard input."""
    from erastyle.corpus.record import Record

    return Record("stdin", sys.stdin.buffer.read(), "stdin") if target == "-" else target


def _print(
    scores: Sequence[score_texts.Score], problems: Sequence[str], copies: bool, warning: str
) -> None:
    from rich.markup import escape
    from rich.table import Table

    console = wide_console()
    if warning:
        console.print(escape(warning), highlight=False, soft_wrap=True)
    for s in scores:
        console.print(f"{escape(s.source)}: {escape(_verdict(s))}", highlight=False, soft_wrap=True)
    console.print()
    table = Table(box=None)
    for name in (
        "text",
        "words",
        "style",
        "date",
        "by style",
        "anachronisms",
        "of the period",
        "copied",
    ):
        table.add_column(name, overflow="fold")
    for s in scores:
        table.add_row(*_cells(s))
    print_table(table)
    notes = {s.problem for s in scores if s.problem}
    for note in sorted(notes):
        which = [s.source for s in scores if s.problem == note]
        where = which[0] if len(which) == 1 else f"{len(which)} texts"
        console.print(f"{escape(where)}: {escape(note)}", highlight=False)
    for said in sorted({s.style_dating for s in scores if s.style_dating}):
        console.print(f"year by style: {escape(said)}", highlight=False)
    if not copies:
        console.print("copies were not looked for: name documents with --against", highlight=False)
    for problem in problems:
        console.print(f"not read: {escape(problem)}", highlight=False)


def _verdict(score: score_texts.Score) -> str:
    """Return the sentence of a text, with pass or fail and the threshold where one decided."""
    outcome = {"passes": "PASS", "fails": "FAIL"}.get(score.verdict, "")
    if score.threshold is None or score.verdict_score is None:
        return f"{score.sentence}." + (f" {outcome} by {score.judged_by}." if outcome else "")
    held = f"{score.verdict_score:.2f} against the threshold {score.threshold:.2f}"
    return f"{score.sentence}. {outcome} by the {score.judged_by}, {held}."


def _cells(score: score_texts.Score) -> tuple[str, ...]:
    """Return the row of the table for one text."""
    from rich.markup import escape

    value = score.style.get("era")
    when = str(score.date_best) if score.date_best else "cannot tell"
    if score.date_from and score.date_to:
        when += f" ({score.date_from[:4]}-{score.date_to[:4]})"
    anachronisms = [f"{hit.term} ({hit.first_year})" for hit in score.anachronisms]
    references = list(dict.fromkeys(score.references))
    longest = score.longest_copy
    return (
        escape(score.source),
        f"{score.words:,}",
        "not judged" if value is None else f"{value:.2f}",
        when,
        _by_style(score),
        escape(_few(anachronisms)),
        escape(_few(references)),
        "not compared" if longest is None else f"{longest} tokens",
    )


def _by_style(score: score_texts.Score) -> str:
    if score.style_year is None:
        return "not told"
    return f"{score.style_year} ({score.style_year_low}-{score.style_year_high})"


def _few(found: Sequence[str]) -> str:
    """Return the first names, each once with its count.

    >>> _few(["a", "b", "a", "c", "d", "e", "f", "g"]), _few([])
    ('a x 2, b, c, d, e and 2 more', 'none')
    """
    if not found:
        return "none"
    names = [name if n == 1 else f"{name} x {n}" for name, n in Counter(found).items()]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
