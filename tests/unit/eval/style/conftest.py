from __future__ import annotations

import pytest

from erastyle.eval.style.classifier import StyleClassifier
from tests.style_pages import corpus


@pytest.fixture(scope="session")
def model() -> StyleClassifier:
    return StyleClassifier.fit(*corpus(), seed=3)
