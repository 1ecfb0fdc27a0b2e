"""Licences as sources state them: does one forbid to pass a document on?"""

from __future__ import annotations

import re

_FORBIDDING = (
    (r"all rights reserved", "all rights are reserved"),
    (
        r"\bno[ -]?deriv|\bby(-nc)?-nd\b|\bnd/\d",
        "no derivatives are allowed, and a cleaned text is one",
    ),
    (
        r"\b(no|without|not for|not allow\w*|prohibit\w*|forbid\w*) (re)?distribut"
        r"|\bdo not (re)?distribut|\bnot (be )?(re)?distribut"
        r"|(re)?distribution (is )?(not|prohibited|forbidden)",
        "it may not be distributed",
    ),
    (r"\bpersonal use\b|\bprivate use\b|\binternal use\b", "it is for personal or internal use"),
    (r"\bresearch (use )?only\b|\bonly for research\b", "it is for research only"),
    (r"\bproprietary\b|\bconfidential\b", "it is proprietary"),
    (r"^in copyright\b|rightsstatements\.org/vocab/inc\b", "it is in copyright"),
)


def why_not_passed_on(licence: str) -> str:
    """Return why a licence forbids to pass a document on; empty where it does not, or says nothing.

    Args:
        licence: As the source states it; empty where it states none.

    Example:
        >>> why_not_passed_on("CC-BY-NC-ND 4.0")
        'no derivatives are allowed, and a cleaned text is one'
        >>> why_not_passed_on("Copyright 1996 A. Person. All rights reserved.")
        'all rights are reserved'
        >>> why_not_passed_on("Public domain"), why_not_passed_on("CC-BY-NC 4.0")
        ('', '')
        >>> why_not_passed_on("The Unlicense"), why_not_passed_on("")
        ('', '')
    """
    text = " ".join(licence.casefold().split())
    return next((why for pattern, why in _FORBIDDING if re.search(pattern, text)), "")
