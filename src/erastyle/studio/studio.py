"""What the pages and actions of a studio work with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from erastyle.corpus.errors import ConfigError
from erastyle.studio.history import History
from erastyle.studio.style_writer import StyleWriter
from erastyle.studio.styles import StudioStyle
from erastyle.studio.text_record import TextRecord
from erastyle.studio.writing_jobs import WritingJobs


@dataclass(slots=True)
class Studio:
    """A studio: its styles, its history and what writes.

    Attributes:
        styles: The styles, the first one chosen at first.
        history: What was written before.
        writer: What writes and checks.
        address: Address of its first page, for commands.
        jobs: What is being written.
    """

    styles: Sequence[StudioStyle]
    history: History
    writer: StyleWriter
    address: str = "http://127.0.0.1:8765"
    jobs: WritingJobs = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing being written."""
        self.jobs = WritingJobs(self.history, self.writer)

    def style(self, name: str) -> StudioStyle:
        """Return a style by name.

        Raises:
            ConfigError: There is none.
        """
        style = self.find(name)
        if style is None:
            known = ", ".join(style.name for style in self.styles)
            raise ConfigError(
                f"The style {name!r} is not open here; open are: {known}. Start the studio with "
                "its run: `erastyle studio RUN…`."
            )
        return style

    def text(self, id_: str) -> TextRecord:
        """Return a text, also one whose end could not be stored.

        Raises:
            NotInHistoryError: There is none of this id.
        """
        return self.jobs.unstored(id_) or self.history.text(id_)

    def shown(self, texts: Sequence[TextRecord]) -> list[TextRecord]:
        """Return texts of the history as they are, also those whose end could not be stored."""
        return [self.jobs.unstored(text.id) or text for text in texts]

    def close(self) -> None:
        """Stop what is being written, store it, and let the history go."""
        self.jobs.stop_all()
        self.history.close()

    def find(self, name: str) -> StudioStyle | None:
        """Return a style by name, or None."""
        return next((style for style in self.styles if style.name == name), None)
