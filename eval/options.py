"""Options of the stage `score`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from erastyle.corpus.options import Options


class ScoreOptions(Options):
    """Options of `score`."""

    capability: bool = True
    """Whether the models themselves are asked. It takes most of the time; without it there is
    nothing about capability, bias, memorisation and a damaged control."""
    every: int = Field(default=1, ge=1)
    """Ask one capability item in so many; for a quick look."""
    tasks: tuple[str, ...] = ()
    """Names of lm-eval tasks to ask as well: its own, or those of `task_folder`."""
    task_folder: Path | None = Field(default=None, exclude=True)
    """Folder with YAML files of lm-eval tasks of your own."""
    task_items: int | None = Field(default=None, ge=1)
    """Ask only the first items of each of `tasks`; null asks all."""
    instructions: bool = True
    """Whether both models answer requests whose form a program checks."""
    bias: bool = True
    """Whether the likelihoods of pairs of sentences about groups of people are compared."""
    regard: int = Field(default=19, ge=0, le=76)
    """Neutral requests about groups of people that both models answer; 0 for none."""
    extraction: int = Field(default=300, ge=0)
    """Passages of training documents with which extraction is tried; 300 without a hit pass."""
    members: int = Field(default=48, ge=0)
    """Documents of training, and of the test sites, for membership inference and overfitting."""
    controls: bool = True
    """Whether a damaged and a memorised model are made, which the gate must fail."""
    strengths: tuple[float, ...] = ()
    """Strengths of the style at which capability and general text are measured too."""
    real: int = Field(default=200, ge=8)
    """Most real documents of the test sites that outputs are compared with."""
    samples: int = Field(default=8, ge=0)
    """Outputs that the report shows, worst and first ones."""
    device: str = Field(default="", exclude=True)
    """`cpu` or `cuda`; empty takes the best there is."""
    threads: int = Field(default=1, ge=1, exclude=True)
    """Threads of torch for what the models are asked."""
