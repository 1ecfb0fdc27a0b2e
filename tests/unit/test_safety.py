"""Rules of docs/safety.md that hold for every line of the package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULES = sorted(
    path
    for folder in ("corpus", "pipeline", "train", "eval")
    for path in (ROOT / folder).rglob("*.py")
) + sorted(
    path
    for folder in (ROOT / "src" / "erastyle", ROOT / "src" / "erastyle" / "commands")
    for path in folder.glob("*.py")
)
UNPICKLING = {"pickle", "cPickle", "joblib", "dill", "cloudpickle", "marshal", "shelve"}


def problems(source: str) -> Iterator[str]:
    """Yield what breaks a rule, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None)
            names = [module] if module else [alias.name for alias in node.names]
            for name in names:
                if name.split(".")[0] in UNPICKLING:
                    yield f"{node.lineno}: imports {name}"
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        given = {k.arg: ast.unparse(k.value) for k in node.keywords if k.arg}
        if called == "torch.load" and given.get("weights_only") != "True":
            yield f"{node.lineno}: torch.load without weights_only=True"
        if "trust_remote_code" in given:
            yield f"{node.lineno}: trust_remote_code"
        if given.get("allow_pickle") == "True":
            yield f"{node.lineno}: allow_pickle"
        if called in ("eval", "exec", "yaml.load", "yaml.unsafe_load", "yaml.full_load"):
            yield f"{node.lineno}: {called}"
        if called == "skops.io.loads" and given.get("trusted") != "[]":
            yield f"{node.lineno}: skops trusts more than numbers"


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "torch.load(path)",
        "Model.from_pretrained(name, trust_remote_code=True)",
        "np.load(path, allow_pickle=True)",
        "yaml.load(text)",
        "exec(text)",
        "skops.io.loads(data, trusted=types)",
    ],
)
def test_the_search_finds_what_runs_code_of_strangers(source: str) -> None:
    assert len(list(problems(source))) == 1


def test_no_module_runs_code_from_files() -> None:
    assert len(MODULES) > 80
    found = [
        f"{path.relative_to(ROOT)}:{problem}"
        for path in MODULES
        for problem in problems(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


def test_libraries_are_told_not_to_report_before_they_are_imported() -> None:
    import os

    import erastyle

    tree = ast.parse(Path(erastyle.__file__).read_text(encoding="utf-8"))
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert [alias.name for node in imports for alias in node.names] == ["os"]
    assert os.environ["DAFT_ANALYTICS_ENABLED"] == "0"
    assert os.environ["DO_NOT_TRACK"] == "1"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
