"""What looks on while a draft is restyled."""

from __future__ import annotations

from dataclasses import replace

from erastyle.corpus.document import Format
from erastyle.train.model.guards.constraint import Constraint
from erastyle.train.model.guards.guard import Guards
from erastyle.train.restyle.draft_constraints import GivenTitle, GoesOn, MadeUpTags, OwnWords

TRIES = 2
"""How often a part is drawn again: there are other candidates."""


def for_draft(guards: Guards | None, form: Format) -> Guards | None:
    """Return the guards of an era with those of a draft; none stay none.

    The request of a text is then a line, and the draft behind it.

    Args:
        guards: The guards of the era.
        form: Format of the era.
    """
    if guards is None:
        return None
    own: list[Constraint] = [OwnWords(), GoesOn()]
    if form == "html":
        own += [MadeUpTags(), GivenTitle()]
    return replace(
        guards, constraints=[*own, *guards.constraints], ending=None, ends=None, tries=TRIES
    )
