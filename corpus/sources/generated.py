"""Source of generated documents, named by their count and seed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from erastyle.corpus.errors import ConfigError
from erastyle.corpus.sources.base import Item

_COUNT = re.compile(r"(\d{1,9})(?:@(\d{1,9}))?")


class GeneratedSource:
    """`synthetic:600@1995` is 600 pages of seed 1995; `synthetic-modern:` is their counterparts."""

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Read count and seed.

        Args:
            spec: The source as the person wrote it.
            location: `COUNT` or `COUNT@SEED`.
            options: Empty; the kind takes no options.

        Raises:
            ConfigError: The location has another form, or there are options.
        """
        match = _COUNT.fullmatch(location)
        self.kind = spec.partition(":")[0]
        if not match or options:
            raise ConfigError(f"Source {spec}: write count and seed, as in {self.kind}:600@1995.")
        self.spec, self.count, self.seed = spec, int(match[1]), int(match[2] or 0)

    def digest(self) -> str:
        """Return the sha256 over kind, count, seed and the generator's version."""
        from erastyle.corpus.sources.synthetic import VERSION

        told = f"{self.kind} {self.count} {self.seed} {VERSION}"
        return hashlib.sha256(told.encode()).hexdigest()

    def size(self) -> int:
        """Return an estimate of the bytes of all pages."""
        return 2000 * self.count

    def read(self) -> Iterator[Item]:
        """Yield a record for each page."""
        from erastyle.corpus.sources.synthetic import records

        modern = self.kind == "synthetic-modern"
        yield from records(self.count, self.seed, "modern" if modern else "period")
