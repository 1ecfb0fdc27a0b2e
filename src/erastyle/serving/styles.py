"""The styles that are served, by the names under which a program asks for them.

`web-1995` is a style as it was trained, `web-1995@0.5` at half of its strength, and `web-1995@auto`
at the strength that was measured as the best: programs such as Open WebUI send a model's name and
no fields of their own.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from erastyle.corpus.errors import ConfigError, ModelError
from erastyle.train.model.folder import StyleModelInfo, describe
from erastyle.writing.engine import Named

MOST_STRENGTH = 1.5
"""Strongest style that can be asked for, as in `generate.strength`."""
LISTED = (0.5,)
"""Strengths that the list of models names where nobody says others."""
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")


class UnknownStyleError(ConfigError):
    """No style that is served has this name."""


@dataclass(frozen=True)
class Style:
    """A fine-tuned model that is served.

    Attributes:
        name: Its name.
        named: The run or the folder that holds it.
        about: What its folder says of it.
    """

    name: str
    named: Named
    about: StyleModelInfo

    @property
    def folder(self) -> Path:
        """The style-model folder."""
        folder = self.named.folder
        assert folder is not None
        return folder

    @property
    def has_strength(self) -> bool:
        """Whether it can be asked for at several strengths: LoRA alone has that."""
        return self.about.method == "lora"

    @cached_property
    def measured(self) -> bool:
        """Whether its strengths were measured, so that `auto` can choose one."""
        from erastyle import strength_curve

        return self.has_strength and (self.folder / strength_curve.NAME).is_file()

    @cached_property
    def best_strength(self) -> float:
        """The measured strength that the choosing judge passes most often.

        Raises:
            ConfigError: None was measured, or none can be chosen.
        """
        from erastyle import strength_curve

        try:
            return float(strength_curve.chosen(self.folder)["strength"])
        except ModelError as error:
            raise ConfigError(f"{self.name}@auto: {error}") from None


@dataclass(frozen=True)
class Voice:
    """A style at a strength.

    Attributes:
        style: The style.
        strength: How much of it: 0 is the base, 1 is as trained.
    """

    style: Style
    strength: float = 1.0

    @property
    def name(self) -> str:
        """Name by which it can be asked for."""
        return self.style.name if self.strength == 1 else f"{self.style.name}@{self.strength:g}"


class Styles:
    """The styles that are served, in the order in which they were named."""

    def __init__(self, styles: Sequence[Style], listed: Sequence[float] = LISTED) -> None:
        """Serve these styles.

        Args:
            styles: The styles; their names differ.
            listed: Strengths that the list of names holds beside the style as trained.
        """
        self._styles = {style.name: style for style in styles}
        self._listed = tuple(listed)

    @classmethod
    def of(cls, places: Iterable[Path], listed: Sequence[float] = LISTED) -> Styles:
        """Return the styles in run directories and style-model folders.

        Raises:
            ModelError: One of them holds no fine-tuned model.
            ConfigError: A strength is out of range.
        """
        for strength in listed:
            _checked(strength)
        styles: list[Style] = []
        for place in places:
            named = _named(place)
            assert named.folder is not None
            name = _name(place, {style.name for style in styles})
            styles.append(Style(name, named, describe(named.folder)))
        return cls(styles, listed)

    def __iter__(self) -> Iterator[Style]:
        """Iterate over the styles."""
        return iter(self._styles.values())

    def __len__(self) -> int:
        """Return the number of styles."""
        return len(self._styles)

    def names(self) -> list[str]:
        """Return the names that a program may show its user; other strengths can be asked for."""
        names = []
        for style in self:
            names.append(style.name)
            if style.has_strength:
                names += [f"{style.name}@{strength:g}" for strength in self._listed]
            if style.measured:
                names.append(f"{style.name}@auto")
        return names

    def choose(self, name: str, strength: float | str | None = None) -> Voice:
        """Return the style of a name at a strength.

        Args:
            name: `web-1995`, `web-1995@0.5`, or `web-1995@auto`.
            strength: A number or `auto`; it stands above that of the name. None: that of the name.

        Raises:
            UnknownStyleError: There is none; says which there are.
            ConfigError: The strength is out of range, the style has only one, or `auto` is asked
                for and none was measured.
        """
        bare, at, given = name.partition("@")
        style = self._styles.get(bare)
        if style is None:
            raise UnknownStyleError(self._unknown(name))
        wanted = strength if strength is not None else (given if at else 1.0)
        value = style.best_strength if wanted == "auto" else _number(wanted, name)
        if value != 1 and not style.has_strength:
            raise ConfigError(
                f"{style.name} was made by method {style.about.method} and stands alone: its "
                f"strength is 1. Ask for {style.name}."
            )
        return Voice(style, value)

    def _unknown(self, name: str) -> str:
        known = self.names()
        near = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        return f"No style {name[:80]!r} is served.{hint} There are: {', '.join(known)}."


def _number(text: float | str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise UnknownStyleError(
            f"{name[:80]!r}: behind @ stands a strength from 0 to {MOST_STRENGTH:g}, or auto."
        ) from None
    return _checked(round(value, 2))


def _checked(strength: float) -> float:
    if not 0 <= strength <= MOST_STRENGTH:
        raise ConfigError(
            f"Strength {strength:g} is out of range: 0 is the base, 1 the style as trained, "
            f"{MOST_STRENGTH:g} the most."
        )
    return strength


def _named(place: Path) -> Named:
    """Return what a path names: a run directory, or the folder of a style model.

    Raises:
        ModelError: It is neither.
    """
    if (place / "style.json").is_file():
        return Named(model=place)
    if (place / "model" / "style.json").is_file():
        return Named(run=place) if (place / "run.yaml").is_file() else Named(model=place / "model")
    if (place / "run.yaml").is_file():
        raise ModelError(
            f"{place} has no fine-tuned model yet. Train one: `erastyle run --run {place}`."
        )
    what = "is neither a run directory nor a style model" if place.is_dir() else "does not exist"
    raise ModelError(f"{place} {what}. Name a run, such as runs/web-1995.")


def _name(place: Path, taken: set[str]) -> str:
    """Return a name for what is at a path that no other style has."""
    path = place.resolve() if not place.name else place
    own = path.parent.name if path.name == "model" and path.parent.name else path.name
    bare = _FOREIGN.sub("-", own).strip("-") or "style"
    names = [bare, *(f"{bare}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
