"""A page that is being written: its unused phrases, and its words for slots."""

from __future__ import annotations

import datetime
from random import Random

from erastyle.corpus.synthetic.authors import MONTHS, SEASONS, Site, pick
from erastyle.corpus.synthetic.templates import contract, expand, sentence
from erastyle.corpus.synthetic.topics import voice


class Draft:
    """One page of a site, on one day.

    Attributes:
        site: Site of the page.
        rng: Random generator of the page.
        date: Day of its last change.
        slots: Words of the site and of the day.
    """

    def __init__(self, site: Site, rng: Random, date: datetime.date) -> None:
        """Start a page.

        Args:
            site: Site of the page.
            rng: Random generator of the page.
            date: Day of its last change.
        """
        self.site = site
        self.rng = rng
        self.date = date
        self._contracts = site.kind == "modern" or site.habits["contract"] == "yes"
        ahead = date + datetime.timedelta(days=40)
        self.slots = site.slots | {
            "day": str(date.day),
            "month": MONTHS[date.month - 1],
            "year": str(date.year),
            "season": SEASONS[date.month - 1],
            "nextmonth": MONTHS[ahead.month - 1],
        }

    def chance(self, share: float) -> bool:
        """Return True with probability `share`."""
        return self.rng.random() < share

    def expand(self, template: str, **more: str) -> str:
        """Return a filled template with a capital first letter.

        Args:
            template: The template.
            more: Words for slots, besides those of the page.
        """
        text = sentence(expand(template, self.rng, self.slots | more if more else self.slots))
        return contract(text) if self._contracts else text

    def deal(self, section: str, count: int, own: bool = True) -> list[str]:
        """Return up to `count` templates, first those that no page of the site has used.

        Args:
            section: Name of the section.
            count: Number of templates, all different.
            own: Whether they come from the topic rather than from the voice of the period.
        """
        source = self.site.topic.sections if own else voice(self.site.kind)
        every = source[section]
        deck = self.site.decks.setdefault(f"{section}{own}", [])
        count = min(count, len(every))
        if len(deck) < count:
            fresh = [item for item in every if item not in deck]
            self.rng.shuffle(fresh)
            deck[:0] = fresh  # the remaining ones stay on top
        return [deck.pop() for _ in range(count)]

    def own(self, section: str, count: int = 1) -> list[str]:
        """Return `count` sentences on the site's topic."""
        return [self.expand(item) for item in self.deal(section, count)]

    def say(self, section: str, count: int = 1, **more: str) -> list[str]:
        """Return `count` sentences in the voice of the period."""
        return [self.expand(item, **more) for item in self.deal(section, count, own=False)]

    def line(self, section: str, **more: str) -> str:
        """Return one sentence in the voice of the period, used before or not."""
        return self.expand(pick(self.rng, voice(self.site.kind)[section]), **more)

    def days_before(self, count: int, span: int = 90) -> list[datetime.date]:
        """Return `count` different days of the last `span` days, the newest first."""
        back = sorted(self.rng.sample(range(span), count))
        return [self.date - datetime.timedelta(days=b) for b in back]

    def days_ahead(self, count: int, span: int = 100) -> list[datetime.date]:
        """Return `count` different days of the next `span` days, the nearest first."""
        ahead = sorted(self.rng.sample(range(5, span), count))
        return [self.date + datetime.timedelta(days=a) for a in ahead]
