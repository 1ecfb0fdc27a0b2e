"""What became of the facts of a restyled draft, as the studio stores and shows it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from erastyle.studio.text_record import FactRow

if TYPE_CHECKING:
    from erastyle.corpus.document import Format
    from erastyle.train.restyle.fact_ledger import FactLedger


def fact_rows(ledger: FactLedger) -> tuple[FactRow, ...]:
    """Return the entries of a ledger; what was added stands in the text and not in the draft."""
    return tuple(
        FactRow(
            state=entry.state,
            kind=entry.kind,
            text=entry.in_draft,
            now=entry.now,
            repaired=entry.repaired,
        )
        for entry in ledger.entries
    )


def facts_in(
    draft: str, text: str, form: Format, copied: Collection[str] = ()
) -> tuple[FactRow, ...]:
    """Return what became of a draft's facts in a text that a person changed.

    Args:
        draft: The draft as it was given.
        text: The text as it is now, with its markup.
        form: Format of the era.
        copied: Sentences of the draft that were copied back when the text was written.
    """
    from erastyle.train.restyle.restyle import draft_prose, ledger_of

    return fact_rows(ledger_of(draft_prose(draft), text, form, copied))
