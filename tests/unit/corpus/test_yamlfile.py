"""Messages about values in YAML files and behind --set: what to write, one for a mistake."""

from __future__ import annotations

import pytest

from erastyle import config
from erastyle.corpus import yamlfile
from erastyle.corpus.errors import ConfigError


@pytest.mark.parametrize(
    ("override", "advice"),
    [
        ("era.period.to=1999", "write a day: 1999-12-31"),
        ("era.period.to=soon", "write a day: 1999-12-31"),
        ("era.period.from=1993-13-01", "write a day: 1999-12-31"),
        ("era.period.to=[1999]", "write a day: 1999-12-31"),
        ("clean.salt=0123", "put quotes around it"),
        ("clean.salt=1.5", "put quotes around it"),
        ("clean.salt=1999-01-01", "put quotes around it"),
        ("era.language=no", "YAML reads yes, no, on and off as false"),
        ('era.briefs=["Write {title} about {abuot}."]', "{abuot}"),
        ('era.briefs=["Write {titel}.", "Make {abuot}."]', "{abuot}"),
        ("era.briefs=[]", "at least 1 item"),
        ("comparison.contrast=modern-pages", "write a list: [modern-pages] (got 'modern-pages')"),
        ("ingest.sources=pages", "write a list: [pages]"),
        ("era.formats=html", "write a list: [html]"),
    ],
)
def test_a_message_says_what_to_write(override: str, advice: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load("web-1995", [override])
    message = str(caught.value)
    assert advice in message
    assert "zero time" not in message
    assert len(message.splitlines()) == 1 + ("titel" in override)


def test_a_day_that_does_not_exist_is_refused_with_its_file() -> None:
    with pytest.raises(ConfigError, match=r"a\.yaml: not YAML"):
        yamlfile.parse("period:\n  to: 1993-13-01\n", "a.yaml")
