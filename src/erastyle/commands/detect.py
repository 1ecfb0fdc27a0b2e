"""The command `detect`: whether a text is marked as written by a machine. No run is needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands.options import Debug, Format, Json
from erastyle.commands.tables import plain_table, print_rows
from erastyle.commands.terminal import reported
from erastyle.corpus.errors import SourceError

if TYPE_CHECKING:
    from erastyle.text_origin import TextOrigin

Columns = ("text", "answer", "label", "metadata", "sidecar", "watermark", "p", "contexts", "said")


@reported
def detect(
    *,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Files and folders; - reads stdin.")
    ],
    base: Annotated[
        list[str] | None,
        typer.Option(
            "--base",
            metavar="NAME|FILE|DIR",
            help="Another base whose tokenizer is tried: a GGUF file, a folder, a hub name. "
            "Repeatable.",
        ),
    ] = None,
    format: Format = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Say whether texts are marked as written by a machine: by a label, metadata or a watermark.

    A text without a mark may be of a machine all the same. Example: erastyle detect page.html
    """
    del debug
    from erastyle import text_origin

    tokenizers, missing = text_origin.tokenizers_of(base or [])
    rows = [origin.row() for origin in _origins(files, tokenizers)]
    if not print_rows(rows, Columns, format, json=json):
        plain_table([{"text": row["text"], "what was found": row["said"]} for row in rows],
                    ("text", "what was found"))  # fmt: skip
        _tell(list(tokenizers), missing, len(rows))
    return 0


def _origins(files: list[str], tokenizers: Mapping[str, Any]) -> Iterator[TextOrigin]:
    """Yield what is known of each text; a file that is no text is named on the error output.

    Raises:
        SourceError: There is no text.
    """
    from erastyle import text_origin
    from erastyle.corpus.decode.encoding import looks_binary

    texts = 0
    for place in dict.fromkeys(files):
        if place == "-":
            raw = sys.stdin.buffer.read()
            texts += 1
            yield text_origin.origin_of(text_origin.STDIN, raw, tokenizers, None)
            continue
        for file in text_origin.files_of([place]):
            raw = file.read_bytes()
            if looks_binary(raw):
                typer.echo(f"{file}: not a text", err=True)
                continue
            texts += 1
            yield text_origin.origin_of(str(file), raw, tokenizers, file)
    if not texts:
        raise SourceError(f"There is no text in {', '.join(files)}.")


def _tell(tried: list[str], missing: list[str], count: int) -> None:
    """Say what was tried, and what the answer does not tell."""
    other = "".join(
        f"; {name} is not on this machine (`erastyle bases get {name}`)" for name in missing
    )
    typer.echo(f"(watermark looked for with the tokenizers of {', '.join(tried)}{other})", err=True)
    typer.echo(
        "(no mark found does not mean that a person wrote it: marks can be taken out, and other "
        "programs leave none)",
        err=True,
    )
    if count >= MANY:
        typer.echo(f"(of {count:,} unmarked texts about {count / 100:.0f} give a hint)", err=True)


MANY = 100
"""From so many texts on it is said how many hints are chance."""
