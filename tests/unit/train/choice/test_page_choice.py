"""The checkpoint whose pages pass most often is kept, or the earliest that is as good."""

from __future__ import annotations

import pytest

from erastyle.train.choice.page_choice import PageChoice, PageScore, looks, moments
from erastyle.train.choice.page_judge import PageVerdict


def score(update: int, passing: int, percentile: float = 0.3, **more: float | bool) -> PageScore:
    return PageScore(update, passing / 12, percentile, 0.2, 12, **more)  # type: ignore[arg-type]


def choice(*scores: PageScore, patience: int = 9) -> PageChoice:
    made = PageChoice(patience)
    for one in scores:
        made.add(one)
    return made


def chosen(*scores: PageScore) -> int:
    kept = choice(*scores).chosen
    assert kept is not None
    return kept.update


def test_a_score_counts_pages_that_pass_and_their_percentiles() -> None:
    verdicts = [PageVerdict(True, 0.5, ""), PageVerdict(False, 0.1, "")]
    made = PageScore.of(7, verdicts)
    assert (made.update, made.share, made.pages) == (7, 0.5, 2)
    assert (made.percentile, made.deviation) == pytest.approx((0.3, 0.2))


def test_the_best_is_kept_where_the_earlier_ones_are_clearly_worse() -> None:
    assert chosen(score(10, 2), score(20, 8), score(30, 11)) == 30


def test_the_earliest_within_one_standard_error_of_the_best_is_kept() -> None:
    assert chosen(score(10, 2), score(20, 8), score(30, 9)) == 20


def test_of_shares_that_are_alike_the_percentiles_decide() -> None:
    assert chosen(score(10, 0, 0.01), score(20, 0, 0.3)) == 20
    assert chosen(score(10, 0, 0.28), score(20, 0, 0.3)) == 10


def test_where_the_judge_gives_no_page_anything_the_lowest_loss_chooses() -> None:
    losses = ((10, 3.0), (20, 2.0), (30, 2.5))
    made = choice(*(PageScore(at, 0.0, 0.0, 0.0, 12, loss) for at, loss in losses))
    assert made.chosen is not None
    assert made.chosen.update == 20
    assert "the lowest loss on dev sites chose" in made.sentence()
    made.add(score(40, 1))
    assert made.chosen.update == 40


def test_a_checkpoint_that_fell_behind_stays_out() -> None:
    made = choice(score(10, 2), score(20, 11), score(30, 2))
    assert made.kept == {20}


def test_a_checkpoint_that_the_losses_forbid_is_not_chosen_unless_there_is_no_other() -> None:
    forbidden = score(20, 12, passed_over=True)
    assert chosen(score(10, 3), forbidden) == 10
    only = [score(10, 3, loss=3.0, passed_over=True), score(20, 1, loss=2.0, passed_over=True)]
    made = choice(*only)
    assert made.kept == {20}
    assert "although the losses speak against it" in made.sentence()


def test_pages_that_get_worse_twice_end_the_training() -> None:
    made = PageChoice(2)
    says = [made.add(score(at, passing)) for at, passing in ((10, 9), (20, 3), (30, 8), (40, 3))]
    assert says == [""] * 4, "the third was as good as the best"
    assert made.add(score(50, 2)) == (
        "written pages were worse than the best at 2 checkpoints in a row"
    )


def test_a_score_comes_back_from_the_log_as_it_was() -> None:
    made = score(10, 7, loss=2.5, passed_over=True)
    line = {"step": 10, "epoch": 0.5, **made.logged()}
    assert PageScore.from_log(line, 2.5, passed_over=True) == made
    assert PageScore.from_log({"step": 10, "loss": 1.0}, 2.5) is None


@pytest.mark.parametrize("passing", range(13))
def test_a_checkpoint_out_of_reach_of_the_share_never_comes_back(passing: int) -> None:
    """So its weights may be removed: the error never grows faster than the best share."""
    for best in range(13):
        for later in range(best + 1, 13):
            behind = not score(1, passing).near(score(2, best))
            assert not (behind and score(1, passing).near(score(3, later)))


def test_the_sentence_names_the_best_and_why_it_is_not_taken() -> None:
    made = choice(score(10, 8), score(20, 9))
    assert made.sentence() == (
        "update 10 is kept: 8 of 12 pages pass, within a standard error of the 9 at update 20"
    )
    assert choice(score(10, 8)).sentence() == "update 10 is kept: 8 of 12 pages pass, the best"


def test_looks_fall_on_logged_updates_within_epochs() -> None:
    within = moments(300, 2, 300_000, 90_000, 5)
    assert within
    assert all(update % 5 == 0 and update % 150 for update in within)
    assert len(within) + 2 == looks(2, 300_000, 90_000)
    assert moments(20, 2, 5_000, 90_000, 1) == set(), "a short epoch is looked at once"
