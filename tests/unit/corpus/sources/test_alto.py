"""Text of ALTO pages, and the day in a path."""

from __future__ import annotations

import pytest

from erastyle.corpus.sources import alto
from erastyle.corpus.sources.base import DamagedError

ALTO = b"""<?xml version="1.0"?><alto xmlns="http://www.loc.gov/standards/alto/ns-v2#"><Layout><Page>
<TextBlock><TextLine><String CONTENT="THE"/><SP/><String CONTENT="NEWS"/></TextLine>
<TextLine><String CONTENT="of yester"/><HYP CONTENT="-"/></TextLine></TextBlock>
<TextBlock><TextLine><String CONTENT="day"/></TextLine></TextBlock></Page></Layout></alto>"""


def test_a_page_of_alto_becomes_lines_and_blocks() -> None:
    assert alto.alto_text(ALTO) == "THE NEWS\nof yester-\n\nday\n"


@pytest.mark.parametrize("raw", [b"<mets></mets>", b"<alto><TextLine>", b"no xml"])
def test_what_is_no_page_of_alto_is_refused(raw: bytes) -> None:
    with pytest.raises(DamagedError):
        alto.alto_text(raw)


@pytest.mark.parametrize(
    ("path", "date"),
    [
        ("sn83030214/00175042167/1890010502/0001.xml", "1890-01-05"),
        ("dates/19160711/sn85050913-ed-1_seq-1.txt", "1916-07-11"),
        ("sn83026170_1820_01_15_a_i0002.txt", "1820-01-15"),
        ("1874/march/x.txt", "1874"),
        ("10772674_Dorchester1860.txt", ""),
        ("sn18900105/x.txt", ""),
    ],
)
def test_the_day_of_issue_stands_in_the_path(path: str, date: str) -> None:
    assert alto.issue_day(path) == date
