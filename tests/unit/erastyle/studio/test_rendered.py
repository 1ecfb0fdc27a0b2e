from __future__ import annotations

import base64

from erastyle.eval.report import sandbox
from erastyle.studio import rendered
from erastyle.studio.placeholder_images import placeholder


def test_a_page_is_what_the_sandbox_makes_of_it():
    page = rendered.document('<P><A HREF="http://a.example/">A</A><SCRIPT>x</SCRIPT>', "html")
    assert page.startswith(sandbox.HEAD)
    assert "a.example" not in page
    assert "<script" not in page.lower()


def test_no_address_of_an_image_is_left():
    page = rendered.document(
        '<IMG SRC="http://a.example/a.gif" SRCSET="http://b.example/ 2x">', "html"
    )
    assert "example" not in page
    assert 'src="data:image/gif;base64,' in page


def test_what_looks_like_a_placeholder_in_a_text_stays_text():
    page = rendered.document('<P>write src="data:," here', "html")
    assert 'write src="data:," here' in page


def test_a_text_without_markup_is_shown_as_typed():
    page = rendered.document("a < b & <c>\n\x00", "text")
    assert "<pre>a &lt; b &amp; &lt;c&gt;\n␀</pre>" in page


def test_a_long_text_is_cut():
    assert len(rendered.document("<P>" + "é" * 2_000_000, "html").encode()) < 2 * rendered.MOST


def test_placeholders_are_gifs():
    for name, size in (("ball.gif", (13, 13)), ("hr_bar.gif", (400, 4)), ("", (64, 64))):
        raw = base64.b64decode(placeholder(name).partition(",")[2])
        assert raw[:6] == b"GIF89a"
        assert (int.from_bytes(raw[6:8], "little"), int.from_bytes(raw[8:10], "little")) == size
