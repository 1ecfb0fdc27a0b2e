"""The parts of sites by which the judge is measured: what was looked at before is never last."""

from __future__ import annotations

import hashlib
import importlib
from types import ModuleType

import pytest

from tests.conftest import ROOT

SITES = [f"site {n}.example" for n in range(2_000)]


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("judge_documents")


def first_part(site: str) -> str:
    """The part of a site when the judge was first measured."""
    number = int(hashlib.sha256(f"36 {site}".encode()).hexdigest(), 16) % 20
    return "last" if number < 4 else "check" if number < 9 else "learn"


def test_only_sites_that_had_learnt_are_last_and_check_stays_check(documents: ModuleType) -> None:
    parts = {site: documents.part_of(site) for site in SITES}
    assert {first_part(site) for site in SITES if parts[site] == "last"} == {"learn"}
    assert all((first_part(s) == "check") == (parts[s] == "check") for s in SITES)
    share = sum(part == "last" for part in parts.values()) / len(SITES)
    assert 0.17 <= share <= 0.23


def test_groups_that_were_last_learn_now(documents: ModuleType) -> None:
    parts = documents.PART_OF_GROUP
    assert parts["comp.windows.x"] == parts["rec.sport.hockey"] == "learn"
    assert sorted(g for g, part in parts.items() if part == "last") == [
        "comp.os.ms-windows.misc",
        "rec.motorcycles",
    ]
