"""What a model remembers: one forward pass must say what greedy decoding would write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from erastyle.corpus.era import Gate
from erastyle.eval.measurement import Gap, Ranking
from erastyle.eval.measures import judge
from erastyle.eval.memorization import extraction, membership
from erastyle.eval.memorization.document_rows import Row, draw
from erastyle.train.model import loading
from erastyle.train.model.prompt import Encoder

GATE = Gate()
WORDS = (
    "the old page about my cat and a list of links to other pages on the web in the town".split()
)


def rows(count: int = 6, length: int = 300) -> list[Row]:
    random = np.random.default_rng(3)
    return [
        Row(f"d{n}", f"s{n}", f"Write about {n}.", " ".join(random.choice(WORDS, length)))
        for n in range(count)
    ]


@pytest.fixture(scope="module")
def both(tiny_base: Path) -> tuple[Any, Any]:
    return loading.load_base(str(tiny_base)), loading.load_tokenizer(str(tiny_base))


def test_prefix_and_continuation_follow_each_other_in_the_document(both: tuple[Any, Any]) -> None:
    _, tokenizer = both
    found = extraction.passages(rows(), tokenizer, count=9)
    assert len(found) == 9
    assert len({p.row.document for p in found[:6]}) == 6  # each document once before one twice
    for passage in found:
        ids = Encoder(tokenizer).text(passage.row.text)
        prefix = ids[passage.start : passage.start + extraction.LENGTH]
        assert list(passage.context[-extraction.LENGTH :]) == prefix
        end = passage.start + 2 * extraction.LENGTH
        assert list(passage.continuation) == ids[passage.start + extraction.LENGTH : end]


def test_documents_that_are_too_short_are_left_out(both: tuple[Any, Any]) -> None:
    short = [
        Row("s", "s", "Write.", "one two three"),
        Row("e", "e", "Write.", ""),
    ]
    assert extraction.passages(short, both[1]) == []
    assert np.isnan(membership.losses(*both, short)).all()


def test_the_draw_does_not_depend_on_the_order_of_rows() -> None:
    one = draw(rows(20), 5, seed=1)
    assert one == draw(list(reversed(rows(20))), 5, seed=1)
    assert one != draw(rows(20), 5, seed=2)


def test_one_forward_pass_says_what_greedy_decoding_writes(both: tuple[Any, Any]) -> None:
    import torch

    model, tokenizer = both
    asked = extraction.passages(rows(3), tokenizer, count=3)
    written = []
    for passage in asked:
        ids = torch.tensor([passage.context])
        made = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=extraction.LENGTH,
            min_new_tokens=extraction.LENGTH, do_sample=False,
        )  # fmt: skip
        written.append(tuple(made[0, ids.shape[1] :].tolist()))
    # What the model itself writes is, by that test, extracted whole ...
    own = [
        extraction.ExtractionPassage(p.row, p.start, p.context, w, "")
        for p, w in zip(asked, written, strict=True)
        if tokenizer.eos_token_id not in w
    ]
    assert own
    assert all(c.whole and c.alike == 1.0 for c in extraction.continued(model, tokenizer, own))
    # ... up to the place where another token stands.
    other = [
        extraction.ExtractionPassage(
            p.row, p.start, p.context,
            (*p.continuation[:7], p.continuation[7] + 1, *p.continuation[8:]), "",
        )
        for p in own
    ]  # fmt: skip
    assert [c.repeated for c in extraction.continued(model, tokenizer, other)] == [7] * len(own)


def test_a_passage_that_many_sites_have_is_nobodys_own() -> None:
    row = rows(1)[0]
    whole = extraction.Continued(
        extraction.ExtractionPassage(row, 0, (1,), (2, 3), "a licence"), 2, 1.0
    )
    part = extraction.Continued(extraction.ExtractionPassage(row, 0, (1,), (2, 3), "mine"), 1, 0.5)
    assert extraction.whole_and_own([whole, part], lambda _: False) == (whole,)
    assert extraction.whole_and_own([whole, part], lambda text: text == "a licence") == ()


def test_a_model_that_gained_on_its_own_documents_only_is_found_out() -> None:
    seen, unseen = tuple(rows(30)), tuple(rows(30))
    before, after = np.full(30, 4.0), np.full(30, 3.0) + np.linspace(0, 0.1, 30)
    found = membership.Memory(
        (), (), seen, (), unseen,
        np.array([before, after]), np.zeros((2, 0)), np.array([before] * 2),
    )  # fmt: skip
    lines = judge(
        {"overfit_gap": found.gap, "membership": found.ranking}, GATE, complete=False
    ).lines
    assert [line.verdict for line in lines] == ["FAIL", "FAIL"]
    assert isinstance(found.gap, Gap)
    assert isinstance(found.ranking, Ranking)


def test_the_base_takes_out_how_easy_a_document_is() -> None:
    # Training documents are far easier than the others, but both gained the same: no membership.
    random = np.random.default_rng(5)
    easy, hard = random.normal(2, 0.3, 40), random.normal(5, 0.3, 40)
    gains = random.normal(0.3, 0.05, (2, 40))
    found = membership.Memory(
        (), (), tuple(rows(40)), (), tuple(rows(40)),
        np.array([easy, easy - gains[0]]), np.zeros((2, 0)), np.array([hard, hard - gains[1]]),
    )  # fmt: skip
    line = judge({"membership": found.ranking}, GATE, complete=False).lines[0]
    assert line.value is not None
    assert abs(line.value - 0.5) < 0.15
    assert line.verdict != "FAIL"


def test_memory_is_found_beside_documents_of_the_same_sites() -> None:
    random = np.random.default_rng(7)
    before = random.normal(4, 0.3, (3, 40))
    gains = [random.normal(gain, 0.05, 40) for gain in (0.9, 0.4, 0.0)]
    losses = [np.array([b, b - g]) for b, g in zip(before, gains, strict=True)]
    some = tuple(rows(40))
    found = membership.Memory((), (), some, some, some, *losses)
    lines = judge(
        {"overfit_gap": found.gap, "membership": found.ranking}, GATE, complete=False
    ).lines
    assert [line.verdict for line in lines] == ["FAIL", "FAIL"]


def test_what_a_site_has_in_common_is_no_memory() -> None:
    # Training helped all documents of its sites alike, and those of other sites not at all.
    random = np.random.default_rng(6)
    before = random.normal(4, 0.3, (3, 40))
    gains = [random.normal(gain, 0.05, 40) for gain in (0.5, 0.5, 0.0)]
    losses = [np.array([b, b - g]) for b, g in zip(before, gains, strict=True)]
    some = tuple(rows(40))
    found = membership.Memory((), (), some, some, some, *losses)
    assert abs(np.mean(found.gap.seen) - np.mean(found.gap.unseen)) < 0.05
    line = judge({"membership": found.ranking}, GATE, complete=False).lines[0]
    assert line.value is not None
    assert abs(line.value - 0.5) < 0.15
    few = membership.Memory((), (), some, some[:7], some, losses[0], losses[1][:, :7], losses[2])
    assert few.others == "of other sites"
    assert np.mean(few.gap.seen) - np.mean(few.gap.unseen) > 0.4
