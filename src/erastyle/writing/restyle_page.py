"""The page about restyled drafts: draft and text side by side, and the ledger of facts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from erastyle.corpus.atomic import write_atomically
from erastyle.corpus.provenance.label import RESTYLED, Notice, head_lines
from erastyle.eval.report import sandbox

if TYPE_CHECKING:
    from erastyle.train.restyle.restyle import Restyled

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; }
.pair > * { min-width: 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
iframe { width: 100%; height: 28rem; border: 1px solid #8888; background: #fff; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; vertical-align: top; }
tr { border-bottom: 1px solid #8884; }
.lost, .changed { font-weight: 600; }
.note { border-left: 4px solid currentColor; padding: .4rem .9rem; }
@media (max-width: 50rem) { .pair { grid-template-columns: 1fr; } }
"""


def write(done: Sequence[tuple[str, Restyled]], path: Path) -> None:
    """Write the page.

    Args:
        done: Name of each draft, and what was made of it.
        path: Where to.

    Raises:
        OSError: It cannot be written.
    """
    body = "\n".join(_one(name, one) for name, one in done)
    write_atomically(
        path,
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="utf-8"><title>Restyled drafts</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'\">\n"
        '<meta name="color-scheme" content="light dark">\n'
        f"{head_lines(Notice(RESTYLED))}\n"
        f"<style>{STYLE}</style></head>\n<body>\n<h1>Restyled drafts</h1>\n"
        '<p class="note">Written by a machine from drafts of people. They are no documents of the '
        "period.</p>\n"
        f"{body}\n</body></html>\n",
    )


def _one(name: str, one: Restyled) -> str:
    shown = sandbox.show(one.text, "html" if sandbox.is_markup(one.text) else "text")
    frame = (
        f'<iframe sandbox="" title="The text, rendered" srcdoc="{escape(shown.frame)}"></iframe>'
        if shown.frame
        else ""
    )
    rows = "\n".join(
        f'<tr class="{e.state}"><td>{e.state}{" (copied back)" if e.repaired else ""}</td>'
        f"<td>{escape(e.kind)}</td><td>{escape(e.in_draft)}</td><td>{escape(e.now)}</td></tr>"
        for e in one.facts.entries
    )
    return f"""<section>
<h2>{escape(name)}</h2>
<p>As written: {escape(one.raw.sentence())}. Repaired: {escape(one.facts.sentence())};
{len(one.copied_back)} sentences were copied back from the draft.
{100 * one.changed:.0f} % of the runs of four words are new.</p>
<div class="pair">
<div><h3>Draft</h3><pre>{escape(sandbox.visible(one.draft))}</pre></div>
<div><h3>In the era's manner</h3>{frame}<pre>{escape(sandbox.visible(one.text))}</pre></div>
</div>
<h3>Facts</h3>
<table><thead><tr><th>state</th><th>kind</th><th>draft</th><th>text</th></tr></thead>
<tbody>
{rows}
</tbody></table>
</section>"""
