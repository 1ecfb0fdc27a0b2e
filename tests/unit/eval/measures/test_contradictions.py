"""Facts of a brief that stand differently in the text, and what is no contradiction."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from erastyle.eval.measures import contradictions
from erastyle.eval.measures.contradictions import contradicted
from erastyle.eval.style.features import Text

NOTES = "About 300 words. A page on our club from these notes:\n- Our club has 25 members\n"


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("Our kite club has 52 members.", [("25 members", "52 members")]),
        ("Our kite club has 25 members.", []),
        ("We fly kites of every colour on the hill.", []),
        ("It is 300 words long.", []),
    ],
)
def test_a_number_in_the_same_sentence_is_held_against_the_brief(
    text: str, changed: list[tuple[str, str]]
) -> None:
    assert [(e.text, e.now) for e in contradicted(NOTES, text)] == changed


def test_how_a_brief_asks_is_no_fact() -> None:
    assert contradicted("A page about kites. It is 1996. About 300 words.", "It is 1997.") == []


def test_only_briefs_that_tell_facts_count_and_real_documents_stand_beside() -> None:
    rows = [{"real": "<P>Our club has 25 members."}, {"real": "<P>Kites."}]
    given = SimpleNamespace(
        outputs=rows,
        format="html",
        briefs=[NOTES, "A page about wind."],
        base=SimpleNamespace(texts=[Text("<P>Kites are fine."), Text("<P>Wind.")]),
        style=SimpleNamespace(texts=[Text("<P>Our club has 30 members."), Text("<P>Wind.")]),
    )
    result = contradictions.measure(cast(Any, given))
    (metric,) = contradictions.metrics(result)
    assert (metric.base, metric.style, metric.real) == (0.0, 1.0, 0.0)
    assert metric.better == "lower"
    assert "Of 1 briefs" in metric.note
