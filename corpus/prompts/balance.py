"""The order in which groups of documents take turns: sites, and years and kinds within a site."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Card:
    """What is needed of a document to take its turn.

    Attributes:
        id: Id of the document.
        site: Its site.
        year: First year that it may be of, or empty.
        kind: Its kind.
        templates: The templates that it shares with others.
    """

    id: str
    site: str
    year: str
    kind: str
    templates: tuple[str, ...] = ()


def in_turns(
    cards: Iterable[Card],
    seed: int,
    rank: Callable[[Card], bool | tuple[bool, ...]] = lambda _: False,
) -> Iterator[Card]:
    """Yield all cards: one of each site, then another of each, until a site has no more.

    Within a site, years take turns, and within a year kinds. Chance orders what is alike.

    Args:
        cards: The cards; their order does not matter.
        seed: Another seed, another order.
        rank: Cards of a site that it says less of come first.

    >>> a, b, c = (Card(str(n), "big", "", "") for n in range(3))
    >>> [card.site for card in in_turns([a, b, c, Card("9", "small", "", "")], 1)]
    ['small', 'big', 'big', 'big']
    """
    ranked = sorted(cards, key=lambda card: _chance(seed, card.id))
    sites = _groups(ranked, [card.site for card in ranked])
    sites.sort(key=lambda group: _chance(seed, group[0].site))
    yield from round_robin([sorted(_in_site(group), key=rank) for group in sites])


def _in_site(cards: Sequence[Card]) -> list[Card]:
    years = _groups(cards, [card.year for card in cards])
    return list(
        round_robin(
            [list(round_robin(_groups(year, [card.kind for card in year]))) for year in years]
        )
    )


def _groups(items: Sequence[Item], keys: Sequence[Hashable]) -> list[list[Item]]:
    groups: dict[Hashable, list[Item]] = {}
    for item, key in zip(items, keys, strict=True):
        groups.setdefault(key, []).append(item)
    return list(groups.values())


def round_robin(groups: Iterable[Iterable[Item]]) -> Iterator[Item]:
    """Yield one item of each group in turn, until all are empty.

    >>> list(round_robin(["abc", "x", "12"]))
    ['a', 'x', '1', 'b', '2', 'c']
    """
    waiting = deque(iter(group) for group in groups)
    while waiting:
        group = waiting.popleft()
        for item in group:
            yield item
            waiting.append(group)
            break


def _chance(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed} {name}".encode()).digest()
