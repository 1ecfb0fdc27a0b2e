"""Which site goes to training, which to development, which to the test.

A site is never torn apart, and neither is a cluster of copies: sites that share a cluster go
together. What is left is to fill three bins fairly.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from erastyle.corpus.options import Options
from erastyle.pipeline.dedupe.connected import smallest

Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = ("train", "dev", "test")


class Shares(Options):
    """How much of the corpus each split is meant to hold, by weight."""

    train: float = Field(default=0.8, gt=0, lt=1)
    """What the model learns from."""
    dev: float = Field(default=0.1, gt=0, lt=1)
    """What decides when training stops."""
    test: float = Field(default=0.1, gt=0, lt=1)
    """What scores are measured on."""

    @model_validator(mode="after")
    def _whole(self) -> Shares:
        if abs(self.train + self.dev + self.test - 1) > 1e-6:
            raise ValueError(f"train, dev and test add up to {self.train + self.dev + self.test:g}")
        return self


@dataclass(frozen=True, slots=True)
class SplitMember:
    """A document of a site.

    Attributes:
        id: Its id.
        weight: What it counts, in words or 1.
    """

    id: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """The split of each document, and what a person should know about it.

    Attributes:
        split: Document id to split.
        notes: Sentences; empty when there is nothing to worry about.
    """

    split: dict[str, Split]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """Sites that must stay together."""

    sites: tuple[str, ...]
    ids: tuple[str, ...]
    weight: float
    rank: str


def assign(
    sites: Mapping[str, Sequence[SplitMember]],
    clusters: Iterable[Sequence[str]] = (),
    shares: Shares | None = None,
    seed: int = 1,
    corpus: str = "period",
) -> Assignment:
    """Return a split for every document; the same for the same arguments in any order.

    The heaviest site trains, and development and test draw theirs from sites of all sizes. With
    three sites or more, development and test each get one.

    Args:
        sites: The documents of each site.
        clusters: Ids of documents that are copies of each other; ids that are in no site are
            ignored.
        shares: How much each split is meant to hold.
        seed: Draws the sites of development and test.
        corpus: Name of the corpus, `period` or `modern`; another name, another draw.
    """
    shares = shares or Shares()
    wanted: dict[Split, float] = {"train": shares.train, "dev": shares.dev, "test": shares.test}
    if not any(sites.values()):
        return Assignment({}, ())
    filled = _fill(_blocks(sites, clusters, f"{seed}\0{corpus}"), wanted)
    placed = {id_: split for block, split in filled for id_ in block.ids}
    return Assignment(placed, tuple(_notes(corpus, filled)))


def _blocks(
    sites: Mapping[str, Sequence[SplitMember]], clusters: Iterable[Sequence[str]], seed: str
) -> list[_Block]:
    names = sorted(site for site, members in sites.items() if members)
    home = {m.id: number for number, site in enumerate(names) for m in sites[site]}
    edges: list[tuple[int, int]] = []
    for cluster in clusters:
        edges += pairwise(home[id_] for id_ in cluster if id_ in home)
    one, other = np.array(edges, np.int64).reshape(-1, 2).T
    blocks: dict[int, list[str]] = defaultdict(list)
    for name, label in zip(names, smallest(one, other, len(names)).tolist(), strict=True):
        blocks[label].append(name)
    return [_block(together, sites, seed) for together in blocks.values()]


def _block(names: Sequence[str], sites: Mapping[str, Sequence[SplitMember]], seed: str) -> _Block:
    members = [m for site in names for m in sites[site]]
    rank = hashlib.sha256(f"{seed}\0{names[0]}".encode("utf-8", "surrogateescape")).hexdigest()
    weight = sum(sorted(m.weight for m in members))  # sorted: float sums depend on order
    return _Block(tuple(names), tuple(sorted(m.id for m in members)), weight, rank)


def _fill(blocks: Sequence[_Block], wanted: Mapping[Split, float]) -> list[tuple[_Block, Split]]:
    """Return each block with its split.

    Development and test first get their share of the *number* of sites, from sites of all sizes,
    so that a score does not rest on one site; then, by weight, what they still lack. No site fills
    more than a third of either, except where there are too few to choose from.
    """
    ordered = sorted(blocks, key=lambda b: (-b.weight, b.rank))
    total = sum(b.weight for b in ordered) or 1.0
    smaller: tuple[Split, Split] = ("test", "dev")
    room = {s: wanted[s] * total for s in smaller}
    split_of: dict[int, Split] = {}
    free = list(range(1, len(ordered)))  # the heaviest site always trains

    def place(at: int, split: Split) -> None:
        split_of[at] = split
        room[split] -= ordered[at].weight
        free.remove(at)

    largest = min(room.values()) / 3
    fitting = [i for i in free if ordered[i].weight <= largest]
    counts = {s: max(1, round(wanted[s] * len(ordered))) for s in smaller}
    places = min(sum(counts.values()), len(fitting))
    # As many strata as places, by weight; the seed draws one site of each.
    ends = [k * len(fitting) // places for k in range(places + 1)] if places else [0]
    for start, end in pairwise(ends):
        at = min(fitting[start:end], key=lambda i: ordered[i].rank)
        held = {s: sum(split == s for split in split_of.values()) for s in smaller}
        split = max(smaller, key=lambda s: counts[s] - held[s])
        if ordered[at].weight <= room[split]:
            place(at, split)
    for split in smaller:
        if split not in split_of.values() and free:
            place(free[-1], split)  # the lightest: whatever it weighs, it is least missed
    for at in list(free):
        split = max(smaller, key=lambda s: room[s])
        if ordered[at].weight <= min(room[split], largest):
            place(at, split)
    return [(block, split_of.get(i, "train")) for i, block in enumerate(ordered)]


def _notes(corpus: str, chosen: Sequence[tuple[_Block, Split]]) -> list[str]:
    total = sum(block.weight for block, _ in chosen) or 1.0
    notes = []
    for block, _ in chosen:
        if block.weight > total / 2:
            more = f" with {len(block.sites) - 1} sites that share copies" * (len(block.sites) > 1)
            notes.append(
                f"{block.sites[0]}{more} holds {block.weight / total:.0%} of the {corpus} corpus: "
                "scores on other sites say how the style carries over; add sources if you can."
            )
    missing = [s for s in SPLITS if not any(s == split for _, split in chosen)]
    if missing:
        count = sum(len(block.sites) for block, _ in chosen)
        notes.append(
            f"No {corpus} documents in {' and '.join(missing)}: {count} "
            f"{'site' if count == 1 else 'sites'} in {len(chosen)} independent "
            f"{'group' if len(chosen) == 1 else 'groups'} cannot be parted further. "
            "Add documents of other sites."
        )
    return notes
