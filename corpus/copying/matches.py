"""What a text has in common with the training documents: single passages and the sum of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Match:
    """A passage of a checked text that also stands in a training document.

    Attributes:
        length: Tokens in common.
        start: First token of the passage in the checked text.
        characters: Where the passage begins and ends in the checked text.
        document: Id of the training document; the first one where there are several.
        site: Site of that document.
        document_start: First token of the passage in that document.
        documents: Documents that hold the whole passage.
        sites: Sites that hold the whole passage.
        rare: Tokens of it that are not part of a phrase of common property.
        common: Whether most of it is common property: a licence, a footer, a formula of the era.
    """

    length: int
    start: int
    characters: tuple[int, int]
    document: str
    site: str
    document_start: int
    documents: int
    sites: int
    rare: int
    common: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a checked text has in common with the training documents.

    Attributes:
        tokens: Tokens of the text that were compared.
        grams: Runs of 8 tokens in it.
        known_grams: How many of them stand in a training document.
        long_tokens: Tokens that lie in a passage of at least 50 tokens in common.
        longest: Longest passage of at least 8 tokens in common, or None.
        copies: Passages of at least 50 tokens in common that are somebody's own.
        phrases: Passages of at least 50 tokens in common that are common property.
        problem: Why nothing or not all could be compared, or empty.
    """

    tokens: int
    grams: int
    known_grams: int
    long_tokens: int
    longest: Match | None
    copies: tuple[Match, ...]
    phrases: tuple[Match, ...]
    problem: str = ""

    @property
    def gram_share(self) -> float | None:
        """Share of 8-token runs that stand in a training document; None without such a run."""
        return self.known_grams / self.grams if self.grams else None
