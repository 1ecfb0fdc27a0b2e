"""The fact ledger: what became of each fact of a draft, and what was added."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from erastyle.train.restyle.facts import Fact, facts, sentences

State = Literal["kept", "changed", "lost", "added"]
ALIKE = 0.34
"""Share of the words of a draft's sentence in a sentence that may be its new form."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact and what became of it.

    Attributes:
        state: kept, changed, lost or added.
        kind: What the fact is.
        text: As the draft has it; of an added one, as the new text has it.
        now: As the new text has it; empty where it is lost.
        sentence: The sentence of the draft; of an added fact, of the new text.
        repaired: Whether the draft's sentence was copied back for it.
    """

    state: State
    kind: str
    text: str
    now: str
    sentence: str
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class FactLedger:
    """What became of the facts of a draft.

    Attributes:
        entries: One for each fact of the draft, in its order, then one for each added fact.
    """

    entries: Sequence[Entry]

    def count(self, state: State) -> int:
        """Return how many facts are in a state."""
        return sum(entry.state == state for entry in self.entries)

    @property
    def kept_share(self) -> float:
        """Share of the draft's facts that are kept; 1 for a draft without facts."""
        total = len(self.entries) - self.count("added")
        return self.count("kept") / total if total else 1.0

    @property
    def broken(self) -> list[Entry]:
        """The facts that are changed or lost."""
        return [entry for entry in self.entries if entry.state in ("changed", "lost")]

    def sentence(self) -> str:
        """Return the ledger in a line: `12 facts: 10 kept, 1 changed, 1 lost; 3 added`."""
        total = len(self.entries) - self.count("added")
        states = ", ".join(
            f"{self.count(s)} {s}" for s in ("kept", "changed", "lost") if self.count(s)
        )
        return f"{total} facts: {states or 'none'}; {self.count('added')} added"


def ledger(draft: str, text: str) -> FactLedger:
    """Return what became of the facts of `draft` in `text`, both prose without markup.

    >>> book = ledger("The club meets on 4 May at 7 with Ann Hill.", "It meets on May 4 at 8.")
    >>> [(entry.state, entry.text, entry.now) for entry in book.entries]
    [('kept', '4 May', 'May 4'), ('changed', '7', '8'), ('lost', 'Ann Hill', '')]
    """
    before, after = facts(draft), facts(text)
    by_form = {(fact.kind, fact.form): fact for fact in after}
    told = sentences(text)
    taken: set[tuple[str, str]] = set()
    entries = []
    for fact in before:
        same = by_form.get((fact.kind, fact.form)) or _within(fact, after)
        if same is not None:
            taken.add((same.kind, same.form))
            entries.append(Entry("kept", fact.kind, fact.text, same.text, fact.sentence))
            continue
        other = _in_its_place(fact, before, after, told)
        if other is not None:
            taken.add((other.kind, other.form))
            entries.append(Entry("changed", fact.kind, fact.text, other.text, fact.sentence))
        else:
            entries.append(Entry("lost", fact.kind, fact.text, "", fact.sentence))
    known = {(fact.kind, fact.form) for fact in before}
    entries += [
        Entry("added", fact.kind, fact.text, fact.text, fact.sentence)
        for fact in after
        if (fact.kind, fact.form) not in known | taken and fact.kind != "negation"
    ]
    return FactLedger(entries)


def _within(fact: Fact, after: Sequence[Fact]) -> Fact | None:
    """Return a fact that holds this one: `Dr Ann Hill` for `Ann Hill`, `4 May 1995` for `4 May`.

    A denial is kept where another one shares half of its words.
    """
    if fact.kind == "negation":
        own = set(fact.form.split())
        same = (o for o in after if o.kind == "negation")
        return next((o for o in same if 2 * len(own & set(o.form.split())) >= len(own)), None)
    if fact.kind not in ("name", "date", "quotation"):
        return None
    parts = set(re.split(r"[ -]", fact.form))
    for other in after:
        if other.kind == fact.kind and parts <= set(re.split(r"[ -]", other.form)):
            return other
    return None


def _in_its_place(
    fact: Fact, before: Sequence[Fact], after: Sequence[Fact], told: Sequence[str]
) -> Fact | None:
    """Return what stands where the fact stood: of the same kind, in the sentence that is likest."""
    if fact.kind not in ("number", "date", "name"):
        return None
    own = _words(fact.sentence)
    likest = max(told, key=lambda s: sum((own & _words(s)).values()), default="")
    shared = sum((own & _words(likest)).values())
    if not likest or shared < ALIKE * max(1, own.total()):
        return None
    known = {(one.kind, one.form) for one in before}
    return next(
        (
            other
            for other in after
            if other.kind == fact.kind
            and other.sentence == likest
            and (other.kind, other.form) not in known
        ),
        None,
    )


def _words(sentence: str) -> Counter[str]:
    return Counter(re.findall(r"[a-z']{2,}", sentence.lower()))
