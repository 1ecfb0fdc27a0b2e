"""Which guards look on for an era, built from its profile."""

from __future__ import annotations

import re
from math import inf

from erastyle.corpus.copying.search import Index
from erastyle.corpus.era import Era
from erastyle.train.model.guards.close_markup import closed
from erastyle.train.model.guards.constraint import Constraint
from erastyle.train.model.guards.copies import Copies
from erastyle.train.model.guards.early_end import EarlyEnd
from erastyle.train.model.guards.ending import Ending
from erastyle.train.model.guards.foreign_markup import Dialect
from erastyle.train.model.guards.guard import FEWEST_WORDS, Budget, Guard, Guards
from erastyle.train.model.guards.later import LaterThanEra
from erastyle.train.model.guards.later_strings import LaterStrings
from erastyle.train.model.guards.loops import Loops
from erastyle.train.model.guards.once import Once
from erastyle.train.model.guards.plain_text import PlainText
from erastyle.train.model.guards.runs import Runs
from erastyle.train.model.guards.signature import MEDIUM, SIGNED, Signature
from erastyle.train.model.guards.structure import Structure
from erastyle.train.model.guards.swallow import Swallow
from erastyle.train.model.guards.tag_grammar import TagGrammar
from erastyle.train.model.guards.titled import Titled
from erastyle.train.model.guards.untagged import Untagged

BUDGET = Budget(
    share=0.15,
    allowance=24,
    times={"later": inf, "copies": inf, "swallow": 4, "title": 4, "loops": 2, "early end": 2},
)
"""Tokens that guards may cost a text: what is wrong and what is somebody's has no limit, and what
spoils a page more than its own place may cost more (docs/log.md has what was measured)."""

END_OF_PAGE = re.compile(r"</(?:body|html)>", re.IGNORECASE)


def guards_of(era: Era, index: Index | None, tries: int, fewest: int = FEWEST_WORDS) -> Guards:
    """Return what looks on while a text of an era is written.

    Args:
        era: The era's profile.
        index: The training documents; None where they are not at hand: copies are not seen then.
        tries: How often a part is drawn again.
        fewest: Fewest words of a text for which no length is asked.
    """
    html = era.format == "html"
    guards: list[Guard] = [LaterThanEra(era.lexicon_cutoff, era.format), Loops()]
    if html:
        guards += [Swallow(), Dialect(era.markup), Once(), Structure(), Untagged(), Titled()]
    if index is not None:
        guards.append(Copies(index))
    early = EarlyEnd(fewest)
    # The first that forbids a token spares the others, and runs take thirty times as long as tags.
    constraints: list[Constraint] = [early]
    constraints.append(TagGrammar(era.markup, fewest) if html else PlainText())
    ends = END_OF_PAGE if html else None
    if era.medium == MEDIUM:
        constraints.append(Signature(fewest))
        ends = SIGNED
    constraints += [LaterStrings(era.lexicon_cutoff), Runs(html)]
    return Guards(
        [*guards, early],
        tries,
        ends=ends,
        ending=Ending(era.format, fewest),
        budget=BUDGET,
        close=closed if html else None,
        constraints=constraints,
    )
