"""How much the commands say: `--quiet`, as usual, or `--verbose`."""

from __future__ import annotations

QUIET, NORMAL, VERBOSE = -1, 0, 1


class _Level:
    """The level of this process; the command line sets it before a command runs."""

    value = NORMAL


def set_level(level: int) -> None:
    """Set how much the commands say from now on."""
    _Level.value = level


def quiet() -> bool:
    """Return whether only results and errors are printed."""
    return _Level.value == QUIET


def verbose() -> bool:
    """Return whether everything is printed."""
    return _Level.value == VERBOSE
