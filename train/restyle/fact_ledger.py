"""The fact ledger: what became of each fact of a draft, and what was added."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from erastyle.train.restyle.facts import Fact, facts, sentences

State = Literal["kept", "changed", "lost", "added"]
MEDIUM = frozenset(
    "web world wide www internet net usenet site page pages home homepage html url e-mail email "
    "mail ftp gopher faq hello hi welcome cheers regards am pm".split()
)
"""Words of the medium: a name of nothing else, as in "our Web page", adds no fact."""
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

    @property
    def in_draft(self) -> str:
        """The fact as the draft has it; empty where the text added it."""
        return "" if self.state == "added" else self.text


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
    told = [(sentence, _words(sentence)) for sentence in sentences(text)]
    known = {(fact.kind, fact.form) for fact in before}
    fresh = [fact for fact in after if (fact.kind, fact.form) not in known]
    taken: set[tuple[str, str]] = set()
    entries = []
    for fact in before:
        same = by_form.get((fact.kind, fact.form)) or _within(fact, after)
        if same is not None:
            taken.add((same.kind, same.form))
            entries.append(Entry("kept", fact.kind, fact.text, same.text, fact.sentence))
            continue
        other = _in_its_place(fact, fresh, told)
        if other is not None:
            taken.add((other.kind, other.form))
            entries.append(Entry("changed", fact.kind, fact.text, other.text, fact.sentence))
        else:
            entries.append(Entry("lost", fact.kind, fact.text, "", fact.sentence))
    entries += [
        Entry("added", fact.kind, fact.text, fact.text, fact.sentence)
        for fact in fresh
        if (fact.kind, fact.form) not in taken and _tells(fact)
    ]
    return FactLedger(entries)


def foreign_facts(source: str, text: str) -> list[Fact]:
    """Return the facts of `text` that `source` does not hold; denials are none of them.

    A name is foreign where no word of it stands in the source; a number, a date or a part of them
    where no fact of the source says as much.

    >>> [fact.text for fact in foreign_facts("We meet on 4 May.", "On 4 May we met Ann Hill.")]
    ['Ann Hill']
    """
    known = facts(source)
    words = set(_words(source))
    told = " ".join(source.lower().split())

    def is_known(fact: Fact) -> bool:
        if fact.kind == "name":
            return bool(words & set(_words(fact.text)))
        if fact.text.lower() in told:
            return True
        alike = (one for one in known if one.kind == fact.kind)
        return any(one.form == fact.form or _holds(one, fact) for one in alike)

    return [fact for fact in facts(text) if _tells(fact) and not is_known(fact)]


def _tells(fact: Fact) -> bool:
    """Return whether a fact that is new adds something."""
    of_medium = fact.kind == "name" and set(_words(fact.text)) <= MEDIUM
    return fact.kind != "negation" and not of_medium


def _within(fact: Fact, after: Sequence[Fact]) -> Fact | None:
    """Return a fact that holds this one: `Dr Ann Hill` for `Ann Hill`, `4 May 1995` for `4 May`.

    A denial is kept where another one shares half of its words.
    """
    if fact.kind == "negation":
        own = set(fact.form.split())
        same = (o for o in after if o.kind == "negation")
        return next((o for o in same if 2 * len(own & set(o.form.split())) >= len(own)), None)
    same_kind = (other for other in after if other.kind == fact.kind)
    return next((other for other in same_kind if _holds(other, fact)), None)


def _holds(other: Fact, fact: Fact) -> bool:
    """Return whether another fact of the same kind says all that this one says."""
    if fact.kind == "date":  # year, month and day, each for itself
        own, theirs = fact.form.split("-"), other.form.split("-")
        pairs = zip(own, theirs, strict=False)
        return len(own) == len(theirs) == 3 and all(a in ("", b) for a, b in pairs)
    if fact.kind == "number":  # a unit that only one of them names
        own, theirs = fact.form.split(" "), other.form.split(" ")
        return own[0] == theirs[0] and 1 in (len(own), len(theirs))
    if fact.kind in ("name", "quotation"):
        return set(fact.form.split()) <= set(other.form.split())
    return False


def _in_its_place(
    fact: Fact, fresh: Sequence[Fact], told: Sequence[tuple[str, Counter[str]]]
) -> Fact | None:
    """Return what stands where the fact stood: of the same kind, in the sentence that is likest.

    Args:
        fact: A fact of the draft that is not kept.
        fresh: Facts of the text that the draft does not have.
        told: Each sentence of the text with its words.
    """
    if fact.kind not in ("number", "date", "name"):
        return None
    own = _words(fact.sentence)
    shared = [(own & words).total() for _, words in told]
    most = max(shared, default=0)
    if most < ALIKE * max(1, own.total()):
        return None
    likest = told[shared.index(most)][0]
    there = (other for other in fresh if other.kind == fact.kind and other.sentence == likest)
    return next(there, None)


def _words(sentence: str) -> Counter[str]:
    return Counter(re.findall(r"[a-z']{2,}", sentence.lower()))
