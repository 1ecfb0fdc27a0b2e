"""The written material: topics, and the voices of the two periods, from the files in `data/`.

A file is a list of sections; one item a line. `# name` opens a section, `= name` a topic, and
`key: value` lines right below it are the topic's words. Fields of an item stand between ` :: `,
parts of a field between `; `.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from erastyle.corpus.errors import ConfigError

Sections = dict[str, tuple[str, ...]]

NEEDED = [
    "start",
    "facts",
    "advice",
    "trouble",
    "log",
    "history",
    "trip",
    "opinions",
    "gear",
    "qa",
    "goods",
    "events",
    "links",
    "make",
    "program",
]
"""Sections that every topic has; `course` and `lab` stand only where a university teaches it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What pages are about.

    Attributes:
        key: Short name, one word.
        words: `name` (what it is called), `people`, `person`, `things`, `Title`.
        sections: Items by section name; every one of `NEEDED`.
    """

    key: str
    words: dict[str, str]
    sections: Sections

    @property
    def academic(self) -> bool:
        """Whether it is taught."""
        return "course" in self.sections


def parse_sections(text: str, name: str) -> Sections:
    r"""Return the sections of a voice file.

    >>> parse_sections("# hello\nHi\nHo\n", "voice.txt")
    {'hello': ('Hi', 'Ho')}

    Raises:
        ConfigError: A line stands before the first section, or a section stands twice.
    """
    found: dict[str, list[str]] = {}
    section = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line:
            continue
        if line.startswith("# "):
            section = line[2:]
            if section in found:
                raise ConfigError(f"{name}:{number}: section {section} stands twice; merge them.")
            found[section] = []
        elif not section:
            raise ConfigError(f"{name}:{number}: text before the first `# section` line.")
        else:
            found[section].append(line)
    return {key: tuple(lines) for key, lines in found.items()}


def parse_topics(text: str, name: str) -> list[Topic]:
    """Return the topics of a topic file, in order.

    Raises:
        ConfigError: A topic lacks a section or a word.
    """
    topics = []
    for block in text.split("\n= ")[1:]:
        key, _, rest = block.partition("\n")
        head, _, body = rest.partition("\n# ")
        words = dict(line.split(": ", 1) for line in head.splitlines() if line.strip())
        sections = parse_sections("# " + body, f"{name} ({key.strip()})")
        missing = [s for s in NEEDED if not sections.get(s)]
        missing += [w for w in ("name", "people", "person", "things", "Title") if w not in words]
        if missing:
            raise ConfigError(f"{name}: topic {key.strip()} lacks {', '.join(missing)}; write it.")
        topics.append(Topic(key.strip(), words, sections))
    return topics


@cache
def topics() -> tuple[Topic, ...]:
    """Return all topics, by file and then in the order of the file."""
    folder = files("erastyle.corpus") / "synthetic" / "data"
    names = sorted(f.name for f in folder.iterdir() if f.name.startswith("topics"))
    return tuple(
        topic
        for name in names
        for topic in parse_topics("\n" + (folder / name).read_text(encoding="utf-8"), name)
    )


@cache
def voice(name: str) -> Sections:
    """Return the sections of `data/NAME.txt`."""
    file = files("erastyle.corpus") / "synthetic" / "data" / f"{name}.txt"
    return parse_sections(file.read_text(encoding="utf-8"), f"{name}.txt")
