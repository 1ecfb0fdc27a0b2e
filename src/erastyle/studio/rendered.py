"""A text as a browser of its time would show it, in a response that can do nothing.

The body is what `erastyle.eval.report.sandbox` makes of it. The response is shown in an
`<iframe sandbox>`, and carries a policy of its own, so that it can do nothing either where somebody
opens its address.
"""

from __future__ import annotations

from html import escape

from erastyle.eval.report import sandbox
from erastyle.studio.placeholder_images import placeholder

HEADERS = {
    "Content-Security-Policy": f"sandbox; {sandbox.POLICY}",
    "X-DNS-Prefetch-Control": "off",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Headers of the response; the policy is the one of the design, section 7."""
MOST = 500_000
"""Most bytes of a text that are rendered."""
_HEAD = (
    # The frame has nothing that takes the focus, and may be long: the keyboard scrolls it so.
    f'{sandbox.HEAD}<html tabindex="0">'
    "<style>html:focus-visible{outline:3px solid #00e;outline-offset:-3px}</style>"
)
_PERIOD = (
    "<style>html{font:16px/1.2 'Times New Roman',Times,'Liberation Serif',serif}"
    "html:not(:has(body[bgcolor],body[background])){background:#c0c0c0}"
    "img{max-width:100%}pre,tt,code{font-family:'Courier New',Courier,'Liberation Mono',monospace}"
    "</style>"
)
_TYPED = (
    "<style>html{background:#fff;color:#000}"
    "pre{font:13px/1.35 'Courier New',Courier,'Liberation Mono',monospace;margin:12px;"
    "white-space:pre-wrap;overflow-wrap:anywhere}</style>"
)


def document(text: str, form: str) -> str:
    """Return the document that shows a text.

    Args:
        text: The text without a label.
        form: `html` or `text`: what the era writes.
    """
    part = sandbox.cut(text, MOST)
    if form != "html" or not sandbox.is_markup(part):
        return f"{_HEAD}{_TYPED}<pre>{escape(sandbox.visible(part))}</pre>"
    framed = sandbox.framed(_with_images(part))
    return _HEAD + _PERIOD + framed[len(sandbox.HEAD) :]


def _with_images(body: str) -> str:
    """Return a page whose images are placeholders; `framed` has the last word on the result."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(body)
    for image in tree.css("img"):
        image.attrs["src"] = placeholder(image.attributes.get("src") or "")
    return tree.html or ""
