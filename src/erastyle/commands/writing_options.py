"""Options of the commands that write texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from erastyle.commands import terminal
from erastyle.corpus.errors import ConfigError
from erastyle.corpus.prompts.asked_length import LEAST, MOST

if TYPE_CHECKING:
    from erastyle.writing.engine import Named
    from erastyle.writing.text_file import Form

Later = Literal["decline", "allow"]
SEED = 1995
"""Seed where none is given."""

BriefArguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[BRIEF]…",
        help="What to write; - reads one brief from stdin. Left out: do the stage, or ask for "
        "briefs on a terminal where the stage is done.",
    ),
]
BriefsFile = Annotated[
    Path | None,
    typer.Option(
        "--briefs",
        metavar="FILE",
        help="Briefs, one a line, as CSV, or as JSON lines; - reads stdin.",
    ),
]
StyleModel = Annotated[
    Path | None,
    typer.Option("--model", metavar="DIR", help="A style model's folder, wherever it lies."),
]
Strength = Annotated[
    str | None,
    typer.Option(
        "--strength",
        help="0 is the base, 1 the style as trained, up to 1.5; auto is the one that "
        "the choosing judge passes most often (see `erastyle strength`). 1 where left out.",
    ),
]
Mix = Annotated[
    list[str] | None,
    typer.Option("--mix", metavar="RUN=SHARE", help="Several styles at once. Repeatable."),
]
Number = Annotated[
    int | None,
    typer.Option("--n", "--count", min=1, help="Texts for each brief that names no number; 1."),
]
BestOf = Annotated[
    int | None,
    typer.Option(
        "--best-of",
        min=1,
        help="Write so many texts for each answer and give the one that the run's choosing "
        "judge finds best; needs --run.",
    ),
]
Length = Annotated[
    int | None,
    typer.Option(
        "--length", min=LEAST, max=MOST, help="Words of a text whose brief names no length."
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option(
        "--temperature", min=0, help="0 takes the likeliest token each time; 0.7 if left out."
    ),
]
LaterTopics = Annotated[
    Later | None,
    typer.Option(
        "--later",
        help="A brief that names what is later than the era: decline it (if left out), or "
        "allow it.",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", min=0, help=f"Same seed, same texts; {SEED} if left out."),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Write a file a text and rows about all of them into this folder; run again to "
        "continue.",
    ),
]
PeriodFiles = Annotated[
    bool,
    typer.Option(
        "--period-files",
        help="Files as the era stored them: character set, columns, headers; needs --out.",
    ),
]
NoLabel = Annotated[
    bool,
    typer.Option(
        "--no-label",
        help="Leave out the label that says that a machine wrote it; the run records that.",
    ),
]

NoWatermark = Annotated[
    bool,
    typer.Option(
        "--no-watermark",
        help="Draw tokens without the watermark that `erastyle detect` finds.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingRequest:
    """The options of the command that say how texts are written and where they go."""

    brief: Sequence[str] | None
    briefs: Path | None
    run: Path | None
    model: Path | None
    mix: Sequence[str] | None
    strength: str | None
    n: int | None
    best_of: int | None
    length: int | None
    temperature: float | None
    later: Later | None
    seed: int | None
    out: Path | None
    period_files: bool
    no_label: bool
    no_watermark: bool
    set: Sequence[str] | None
    json: bool

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> WritingRequest:
        """Return them out of all options of the command."""
        return cls(**{field.name: options[field.name] for field in fields(cls)})

    @property
    def form(self) -> Form:
        """How texts become files."""
        from erastyle.writing.text_file import Form

        return Form(labelled=not self.no_label, of_period=self.period_files)

    def may_ask(self) -> bool:
        """Say whether briefs are asked for: on a terminal, where there is nothing else to do."""
        if self.json or self.out or not terminal.can_ask():
            return False
        if self.run is None:
            return self.model is not None or bool(self.mix)
        from erastyle import planned_run

        if not (self.run / "run.yaml").is_file() or not (self.run / "model").exists():
            return False
        return planned_run.load_saved(self.run).step("generate").done is not None

    def refuse_for_the_stage(self) -> None:
        """Refuse options that the stage does not know.

        Raises:
            ConfigError: One of them is given.
        """
        other = [name for name in _STAGE_HAS_NOT if getattr(self, name) not in (None, False, [])]
        if other:
            option = f"--{other[0].replace('_', '-')}"
            raise ConfigError(
                f'{option} is for briefs: give one, as in `erastyle generate "A page about '
                f'kites." …`, or --briefs FILE. For the stage write --set generate.NAME=VALUE.'
            )

    def check(self, named: Named) -> None:
        """Refuse options that do not apply to what writes.

        Raises:
            ConfigError: One of them is given.
        """
        from erastyle.writing import unlabelled

        if self.brief and self.briefs is not None:
            raise ConfigError("Give briefs as arguments or with --briefs FILE, not both.")
        if self.strength is not None and named.folder is None:
            say = "Name shares with --mix RUN=SHARE." if named.mix else "Leave it out."
            raise ConfigError(f"--strength is for one style model. {say}")
        for option in ("strength", "temperature"):
            own = [value for value in self.set or [] if value.startswith(f"generate.{option}=")]
            if own and getattr(self, option) is not None:
                raise ConfigError(f"--{option} and --set {own[0]} say the same: leave one out.")
        if (self.best_of or 1) > 1 and self.run is None:
            raise ConfigError("--best-of needs --run DIR: its judge chooses.")
        if self.later is not None and named.folder is None:
            raise ConfigError("--later needs an era: a base and a mix have none. Leave it out.")
        if self.period_files and self.out is None:
            raise ConfigError("--period-files needs --out DIR.")
        if self.period_files and named.folder is None:
            raise ConfigError("--period-files needs an era: a base and a mix have none.")
        if self.no_label:
            unlabelled.needs_run(self.run)


_STAGE_HAS_NOT = (
    *("model", "mix", "strength", "n", "best_of", "length", "temperature", "later", "seed", "out"),
    *("period_files", "no_label", "no_watermark"),
)
