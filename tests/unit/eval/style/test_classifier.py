"""The style model on small made-up corpora whose truth is known."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import numpy as np
import pytest

from erastyle.corpus.errors import ModelError
from erastyle.eval.style import features
from erastyle.eval.style.classifier import StyleModel, Text, distinguishability
from erastyle.eval.style.linear import threshold

OLD = (
    "Welcome to my home page, please sign the guest book before you leave",
    "This page is under construction, so come back soon and see what is new",
    "Send mail to the webmaster if a link does not work any more",
    "Best viewed with a graphical browser and an 800 by 600 screen",
    "Here are some of my favourite places on the net, have a look at them",
)
NEW = (
    "Sign up for our newsletter and never miss an update from the team",
    "We use cookies to improve your experience, manage your preferences",
    "Share this story on social media or copy the link to your phone",
    "Download the app today and unlock exclusive content for free",
    "Our platform empowers creators to monetize their online community",
)


def page(kind: str, seed: int) -> Text:
    random_ = random.Random(f"{kind} {seed}")
    lines = [random_.choice(OLD if "old" in kind else NEW) for _ in range(6)]
    lines.append(f"Item {random_.choice('abcdefgh')} number {random_.randint(1, 99)} of the list")
    prose = ". ".join(lines)
    if "upper" in kind:
        body = "<HTML><BODY BGCOLOR=#FFFFFF><CENTER><H1>Page</H1></CENTER><P>" + "<P>".join(lines)
    else:
        body = '<!DOCTYPE html><html><body class="main"><div id="app"><p>' + "</p><p>".join(lines)
    return Text(body, prose)


def corpus(sites: int = 4, pages: int = 6) -> tuple[list[Text], list[int], list[str]]:
    texts, labels, groups = [], [], []
    for label, kind in ((1, "old upper"), (0, "new")):
        for site in range(sites):
            for number in range(pages):
                texts.append(page(kind, 100 * site + number))
                labels.append(label)
                groups.append(f"{kind} {site}")
    return texts, labels, groups


@pytest.fixture(scope="module")
def model() -> StyleModel:
    return StyleModel.fit(*corpus(), seed=3)


def test_pages_of_the_era_score_above_modern_pages(model):
    scores = model.scores([page("old upper", 999), page("new", 999)])
    assert scores["era"][0] > 0.8 > 0.2 > scores["era"][1]


def test_old_tags_around_modern_prose_do_not_pass(model):
    scores = model.scores([page("new upper", 999)])
    assert scores["markup"][0] > 0.8
    assert scores["prose"][0] < 0.2
    assert scores["era"][0] == min(scores["markup"][0], scores["prose"][0])


def test_a_plain_text_has_no_markup_score(model):
    old = page("old", 999)
    scores = model.scores([Text(old.prose, format="text")])
    assert np.isnan(scores["markup"][0])
    assert scores["era"][0] == scores["prose"][0] == scores["whole"][0]


@pytest.mark.parametrize("year", ["1995", "1890", "2024", " 1995 1995 1995 ", "in the nineties"])
def test_adding_a_year_moves_no_score(model, year):
    before = page("new", 5)
    after = Text(before.body, before.prose + f" {year}")
    names = ("prose", "whole", "era")
    one, two = model.scores([before]), model.scores([after])
    # `in the` stays where an era name is cut out: two function words, no more.
    assert all(abs(one[n][0] - two[n][0]) <= 0.01 for n in names)


@pytest.mark.parametrize(
    ("prose", "reason"),
    [
        ("", "too short"),
        ("Hello", "too short"),
        ("1995 " * 100, "too short"),
        ("\0\ufffd" * 400 + " word" * 30, "not text"),
        ("Willkommen auf meiner Heimatseite hier gibt es viele schöne Bilder " * 9,
         "not the language of the model"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_has_a_reason_and_no_number(model, prose, reason):
    text = Text(prose, format="text")
    assert model.reasons([text]) == [reason]
    assert all(np.isnan(values[0]) for values in model.scores([text]).values())
    assert model.explain(text) == []


def test_ten_megabytes_are_judged_by_their_start(model):
    text = page("old upper", 7)
    huge = Text(text.body + "<P>" + "word " * 2_000_000, text.prose + " word" * 2_000_000)
    assert 0 <= model.scores([huge])["era"][0] <= 1


def test_the_explanation_names_what_moved_the_score(model):
    found = dict(model.explain(page("old upper", 999), most=200))
    assert found["case:upper"] > 0
    found = dict(model.explain(page("new", 999), most=200))
    assert found["tag:div"] < 0


def test_same_documents_same_model(model):
    again = StyleModel.fit(*corpus(), seed=3)
    text = [page("old upper", 999)]
    assert again.threshold == model.threshold
    assert again.scores(text)["era"][0] == model.scores(text)["era"][0]


def test_a_saved_model_scores_the_same(model, tmp_path):
    file = tmp_path / "style.skops"
    sha256 = model.save(file)
    again = StyleModel.load(file, sha256)
    texts = [page("old upper", 1), page("new", 2)]
    for name, values in model.scores(texts).items():
        np.testing.assert_array_equal(values, again.scores(texts)[name])
    assert again.report.to_json() == model.report.to_json()
    assert file.stat().st_size < 1_500_000


def test_a_tampered_file_is_refused(model, tmp_path):
    file = tmp_path / "style.skops"
    sha256 = model.save(file)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(ModelError, match="sha256 differs"):
        StyleModel.load(file, sha256)


def test_a_file_that_would_run_code_is_refused_even_with_the_right_hash(tmp_path):
    import hashlib

    import skops.io

    file = tmp_path / "style.skops"
    skops.io.dump({"version": 1, "heads": Path("x")}, file)
    with pytest.raises(ModelError, match="only numbers"):
        StyleModel.load(file, hashlib.sha256(file.read_bytes()).hexdigest())
    file.write_bytes(b"not a zip")
    with pytest.raises(ModelError, match="not a style model"):
        StyleModel.load(file, hashlib.sha256(b"not a zip").hexdigest())
    with pytest.raises(ModelError, match="No such file"):
        StyleModel.load(tmp_path / "absent", "")


def test_three_sites_and_twenty_documents_are_enough():
    texts, labels, groups = corpus(sites=3, pages=7)
    model = StyleModel.fit(texts, labels, groups)
    assert model.report.held_out["prose"].auc.value > 0.9
    assert "no test set" in model.report.warnings[0]
    assert not model.report.test


def test_one_site_is_refused():
    texts, labels, _ = corpus(sites=3)
    with pytest.raises(ModelError, match="at least 2 sites"):
        StyleModel.fit(texts, labels, ["only.example"] * len(texts))


def test_too_few_documents_are_refused():
    texts, labels, groups = corpus(sites=3, pages=2)
    with pytest.raises(ModelError, match="at least 8 era documents"):
        StyleModel.fit(texts, labels, groups)
    with pytest.raises(ModelError, match="at least 8"):
        StyleModel.fit([], [], [])
    with pytest.raises(ModelError, match="one label and one site"):
        StyleModel.fit(texts, labels[:-1], groups)


def test_a_site_on_both_sides_does_not_straddle_a_fold():
    texts, labels, groups = corpus(sites=5)
    groups = [g.split()[-1] for g in groups]  # every site has both classes
    model = StyleModel.fit(texts, labels, groups)
    assert model.report.held_out["era"].auc.value > 0.9


def test_text_only_contrast_leaves_the_markup_head_out_and_says_so():
    texts, labels, groups = corpus()
    mixed = [t if y else Text(t.prose, format="text") for t, y in zip(texts, labels, strict=True)]
    model = StyleModel.fit(mixed, labels, groups)
    assert any(w.startswith("No markup head") for w in model.report.warnings)
    assert np.isnan(model.scores(texts[:1])["markup"][0])


def test_the_same_kind_of_text_cannot_be_told_apart():
    old = [page("old upper", i) for i in range(80)]
    same = distinguishability(old[:40], old[40:])
    assert same.low < 0.55  # one in twenty intervals misses 0.5
    other = distinguishability(old[:40], [page("new", i) for i in range(40)])
    assert other.value > 0.95


def test_masking_leaves_no_year_date_or_address():
    masked = features.mask(
        "Last updated: 12-Mar-95, Tuesday May 3rd, 1994 or 3/12/95; (c)1993-1996, in the 1990s, "
        "the '90s and the 20th century, http://a.example/1995/ and joe@cs.example.edu"
    )
    assert not any(c.isdigit() and c != "0" for c in masked)
    for left in ("mar", "may", "century", "90", "example", "http"):
        assert left not in masked


def test_marks_stand_on_the_words_and_tags_that_moved_the_score(model):
    text = page("old upper", 999)
    found = model.marks(text, most=200)
    shown = {"prose": features.prose_of(text), "body": text.body}
    cut = {(m.where, shown[m.where][m.start : m.end].lower()): m.weight for m in found}
    assert any(where == "body" and piece.startswith("<center") for where, piece in cut)
    assert sum(weight for (where, _), weight in cut.items() if where == "prose") > 0
    ends = [(m.start, m.end) for m in found if m.where == "prose"]
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(ends))
    assert model.marks(Text("one word", format="text")) == []


def test_words_and_pairs_have_the_same_column_wherever_they_stand():
    columns, starts = features.word_columns(" hello world, hello world x ")
    assert starts.tolist() == [1, 7, 14, 20, 26, 1, 7, 14, 20]
    assert columns[0] == columns[2]
    assert columns[5] == columns[7]  # `hello world`
    assert columns[5] != columns[6]  # `world hello`
    assert len(features.word_columns(" 0 0 ")[0]) == len(features.word_columns("")[0]) == 0


def test_a_model_knows_the_sites_it_was_fitted_to(model, tmp_path):
    file = tmp_path / "style.skops"
    again = StyleModel.load(file, model.save(file))
    again.unseen(["elsewhere.example"])
    with pytest.raises(ModelError, match="fitted to the site 'new 0'"):
        again.unseen(["elsewhere.example", "new 0"])


def test_a_site_held_for_something_else_is_not_fitted_to():
    with pytest.raises(ModelError, match="'new 1' is among the sites"):
        StyleModel.fit(*corpus(), held={"gate test": ["new 1", "other"]})


def test_a_large_site_does_not_decide_the_threshold():
    sites = np.array(["large"] * 900 + [f"small {i // 5}" for i in range(150)])
    scores = np.concatenate([np.full(900, 0.95), np.tile([0.3, 0.5, 0.6, 0.7, 0.8], 30)])
    found, enough = threshold(scores, sites, 0.9)
    assert enough
    assert found == 0.3  # by documents it would be 0.7
    assert threshold(scores[:900], sites[:900], 0.9) == (0.95, False)


def test_the_threshold_lets_nine_in_ten_documents_of_new_sites_pass():
    random = np.random.default_rng(5)

    def drawn(sites: int) -> tuple[np.ndarray, np.ndarray]:
        sizes = random.integers(1, 40, sites)
        level = np.repeat(random.normal(0, 1, sites), sizes)
        return level + random.normal(0, 1, len(level)), np.repeat(np.arange(sites), sizes).astype(
            str
        )

    passed = []
    for _ in range(200):
        limit, enough = threshold(*drawn(40), share=0.9)
        assert enough
        scores, sites = drawn(200)
        passed.append(np.mean([(scores[sites == s] >= limit).mean() for s in np.unique(sites)]))
    assert 0.89 <= np.mean(passed) <= 0.94


def test_pages_and_plain_texts_have_thresholds_of_their_own():
    texts, labels, groups = corpus()
    plain = [Text(t.prose, format="text") for t in texts]
    both = StyleModel.fit(texts + plain, labels * 2, groups + [f"text of {g}" for g in groups])
    pages, only = StyleModel.fit(texts, labels, groups), StyleModel.fit(plain, labels, groups)
    assert both.threshold != both.text_threshold
    assert pages.threshold == pages.text_threshold
    assert only.threshold == only.text_threshold


def test_a_few_pages_and_a_few_texts_share_a_threshold():
    texts, labels, groups = corpus(sites=2, pages=6)
    mixed = [
        Text(t.prose, format="text") if y and i % 2 else t
        for i, (t, y) in enumerate(zip(texts, labels, strict=True))
    ]
    model = StyleModel.fit(mixed, labels, groups)
    assert 0 < model.threshold == model.text_threshold < 1
