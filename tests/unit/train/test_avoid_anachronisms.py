"""Writing answers again until nothing in them is later than the era."""

from __future__ import annotations

from collections.abc import Sequence

from erastyle.train.avoid_anachronisms import avoid, certain

CLEAN = "<P>I put up a page about my cat, and here are some links."
SLIP = "<P>I put my cat on YouTube and Instagram."
ONE = "<P>I put my cat on YouTube."


def write_from(texts: dict[int, list[str]]) -> tuple[list[list[int]], object]:
    asked: list[list[int]] = []

    def write(places: Sequence[int], number: int) -> list[str]:
        asked.append(list(places))
        return [texts[n][number - 1] for n in places]

    return asked, write


def test_only_answers_with_a_slip_are_written_again() -> None:
    asked, write = write_from({1: [CLEAN]})
    found = avoid([CLEAN, SLIP], ["", ""], "html", 1997, 3, write)  # type: ignore[arg-type]
    assert asked == [[1]]
    assert (found.texts, found.before, found.after, found.tries) == ([0, 1], 2, 0, 1)


def test_after_the_last_try_the_answer_with_fewest_slips_is_taken() -> None:
    asked, write = write_from({0: [ONE, SLIP]})
    found = avoid([SLIP], [""], "html", 1997, 2, write)  # type: ignore[arg-type]
    assert asked == [[0], [0]]
    assert (found.texts, found.before, found.after) == ([1], 2, 1)


def test_an_empty_answer_is_no_way_out() -> None:
    _, write = write_from({0: ["", " \n"]})
    found = avoid([ONE], [""], "html", 1997, 2, write)  # type: ignore[arg-type]
    assert (found.texts, found.after) == ([0], 1)


def test_what_the_brief_asks_for_is_not_avoided() -> None:
    assert certain(ONE, "html", 1997, "Write about YouTube.") == 0
    asked, write = write_from({})
    found = avoid([ONE], ["Write about YouTube."], "html", 1997, 5, write)  # type: ignore[arg-type]
    assert asked == []
    assert found.tries == 0


def test_no_try_changes_nothing() -> None:
    asked, write = write_from({})
    found = avoid([SLIP], [""], "html", 1997, 0, write)  # type: ignore[arg-type]
    assert asked == []
    assert (found.texts, found.before, found.after) == ([0], 2, 2)
