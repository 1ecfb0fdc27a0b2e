"""Generated pages of two kinds, to fit small style classifiers on."""

from __future__ import annotations

import random

from erastyle.eval.style.features import Text

OLD = (
    "Welcome to my home page, please sign the guest book before you leave",
    "This page is under construction, so come back soon and see what is new",
    "Send mail to the webmaster if a link does not work any more",
    "Best viewed with a graphical browser and an 800 by 600 screen",
    "Here are some of my favourite places on the net, have a look at them",
)
NEW = (
    "Sign up for our newsletter and never miss an update from the team",
    "We use cookies to improve your experience, manage your preferences",
    "Share this story on social media or copy the link to your phone",
    "Download the app today and unlock exclusive content for free",
    "Our platform empowers creators to monetize their online community",
)


def page(kind: str, seed: int) -> Text:
    random_ = random.Random(f"{kind} {seed}")
    lines = [random_.choice(OLD if "old" in kind else NEW) for _ in range(6)]
    lines.append(f"Item {random_.choice('abcdefgh')} number {random_.randint(1, 99)} of the list")
    prose = ". ".join(lines)
    if "upper" in kind:
        body = "<HTML><BODY BGCOLOR=#FFFFFF><CENTER><H1>Page</H1></CENTER><P>" + "<P>".join(lines)
    else:
        body = '<!DOCTYPE html><html><body class="main"><div id="app"><p>' + "</p><p>".join(lines)
    return Text(body, prose)


def corpus(sites: int = 4, pages: int = 6) -> tuple[list[Text], list[int], list[str]]:
    texts, labels, groups = [], [], []
    for label, kind in ((1, "old upper"), (0, "new")):
        for site in range(sites):
            for number in range(pages):
                texts.append(page(kind, 100 * site + number))
                labels.append(label)
                groups.append(f"{kind} {site}")
    return texts, labels, groups
