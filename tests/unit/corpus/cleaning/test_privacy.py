"""Forms of numbers and paths that stood in pages of several countries."""

from __future__ import annotations

import pytest

from erastyle.corpus.cleaning.privacy import pseudonymise


@pytest.mark.parametrize(
    ("text", "item", "kind"),
    [
        ("reach me at ...!uunet!portsys!anna", "uunet!portsys!anna", "bang path"),
        ("Tel 0171-336 1477 before noon", "0171-336 1477", "phone"),
        ("Voice 752/564-2256, data on request", "752/564-2256", "phone"),
        ("<A NAME=anna@port.edu HREF=a.html>", "anna@port.edu", "email"),
        ("<a href=anna@port.edu>", "anna@port.edu", "email"),
        ("telnet 192.44.18.7 4000", "192.44.18.7", "ip"),
    ],
)
def test_an_item_goes_and_the_words_around_it_stay(text, item, kind):
    changed, counts = pseudonymise(text, "salt")
    assert item not in changed
    assert counts == {kind: 1}
    assert changed.startswith(text[: text.index(item)])
    assert changed.endswith(text[text.index(item) + len(item) :])


@pytest.mark.parametrize("text", ["chapter 3.2.1.4 of the guide", "a!=b", "not/this-1234"])
def test_what_only_looks_like_one_stays(text):
    assert pseudonymise(text, "salt") == (text, {})


def test_another_salt_gives_other_stand_ins_and_the_same_salt_the_same():
    text = "Mail anna@port.example.org"
    assert pseudonymise(text, "one") == pseudonymise(text, "one")
    assert pseudonymise(text, "one")[0] != pseudonymise(text, "two")[0]


def test_a_runs_salt_comes_from_its_seed_unless_one_is_given():
    from erastyle.pipeline.clean import CleanOptions, salt

    assert salt(CleanOptions(), 1) == salt(CleanOptions(), 1) != salt(CleanOptions(), 2)
    assert salt(CleanOptions(salt="mine"), 1) == "mine"
