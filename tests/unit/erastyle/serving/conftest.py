"""Styles over one tiny base, a scheduler over them, and the application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from erastyle.serving.scheduler import Scheduler
from erastyle.serving.styles import Styles
from tests import factories


@pytest.fixture(scope="session")
def lora_folder(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A style model of method lora, whose adapter is strong and random."""
    return factories.lora_style(tmp_path_factory.mktemp("lora") / "web-1995", tiny_base, seed=1)


@pytest.fixture(scope="session")
def styles(lora_folder: Path, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Styles:
    """Two styles over one base."""
    root = tmp_path_factory.mktemp("lora")
    return Styles.of([lora_folder, factories.lora_style(root / "usenet-1993", tiny_base, seed=2)])


@pytest.fixture(scope="session")
def scheduler() -> Iterator[Scheduler]:
    """A scheduler that all tests share: the model is loaded once."""
    made = Scheduler()
    yield made
    made.close()
