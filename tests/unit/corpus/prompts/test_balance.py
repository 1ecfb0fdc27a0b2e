"""Sites take turns, and within a site years and kinds."""

from __future__ import annotations

from collections import Counter

from erastyle.corpus.prompts.balance import Card, in_turns

CARDS = [
    Card(f"{site}{n}", site, str(1993 + n % 3), ("list", "note")[n // 3 % 2])
    for site, count in (("big", 60), ("middle", 12), ("small", 1))
    for n in range(count)
]


def test_every_card_comes_once_and_the_order_depends_on_the_seed_alone() -> None:
    order = list(in_turns(CARDS, 7))
    assert sorted(card.id for card in order) == sorted(card.id for card in CARDS)
    assert order == list(in_turns(reversed(CARDS), 7))
    assert order != list(in_turns(CARDS, 8))


def test_of_the_first_few_each_site_and_year_and_kind_has_as_many() -> None:
    first = list(in_turns(CARDS, 7))[:25]
    sites = Counter(card.site for card in first)
    assert (sites["big"], sites["middle"], sites["small"]) == (12, 12, 1)
    big = [card for card in first if card.site == "big"]
    assert set(Counter(card.year for card in big).values()) == {4}
    assert set(Counter(card.kind for card in big).values()) == {6}


def test_what_comes_last_comes_last_within_its_site_only() -> None:
    order = list(in_turns(CARDS, 7, rank=lambda card: card.site == "small" or card.year == "1993"))
    assert "small" in {card.site for card in order[:3]}
    years = [card.year for card in order if card.site == "big"]
    assert years[40:] == ["1993"] * 20
