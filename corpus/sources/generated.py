"""Documents made by the program itself, named by how many and by their seed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from erastyle.corpus.errors import ConfigError
from erastyle.corpus.sources.base import Item

_COUNT = re.compile(r"(\d{1,9})(?:@(\d{1,9}))?")


class GeneratedSource:
    """`synthetic:600@1995`: 600 pages of seed 1995; `synthetic-modern:` their counterparts."""

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Take `COUNT` or `COUNT@SEED`.

        Raises:
            ConfigError: The location is not of that form.
        """
        found = _COUNT.fullmatch(location)
        self.kind = spec.partition(":")[0]
        if not found or options:
            raise ConfigError(f"Source {spec}: write count and seed, as in {self.kind}:600@1995.")
        self.spec, self.count, self.seed = spec, int(found[1]), int(found[2] or 0)

    def digest(self) -> str:
        """Return the sha256 over kind, count, seed and the generator's version."""
        from erastyle.corpus.sources.synthetic import VERSION

        told = f"{self.kind} {self.count} {self.seed} {VERSION}"
        return hashlib.sha256(told.encode()).hexdigest()

    def size(self) -> int:
        """Return about how many bytes the pages have; they are made, not read."""
        return 2000 * self.count

    def read(self) -> Iterator[Item]:
        """Yield the documents."""
        from erastyle.corpus.sources.synthetic import records

        modern = self.kind == "synthetic-modern"
        yield from records(self.count, self.seed, "modern" if modern else "period")
