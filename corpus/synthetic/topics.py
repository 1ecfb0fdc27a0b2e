"""Reads topics, and the voices of the two periods, from the files in `data/`.

A file is a list of sections with one item on each line. `# name` opens a section, `= name` a topic;
the `key: value` lines below it are the topic's words. ` :: ` separates the fields of an item, `; `
the parts of a field.
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
"""Sections of every topic; a topic that universities teach also has `course` and `lab`."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of pages.

    Attributes:
        key: Short name, one word.
        words: Words by name: `name`, `people`, `person`, `things`, `Title`.
        sections: Items by section; it holds every section of `NEEDED`.
    """

    key: str
    words: dict[str, str]
    sections: Sections

    @property
    def academic(self) -> bool:
        """Whether universities teach the topic."""
        return "course" in self.sections


def parse_sections(text: str, name: str) -> Sections:
    r"""Return the sections of a voice file.

    Args:
        text: Content of the file.
        name: File name for messages.

    >>> parse_sections("# hello\nHi\nHo\n", "voice.txt")
    {'hello': ('Hi', 'Ho')}

    Raises:
        ConfigError: There is a line before the first section, or a section occurs twice.
    """
    sections: dict[str, list[str]] = {}
    section = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line:
            continue
        if line.startswith("# "):
            section = line[2:]
            if section in sections:
                raise ConfigError(f"{name}:{number}: section {section} stands twice; merge them.")
            sections[section] = []
        elif not section:
            raise ConfigError(f"{name}:{number}: text before the first `# section` line.")
        else:
            sections[section].append(line)
    return {key: tuple(lines) for key, lines in sections.items()}


def parse_topics(text: str, name: str) -> list[Topic]:
    """Return the topics of a topic file, in order.

    Args:
        text: Content of the file.
        name: File name for messages.

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
    """Return all topics, in the order of the files and of their content."""
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
