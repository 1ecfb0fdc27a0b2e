"""Reads data sets of the Hugging Face hub or a folder, and yields a record for each row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.files import FileSource
from erastyle.corpus.sources.online.cache import name_of
from erastyle.corpus.sources.table import COLUMNS, columns_of, mapped
from erastyle.corpus.yamlfile import nearest

_NAME = re.compile(r"[\w.-]{1,96}(?:/[\w.-]{1,96})?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_OPTIONS = ("split", "config", "revision", "most", *COLUMNS)


class HubSource:
    """`hub:OWNER/NAME?revision=COMMIT&split=train&body=text&date=year&site=author&most=10000`.

    The commit is part of the address, since the content of a branch changes. Code in a data set is
    never run. A path to a folder of data files needs no commit.
    """

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Check name and options, without a request.

        Args:
            spec: The source as the person wrote it.
            location: `OWNER/NAME`, or a folder.
            options: Options after the `?` of the spec.

        Raises:
            ConfigError: Name or options are not valid.
        """
        self.spec, self.location, self.options = spec, location, options
        for name in options:
            if name not in _OPTIONS:
                raise ConfigError(
                    f"Source {spec}: unknown option {name!r}.{nearest(name, _OPTIONS)} "
                    f"It takes {', '.join(_OPTIONS)}."
                )
        most = options.get("most", "100000")
        if not (most.isascii() and most.isdigit() and 0 < int(most) <= 10**9):
            raise ConfigError(f"Source {spec}: most is a number of rows, not {most!r}.")
        self.most = int(most)
        self.local = Path(location).is_dir()
        self.revision = options.get("revision", "")
        if self.local:
            return
        if not _NAME.fullmatch(location):
            raise ConfigError(f"Source {spec}: a data set is named OWNER/NAME, or by a folder.")
        if not _COMMIT.fullmatch(self.revision):
            raise ConfigError(
                f"Source {spec}: add revision= with the 40 digits of the commit to read. They "
                f"stand at https://huggingface.co/datasets/{location}/commits/main."
            )

    def digest(self) -> str:
        """Return the hash of name, commit and options; for a folder, of its files and options."""
        shown: dict[str, Any] = {k: v for k, v in self.options.items() if k != "most"}
        if self.local:
            shown["files"] = FileSource(self.spec, self.location, {}).digest()
        else:
            shown["name"] = self.location
        return name_of({"source": "hub", "most": self.most, **shown})

    def size(self) -> int:
        """Return the bytes of a folder; 0 for the hub, which gets no request."""
        return FileSource(self.spec, self.location, {}).size() if self.local else 0

    def read(self) -> Iterator[Item]:
        """Yield one item for each row.

        Raises:
            SourceError: The data set does not exist, or cannot be read without running its code.
            ConfigError: A column from the options does not exist.
        """
        rows = self._rows()
        columns: dict[str, str] | None = None
        label = self.location if not self.local else Path(self.location).name
        for number in range(1, self.most + 1):
            try:
                row = next(rows)
            except StopIteration:
                return
            except Exception as error:  # noqa: BLE001 - the reader of any format may raise anything
                raise SourceError(
                    f"Source {self.spec} breaks off in row {number:,}: {_line(error)}. "
                    "Run again to continue."
                ) from None
            if columns is None:
                columns = columns_of(list(row), self.options, self.spec, label, strict=True)
            yield mapped(row, columns, f"{label}:{number}")

    def _rows(self) -> Iterator[dict[str, Any]]:
        from datasets import load_dataset

        try:
            data = load_dataset(
                self.location,
                self.options.get("config"),
                split=self.options.get("split", "train"),
                revision=self.revision or None,
                streaming=True,
            )
            return iter(data)
        except Exception as error:  # noqa: BLE001 - which one depends on the library's version
            raise SourceError(f"Source {self.spec} cannot be opened: {_line(error)}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
