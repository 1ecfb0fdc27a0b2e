"""What a person asks to export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from erastyle.corpus.errors import ConfigError
from erastyle.train.export.job import WeightType
from erastyle.train.export.provenance import Kind


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What a person asks for.

    Attributes:
        target: A run directory, or a style-model folder for the kinds of a model.
        kind: Kind of the export.
        out: Its place; None: in the run directory.
        strengths: Strengths to export.
        types: Number types of GGUF files; empty takes those of the kind.
        converter: Folder of llama.cpp whose converter is run; None: ours.
        replace: Whether an export that is there already is replaced.
        stated_only: Whether a corpus holds only documents whose licence is stated.
        say: Called with what a person who waits wants to know.
    """

    target: Path
    kind: Kind
    out: Path | None = None
    strengths: Sequence[float] = (1.0,)
    types: Sequence[WeightType] = ()
    converter: Path | None = None
    replace: bool = False
    stated_only: bool = False
    say: Callable[[str], None] = field(default=lambda _: None)

    @property
    def run(self) -> Path | None:
        """The run directory; None where a style-model folder was named."""
        return self.target if (self.target / "run.yaml").is_file() else None

    def place(self) -> Path:
        """Return where the export goes.

        Raises:
            ConfigError: Only a model's folder was named, and no place.
        """
        if self.out is not None:
            return self.out
        if self.run is None:
            raise ConfigError(f"{self.target} is no run directory: name a place with --out DIR.")
        return self.run / "exports" / self.kind
