"""The command `export`: a run's model or corpus in a form that other programs load."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from erastyle.commands import bases
from erastyle.commands.options import Debug, Json, Yes, allow_fetching
from erastyle.commands.terminal import print_json, reported
from erastyle.corpus.errors import ConfigError

if TYPE_CHECKING:
    from erastyle.exporting.export_request import ExportRequest

To = Literal["adapter", "merged", "gguf", "gguf-lora", "ollama", "corpus"]
TYPES: tuple[Literal["f16", "q8_0"], ...] = ("f16", "q8_0")
STRENGTHS = ("merged", "gguf", "ollama")
STRONGEST = 1.5


@reported
def export(
    *,
    target: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run directory, or a style model's folder.")
    ],
    to: Annotated[To, typer.Option("--to", help="What is written; docs/exports.md says for whom.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="A new folder; RUN/exports/KIND when left out."),
    ] = None,
    strength: Annotated[
        list[float] | None,
        typer.Option(
            "--strength", help="0 is the base, 1 the style as trained. Repeatable. Merged kinds."
        ),
    ] = None,
    type_: Annotated[
        list[str] | None,
        typer.Option(
            "--type", metavar="f16|q8_0", help="Number type of GGUF files. Repeatable; else both."
        ),
    ] = None,
    llama_cpp: Annotated[
        Path | None,
        typer.Option(
            "--llama-cpp",
            metavar="DIR",
            help="Run the converter of this llama.cpp checkout, for other architectures.",
        ),
    ] = None,
    stated_only: Annotated[
        bool, typer.Option("--stated-only", help="Corpus: only documents that state a licence.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace an export that is there already.")
    ] = False,
    yes: Yes = False,
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Write the model or the corpus of a run for other programs, checked and with its cards."""
    del debug
    from erastyle.exporting import exports
    from erastyle.exporting.export_request import ExportRequest

    if yes:
        allow_fetching()
    _check(to, strength or [], type_ or [], llama_cpp, stated_only=stated_only)
    request = ExportRequest(
        target,
        to,
        out,
        strengths=list(dict.fromkeys(strength or [1.0])),
        types=[name for name in TYPES if name in (type_ or ())],
        converter=llama_cpp,
        replace=replace,
        stated_only=stated_only,
        say=lambda text: print(text, file=sys.stderr),  # noqa: T201 - what a person waits for
    )
    if to != "corpus":
        _fetch_base(request)
    folder, provenance = exports.export(request)
    if json:
        print_json(exports.as_json(folder, provenance))
        return 0
    for check in provenance.checks:
        typer.echo(f"{check.check}: {check.value:g} ({check.limit})")
    for sentence in provenance.not_checked:
        typer.echo(f"not checked: {sentence}")
    if provenance.left_out:
        typer.echo(f"left out because of the licence: {provenance.left_out:,} documents")
    unknown = sum(share.documents for share in provenance.licences if not share.licence)
    if unknown:
        typer.echo(f"documents that state no licence: {unknown:,} of {provenance.documents:,}")
    typer.echo(f"exported to {folder}")
    return 0


def _check(
    to: To,
    strengths: list[float],
    types: list[str],
    converter: Path | None,
    *,
    stated_only: bool,
) -> None:
    """Refuse options that mean nothing for the kind of export.

    Raises:
        ConfigError: There is one.
    """
    if strengths and to not in STRENGTHS:
        raise ConfigError(f"--strength is of the merged kinds, not of --to {to}: leave it out.")
    if any(not 0 <= strength <= STRONGEST for strength in strengths):
        raise ConfigError(f"--strength: from 0 (the base) to {STRONGEST}.")
    if types and to not in ("gguf", "ollama"):
        raise ConfigError(f"--type is of GGUF files, not of --to {to}: leave it out.")
    if unknown := [name for name in types if name not in TYPES]:
        raise ConfigError(
            f"--type {unknown[0]}: f16 or q8_0. K-quants are made from the f16 file by llama.cpp's "
            "llama-quantize."
        )
    if to == "ollama" and (len(types) > 1 or len(strengths) > 1):
        raise ConfigError("A Modelfile names one model: give one --type and one --strength.")
    if converter is not None and to != "gguf":
        raise ConfigError(f"--llama-cpp is of --to gguf, not of --to {to}: leave it out.")
    if stated_only and to != "corpus":
        raise ConfigError(f"--stated-only is of --to corpus, not of --to {to}: leave it out.")


def _fetch_base(request: ExportRequest) -> None:
    """Fetch the base of the model where it is not here and that is allowed."""
    from erastyle.train.model.folder import describe

    model = request.target if request.run is None else request.target / "model"
    if model.exists():
        bases.ready(describe(model).base)
