"""Machine-written text is told from people's by its style, with a reason; short texts are not."""

from __future__ import annotations

import pytest

from erastyle.corpus import era
from erastyle.corpus.cleaning import cleaner, machine_text
from erastyle.corpus.cleaning.quality import Drop
from tests import factories

ASSISTANT = """Gardening offers numerous benefits for individuals of all ages. Here are some
essential
tips to help you get started on your journey:

1. **Choose the right location**: Ensure that your garden receives sufficient sunlight. Most
vegetables typically require at least six hours of direct light each day.

2. **Prepare the soil**: Healthy soil is crucial for plant growth. Consider adding compost, organic
matter, and essential nutrients to improve its overall structure.

3. **Water consistently**: Providing adequate moisture helps roots develop, allowing plants to
thrive. Additionally, it is important to avoid overwatering, ensuring effective drainage.

In conclusion, gardening can be a rewarding experience that fosters a sense of community, enhances
well-being, and provides valuable insights into the natural world. Remember, patience is key!
"""
PERSON = """Well, I finally got the greenhouse up last weekend, no thanks to my brother, who dropped
one of the panes on the path. I put in tomatoes and a few peppers. Don't know if they'll make it,
we had frost again on tuesday!! The old boy next door says I should have waited till May, and he
has grown the things for forty years, so I guess he's right. Anyway I'll post a picture when I find
out where the scanner cable went. If anybody has seeds of those small yellow ones that my
grandmother had, drop me a line, I'd swap them for beans or whatever.
"""


def test_an_assistants_answer_reads_as_machine_written():
    assert machine_text.machine_like(ASSISTANT)
    assert not machine_text.machine_like(PERSON)
    assert machine_text.score(ASSISTANT) > 0.99 > 0.1 > machine_text.score(PERSON)


def test_the_reasons_name_what_raised_the_score():
    names = [name for name, _ in machine_text.reasons(ASSISTANT, most=12)]
    assert {"bold", "ensure", "essential", "additionally", "crucial"} & set(names)
    assert all(added > 0 for _, added in machine_text.reasons(ASSISTANT))


@pytest.mark.parametrize("text", ["", "word " * (machine_text.MIN_WORDS - 1), "1 2 3 " * 500])
def test_a_short_text_is_not_judged(text):
    assert machine_text.score(text) is None
    assert not machine_text.machine_like(text)
    assert machine_text.reasons(text) == []


def test_a_text_of_one_word_or_one_sentence_is_judged_without_failing():
    assert 0 <= machine_text.score("word " * 500) <= 1
    assert 0 <= machine_text.score("a-b " * 500 + "!" * 5000) <= 1


def test_machine_text_in_a_period_folder_is_dropped_with_what_gave_it_away():
    document = factories.document(ASSISTANT, source="notes.txt")
    found = cleaner.clean(document, era.load("usenet-1993"))
    assert isinstance(found, Drop)
    assert found.reason == "reads as machine-written"
    assert "raised by" in found.detail


def test_generated_text_that_says_so_is_not_judged():
    document = factories.document(ASSISTANT, source="notes.txt", origin="synthetic")
    assert "machine" not in cleaner.measure(document, era.load("usenet-1993")).signals


def test_an_era_can_switch_the_rule_off():
    shipped = era.load("usenet-1993")
    rules = shipped.quality.model_copy(update={"max_machine": 1.0})
    document = factories.document(ASSISTANT, source="notes.txt")
    found = cleaner.clean(document, shipped.model_copy(update={"quality": rules}))
    assert not isinstance(found, Drop)
