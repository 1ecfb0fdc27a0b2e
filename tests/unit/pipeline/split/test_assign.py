"""Which site goes where."""

from __future__ import annotations

import random

import pytest

from erastyle.pipeline.split.assign import SPLITS, Shares, SplitMember, assign


def corpus(sizes):
    return {
        f"s{i}": [SplitMember(f"s{i}-{k}", 1.0) for k in range(size)]
        for i, size in enumerate(sizes)
    }


def held(sites, split):
    return {
        name: {m.id for members in sites.values() for m in members if split[m.id] == name}
        for name in SPLITS
    }


def test_every_document_is_placed_and_no_site_is_torn_apart():
    sites = corpus([random.Random(1).randrange(1, 40) for _ in range(80)])
    split = assign(sites).split
    assert set(split) == {m.id for members in sites.values() for m in members}
    assert all(len({split[m.id] for m in members}) == 1 for members in sites.values())


def test_shares_are_met_and_no_split_rests_on_one_site():
    rng = random.Random(2)
    sites = corpus([rng.randrange(1, 60) for _ in range(100)])
    split = assign(sites, shares=Shares(train=0.7, dev=0.2, test=0.1)).split
    total = len(split)
    parts = {name: len(ids) / total for name, ids in held(sites, split).items()}
    assert parts == pytest.approx({"train": 0.7, "dev": 0.2, "test": 0.1}, abs=0.03)
    for ids in held(sites, split).values():
        assert len({id_.split("-")[0] for id_ in ids}) >= 5


def test_sites_that_share_a_cluster_go_together_even_in_a_chain():
    sites = corpus([5] * 30)
    clusters = [["s1-0", "s2-0"], ["s2-3", "s9-1"], ["s9-0", "s29-4"], ["nowhere", "s3-0"]]
    for seed in range(10):
        split = assign(sites, clusters, seed=seed).split
        assert len({split[f"s{i}-0"] for i in (1, 2, 9, 29)}) == 1


def test_the_order_in_which_sites_and_documents_come_changes_nothing():
    sites = corpus([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])
    clusters = [["s1-0", "s2-0"], ["s4-0", "s7-0"]]
    first = assign(sites, clusters, seed=4)
    turned = {site: sites[site][::-1] for site in reversed(sites)}
    assert assign(turned, [c[::-1] for c in clusters[::-1]], seed=4) == first


def test_another_seed_gives_another_split():
    sites = corpus([10] * 40)
    assert assign(sites, seed=1).split != assign(sites, seed=2).split


@pytest.mark.parametrize("sizes", [[1, 1, 1], [1000, 1, 1], [50, 40, 30], [1000, 900, 1]])
def test_three_sites_fill_all_three_splits_and_the_largest_trains(sizes):
    sites = corpus(sizes)
    parts = held(sites, assign(sites).split)
    assert all(parts.values())
    assert len(parts["train"]) == max(len(ids) for ids in parts.values())


def test_sites_that_both_corpora_have_are_drawn_for_each_by_itself():
    sites = corpus([8] * 40)
    period, modern = (assign(sites, corpus=name).split for name in ("period", "modern"))
    assert set(period.values()) == set(modern.values()) == set(SPLITS)
    assert period != modern


def test_a_site_with_most_of_the_corpus_is_named():
    (note,) = assign(corpus([500, 10, 10, 10, 10])).notes
    assert "s0" in note
    assert "93%" in note


def test_too_few_sites_are_said_and_train_comes_first():
    result = assign(corpus([4]))
    assert set(result.split.values()) == {"train"}
    assert any("No period documents in dev and test" in note for note in result.notes)
    assert assign({}).split == {}


def test_shares_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match=r"add up to 0\.9"):
        Shares(train=0.7, dev=0.1, test=0.1)


@pytest.mark.parametrize(
    "sizes",
    [[5] * 8, [33, 1, 1, 1, 1, 1, 1, 1], [12, 8, 6, 5, 4, 2, 2, 1], [1] * 8, [18, 18, 2, 2]],
)
def test_a_small_archive_fills_all_three_splits_and_most_of_it_trains(sizes):
    sites = corpus(sizes)
    for seed in range(20):
        sides = held(sites, assign(sites, seed=seed).split)
        assert all(sides.values())
        assert len(sides["train"]) >= sum(sizes) / 2
