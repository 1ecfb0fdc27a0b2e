"""The errors that erastyle raises on purpose.

ErastyleError           caught by the command line: one line, no traceback
├── ConfigError         a run file, option or era profile cannot be used    exit 2
├── SourceError         a source cannot be read; names it and where         exit 1
│   └── ForbiddenError  robots.txt, a licence or a limit says no            exit 1
├── ModelError          a base model cannot be loaded or trained            exit 1
├── RunError            a run directory is locked, damaged or not one       exit 1
└── StageFailedError    a stage could not finish; run again to continue     exit 1
"""

from __future__ import annotations


class ErastyleError(Exception):
    """Base class. The message says what is wrong, where, and what to do."""

    exit_code = 1


class ConfigError(ErastyleError):
    """A run file, an option or an era profile cannot be used."""

    exit_code = 2


class SourceError(ErastyleError):
    """A source cannot be read."""


class ForbiddenError(SourceError):
    """Nobody may read a source: `robots.txt`, a licence or a limit forbids it."""


class ModelError(ErastyleError):
    """A model cannot be loaded, or cannot be trained with these options."""


class RunError(ErastyleError):
    """A run directory is in use, damaged, or not a run directory."""


class StageFailedError(ErastyleError):
    """A stage could not finish. The stages before it stay valid."""
