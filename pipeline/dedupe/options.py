"""What counts as a copy and as a repeated passage, and which copy stays."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from erastyle.corpus.options import Options

CopyRule = Literal["earliest", "cleanest", "longest"]
"""What decides first which of several copies stays."""


class CopyOptions(Options):
    """Which copy stays."""

    which_copy: CopyRule = "earliest"
    """What decides first which copy stays; the other two, then the id, break ties."""


class DuplicateOptions(CopyOptions):
    """What counts as a copy of a whole document."""

    threshold: float = Field(default=0.45, gt=0, le=1)
    """Smallest share of shingles that two near-duplicates have in common. With one word in eight
    changed, 0.52 of the word triples still agree."""
    short_words: int = Field(default=150, ge=0)
    """Two documents that are both shorter must be closer: what they share is mostly boilerplate."""
    short_threshold: float = Field(default=0.55, gt=0, le=1)
    """The threshold among documents shorter than `short_words`, where it is the higher one."""
    hashes: int = Field(default=64, ge=8, le=512)
    """MinHash values of a document, which cost most of the time; the bands are made of them."""
    bands: int = Field(default=96, ge=1, le=512)
    """Bands of the MinHash signature: more find more candidates and cost more."""
    rows: int = Field(default=4, ge=1, le=8)
    """MinHash values in a band: more give fewer candidates, and only closer ones."""
    shingle: Literal["word-3", "char-9"] = "word-3"
    """What is compared: runs of three words, or of nine characters without spaces."""
    ocr: bool = False
    """Whether letters that scanners confuse count as equal (`char-9` only)."""
    sample: int = Field(default=4, ge=1, le=64)
    """`char-9` only: candidates are sought with one character run in so many."""
    min_words: int = Field(default=10, ge=1)
    """Shorter documents are copies only of documents with the same raw bytes."""
    memory_mb: int = Field(default=1024, ge=64, exclude=True)
    """Memory that tables of bands may take, in MB, besides readers and pairs. Less means more
    passes over the fingerprints, with the same result."""
    seed: int = Field(default=1, ge=0, lt=1 << 32)
    """Seed of the hash functions."""

    def least(self, one: int, other: int) -> float:
        """Return the similarity that makes documents of `one` and `other` shingles near-duplicates.

        A text has about as many word shingles as words, and five times as many of characters.
        """
        short = self.short_words * (1 if self.shingle == "word-3" else 5)
        if max(one, other) < short:
            return max(self.threshold, self.short_threshold)
        return self.threshold


class PassageRules(CopyOptions):
    """What counts as a repeated passage: on several sites, or boilerplate of one site."""

    passage_words: int = Field(default=50, ge=10)
    """Shortest paragraph that is sought on other sites; shorter ones may well be written twice."""
    passage_sites: int = Field(default=2, ge=2)
    """Sites on which a paragraph must stand to count as repeated."""
    frame_words: int = Field(default=8, ge=1)
    """Shortest paragraph that is sought at the head or foot of other pages of its own site."""
    frame_pages: int = Field(default=0, ge=0)
    """Pages of one site that must show a paragraph there to make it boilerplate; 0 seeks none."""
    frame_share: float = Field(default=0.1, ge=0, le=1)
    """Share of the site's pages that this must be: on a large site other paragraphs return too."""


def ocr_options(**changes: object) -> DuplicateOptions:
    """Return options for scanned text, with `changes`.

    One word in four with a wrong letter leaves about half of the runs of nine characters, and both
    copies may be damaged, so the threshold is lower and there are more bands.
    """
    return DuplicateOptions.model_validate(
        {
            "shingle": "char-9",
            "ocr": True,
            "threshold": 0.25,
            "short_threshold": 0.35,
            "hashes": 128,
            "bands": 64,
            "rows": 3,
            **changes,
        }
    )
