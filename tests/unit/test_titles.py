"""Identifiers are identifiers: nothing but the page and the terminal looks at display titles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

MEASURES = ROOT / "eval" / "measures"


def modules() -> Iterator[Path]:
    for folder in ("corpus", "pipeline", "train", "eval", "src/erastyle/commands"):
        yield from sorted((ROOT / folder).rglob("*.py"))
    yield from sorted((ROOT / "src" / "erastyle").glob("*.py"))


def titles() -> set[str]:
    """Return the names of metrics and checks, as the files of the measures write them."""
    names = set()
    for path in MEASURES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                given = [k.value for k in node.keywords if k.arg == "name"]
                if isinstance(node.func, ast.Name) and node.func.id == "Check":
                    given += node.args[1:2]
                names |= {
                    str(n.value)
                    for value in given
                    for n in ast.walk(value)
                    if isinstance(n, ast.Constant) and isinstance(n.value, str)
                }
    return {name for name in names if " " in name.strip()}


def looked_up(tree: ast.AST) -> Iterator[str]:
    """Yield the texts that a module compares with, or looks up in a mapping."""
    for node in ast.walk(tree):
        places: list[ast.AST] = []
        if isinstance(node, ast.Subscript):
            places = [node.slice]
        elif isinstance(node, ast.Compare):
            places = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            places = list(node.args) if node.func.attr in ("get", "metric", "line") else []
        for place in places:
            yield from (
                n.value
                for n in ast.walk(place)
                if isinstance(n, ast.Constant) and isinstance(n.value, str)
            )


def test_the_titles_are_there() -> None:
    assert {"texts that pass as documents of the era", "style pass", "general text"} <= titles()


def test_no_module_looks_a_display_title_up() -> None:
    known = titles()
    wrong = {
        f"{path.relative_to(ROOT)}: {text}"
        for path in modules()
        for text in looked_up(ast.parse(path.read_text(encoding="utf-8")))
        if text in known
    }
    assert not wrong


def test_a_lookup_by_title_is_noticed() -> None:
    tree = ast.parse('scored.metric("texts that pass as documents of the era")')
    assert list(looked_up(tree)) == ["texts that pass as documents of the era"]
