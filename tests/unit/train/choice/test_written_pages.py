"""The briefs of dev sites that are answered at every checkpoint."""

from __future__ import annotations

from typing import Any

from erastyle.train.choice.written_pages import briefs_of


def pair(site: str, number: int) -> dict[str, Any]:
    ask = f"{site} {number}"
    return {"site": site, "document_id": ask, "prompt": [{"role": "user", "content": ask}]}


PAIRS = [pair("large", n) for n in range(20)] + [pair("small", n) for n in range(2)]


def test_sites_take_turns() -> None:
    drawn = briefs_of(PAIRS, 6, 1)
    assert len(drawn) == 6
    assert sum(brief.startswith("small") for brief in drawn) == 2


def test_the_draw_depends_on_the_seed_and_not_on_the_order() -> None:
    assert briefs_of(PAIRS, 6, 1) == briefs_of(PAIRS[::-1], 6, 1)
    assert briefs_of(PAIRS, 6, 1) != briefs_of(PAIRS, 6, 2)


def test_a_brief_is_asked_once() -> None:
    drawn = briefs_of([pair("a", 1), {**pair("b", 1), "prompt": pair("a", 1)["prompt"]}], 6, 1)
    assert drawn == ["a 1"]
