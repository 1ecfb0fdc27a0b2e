"""A budget buys documents of all sites, whole ones first, and few that begin alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from erastyle.pipeline import pairs
from erastyle.train.data import choose_rows
from erastyle.train.data.choose_rows import ChosenRows
from erastyle.train.data.training_row import TrainingRow

LONGEST = 100


def pair(size: int, site: str = "a", role: Any = "style", **more: Any) -> dict[str, Any]:
    """Return a pair of `size` tokens; a token is as long as tokens are thought to be."""
    text = "x" * int(size * choose_rows.CHARACTERS_PER_TOKEN)
    return pairs.row("", text, role=role, split="train", site=site, **more)


def choose(
    given: Sequence[dict[str, Any]], most: int | None, seed: int = 7, continuations: float = 0.0
) -> tuple[ChosenRows, list[int]]:
    read: list[int] = []

    def encode(number: int) -> Iterator[TrainingRow]:
        read.append(number)
        size = round(len(given[number]["completion"][0]["content"]) / 2.6)
        if size <= LONGEST:
            yield TrainingRow([5] * size, [5] * size)
            return
        yield TrainingRow([5] * LONGEST, [5] * LONGEST, "beginning", ends=False)
        for start in range(LONGEST, size, LONGEST):
            rest = [5] * min(LONGEST, size - start)
            yield TrainingRow(rest, rest, "continuation", ends=size - start <= LONGEST)

    chosen = choose_rows.choose(
        given, encode, most, seed, longest=LONGEST, continuations=continuations
    )
    return chosen, read


def test_a_budget_is_kept_and_the_choice_depends_on_the_seed_alone() -> None:
    given = [pair(size) for size in range(10, 90)]
    chosen, read = choose(given, 600)
    assert 500 < chosen.tokens <= 600
    assert chosen.tokens == sum(len(r.input_ids) for rows in chosen.rows.values() for r in rows)
    assert len(read) <= len(chosen.rows) + choose_rows.MISFITS, "what is left out is hardly read"
    assert chosen.rows == choose(given, 600)[0].rows
    assert chosen.rows.keys() != choose(given, 600, seed=8)[0].rows.keys()
    assert list(chosen.rows) == sorted(chosen.rows)


def test_without_a_limit_every_document_is_begun_and_every_general_row_is_learnt() -> None:
    given = [pair(size) for size in (20, 50, 300)] + [pair(9, role="rehearsal")] * 7
    chosen, _ = choose(given, None)
    assert list(chosen.rows) == list(range(10))
    assert chosen.rests == [2]


def test_sites_take_turns_and_each_gives_whole_documents_first() -> None:
    given = [pair(50, "big") for _ in range(90)] + [pair(300, "long") for _ in range(9)]
    given += [pair(size, "mixed") for size in (300, 300, 50, 50)]
    chosen, _ = choose(given, 700)
    sites = Counter(given[number]["site"] for number in chosen.rows)
    assert max(sites.values()) - min(sites.values()) <= 2
    mixed = [number for number in chosen.rows if given[number]["site"] == "mixed"]
    assert {102, 101} >= set(mixed[-2:]), mixed
    assert all(chosen.rows[n][0].part == "whole" for n in mixed[-2:] if n in (101, 102))


def test_pages_of_sentences_come_before_pages_of_links_of_any_site() -> None:
    links = '<A HREF="http://kites.example/kites/index.html"><IMG SRC=a.gif></A>\n' * 3
    sentences = "<P>We fly kites on the beach, and we mend them in the evening.\n" * 3
    given = [
        pairs.row("", body, role="style", split="train", site=site)
        for body, site in [(links, "a"), (sentences, "a"), (links, "b"), (sentences, "c")] * 10
    ]
    chosen, _ = choose(given, 900)
    assert len(chosen.rows) < 20
    assert all(number % 2 for number in chosen.rows)
    everything, _ = choose(given, None)
    assert len(everything.rows) == 40, "where there is room, links are learnt too"


def test_a_long_document_gives_its_beginning_and_its_rest_is_told() -> None:
    chosen, _ = choose([pair(1_000) for _ in range(4)], None)
    assert chosen.rests == [0, 1, 2, 3]
    assert [len(rows) for rows in chosen.rows.values()] == [1] * 4


@pytest.mark.parametrize("most", [None, 1_000])
def test_continuations_take_their_share_and_no_more(most: int | None) -> None:
    given = [pair(1_000) for _ in range(12)]
    chosen, _ = choose(given, most, continuations=0.25)
    later = [r for rows in chosen.rows.values() for r in rows if r.part == "continuation"]
    tokens = sum(len(row.input_ids) for row in later)
    assert 0.2 < tokens / chosen.tokens <= 0.25
    assert max(len(rows) for rows in chosen.rows.values()) <= 2, "they are taken in turn"
    assert most is None or chosen.tokens <= most


def test_a_document_that_is_continued_to_its_end_has_no_rest() -> None:
    chosen, _ = choose([pair(150), *(pair(50) for _ in range(20))], None, continuations=0.25)
    assert chosen.rests == []
    assert [row.part for row in chosen.rows[0]] == ["beginning", "continuation"]


def test_few_begin_alike_while_there_are_others_and_all_may_where_there_are_none() -> None:
    framed = [pair(20, f"s{n}", templates=("by tool",)) for n in range(40)]
    others = [pair(20, f"t{n}", templates=(f"tags {n}",)) for n in range(100)]
    chosen, _ = choose(framed + others, 1_600)
    alike = sum(number < 40 for number in chosen.rows)
    assert alike <= 3
    assert len(choose(framed, None)[0].rows) == 40


def test_general_rows_keep_their_proportion_within_a_budget() -> None:
    given = [pair(20) for _ in range(100)] + [pair(5, role="rehearsal") for _ in range(25)]
    chosen, _ = choose(given, 600)
    general = sum(given[number]["role"] == "rehearsal" for number in chosen.rows)
    assert general == pytest.approx(len(chosen.rows) / 5, abs=1)


def test_a_document_longer_than_the_budget_does_not_end_the_choice() -> None:
    given = [pair(90, "long"), *(pair(10, f"{n}") for n in range(30))]
    for seed in range(9):
        assert len(choose(given, 80, seed)[0].rows) == 8


def test_pairs_of_earlier_versions_have_no_year_kind_or_template() -> None:
    given = [pair(20) for _ in range(9)]
    for old in given:
        for name in ("year", "kind", "templates"):
            del old[name]
    assert len(choose(given, None)[0].rows) == 9
