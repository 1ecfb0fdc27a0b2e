"""A writer for tests of the studio: it writes what it is told, without a model."""

from __future__ import annotations

import time
from collections.abc import Callable

from erastyle.corpus.chronology import anachronisms
from erastyle.corpus.errors import ModelError
from erastyle.corpus.provenance.sidecar import Model
from erastyle.studio.style_writer import StopSignal, WritingStoppedError
from erastyle.studio.styles import StudioStyle
from erastyle.studio.text_record import (
    Checked,
    CheckedQuestion,
    CheckMark,
    FactRow,
    WritingOrder,
    Written,
)

PAGE = """<HTML><HEAD><TITLE>{title}</TITLE></HEAD>
<BODY>
<CENTER><IMG SRC="kite_ball.gif"><H1>{title}</H1></CENTER>
<HR>
Welcome to our page! It was made with Mosaic, and it looks best with a smartphone.
<UL>
<LI><A HREF="http://kites.example/meetings.html">Meetings</A> are on Mondays at 7.
<LI>Bring a kite. <B>No nylon line, please.</B>
<LI>A picture of last year's meeting (31K): <IMG SRC="meeting.jpg" ALT="people with kites">
</UL>
<HR><ADDRESS>Last updated 4 May 1995.</ADDRESS>
</BODY></HTML>
"""


class ScriptedWriter:
    """Writes a page about what is ordered, in pieces of some characters."""

    def __init__(self, page: str = PAGE, pause: float = 0.0, piece: int = 40) -> None:
        self.page, self.pause, self.piece = page, pause, piece

    def write(
        self,
        style: StudioStyle,
        order: WritingOrder,
        on_piece: Callable[[str], None],
        stopped: StopSignal,
    ) -> Written:
        if "fail" in order.brief:
            raise ModelError("The base cannot be loaded. Fetch it: `erastyle bases get smollm2`.")
        text = self.page.replace("{title}", order.subject)
        for start in range(0, len(text), self.piece):
            if stopped.is_set():
                raise WritingStoppedError
            time.sleep(self.pause)
            on_piece(text[start : start + self.piece])
        facts = [FactRow(state="kept", kind="number", text="7", now="7")]
        facts.append(FactRow(state="changed", kind="date", text="4 May", now="May 5"))
        facts.append(FactRow(state="lost", kind="name", text="Ann Hill"))
        at = text.find("No nylon")
        stood = {"guard": "structure", "reason": "unclosed list", "start": at, "end": at + 8}
        return Written(
            text=text,
            request=order.brief or f"Write a web page called “{order.title}”.",
            model=Model(
                name=str(style.run),
                base="starter",
                sha256="0" * 64,
                method="lora",
                strength=order.strength,
                era="web-1995",
                era_title=style.title,
            ),
            guards={"refused": {"loops": 2}, "let_stand": [stood] if at >= 0 else []},
            facts=tuple(facts) if order.draft else (),
        )

    def check(self, style: StudioStyle, text: str, request: str) -> Checked:
        del request
        hits = anachronisms.find(text, style.format, 1997)
        marks = [
            CheckMark(
                start=h.start, end=h.end, kind="anachronism", note=f"{h.term}, {h.first_year}"
            )
            for h in hits
        ]
        fails = bool(marks)
        return Checked(
            outcome="fails" if fails else "passes",
            sentence="not of the period: names smartphone, 1997" if fails else "could be of 1995",
            score=0.31 if fails else 0.64,
            threshold=0.4,
            words=len(text.split()),
            questions=(
                CheckedQuestion(question="form", meaning="form (tags and layout)", percentile=0.62),
                CheckedQuestion(
                    question="voice", meaning="voice (choice of words)", percentile=0.48
                ),
                CheckedQuestion(
                    question="sense", meaning="sense (word order, loops, length)", percentile=0.71
                ),
                CheckedQuestion(
                    question="time",
                    meaning="time (later words)",
                    percentile=0.03 if fails else 0.9,
                    evidence="names smartphone, 1997" if fails else "",
                ),
            ),
            marks=tuple(marks),
            compared=True,
        )
