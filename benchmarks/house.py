"""How easy the house is to find one's way in: counted from the source, without a network.

    python benchmarks/house.py            # the figures
    python benchmarks/house.py --list     # the places behind them
    python benchmarks/house.py --at REV   # of another commit

The figure of repeated lines needs pylint: `pip install pylint` into any environment, or it says
that it was not measured.
"""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from harness import ROOT, Bench

LAYERS = ("corpus", "pipeline", "train", "eval")
GENERIC_FILES = {"__init__", "stage", "options", "source", "base"}
GENERIC_NAMES = ("result", "rows", "data", "items")
WIDE = ("commands", "corpus/sources")  # folders that may hold up to 26 files
MOST_LINES, MOST_POSITIONAL = 60, 6


def sources(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield (dotted name, path) of every module of the package, the links not followed."""
    for folder in LAYERS:
        for path in sorted((root / folder).rglob("*.py")):
            yield ".".join(("erastyle", *path.relative_to(root).with_suffix("").parts)), path
    top = root / "src" / "erastyle"
    for path in sorted(top.rglob("*.py")):
        parts = path.relative_to(top).with_suffix("").parts
        if parts[0] not in LAYERS:
            yield ".".join(("erastyle", *parts)), path


def layer(name: str) -> int:
    """Return the floor of a module: 0 is corpus, 4 the commands."""
    part = f"{name}.".split(".")[1]
    return LAYERS.index(part) if part in LAYERS else len(LAYERS)


def imports(tree: ast.Module, known: set[str]) -> Iterator[str]:
    """Yield the modules of the package that a module imports, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in known | {"erastyle"}:
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                yield inner if inner in known else node.module
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("erastyle"):
            yield from (
                f"{node.module}.{n.name}" for n in node.names if f"{node.module}.{n.name}" in known
            )
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in known)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected groups of more than one module."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    names = sorted(graph)
    at = {name: n for n, name in enumerate(names)}
    edges = [(at[a], at[b]) for a, targets in graph.items() for b in targets if b in at and a != b]
    start, end = zip(*edges, strict=True) if edges else ((), ())
    matrix = csr_matrix((np.ones(len(edges)), (start, end)), shape=(len(names), len(names)))
    _, labels = connected_components(matrix, connection="strong")
    groups: dict[int, list[str]] = defaultdict(list)
    for name, label in zip(names, labels, strict=True):
        groups[label].append(name)
    return [group for group in groups.values() if len(group) > 1]


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef, text: list[str]) -> int:
    """Return the lines of a function without its docstring, comments and empty lines."""
    lines = text[node.lineno - 1 : node.end_lineno]
    if ast.get_docstring(node) is not None:
        documented = node.body[0]
        start, end = documented.lineno - node.lineno, (documented.end_lineno or 0) - node.lineno
        lines = lines[:start] + lines[end + 1 :]
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in lines)


def positional(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many arguments can be given by position, `self` and `cls` aside."""
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    return len([name for name in names if name not in ("self", "cls")])


class House:
    """The source of the package, read once.

    Attributes:
        places: By figure, the places that it counts.
        lines: Lines of all modules.
    """

    def __init__(self, root: Path) -> None:
        """Read every module below `root`."""
        self.places: dict[str, list[str]] = defaultdict(list)
        self.lines = 0
        known = {name.removesuffix(".__init__") for name, _ in sources(root)}
        graph: dict[str, set[str]] = {}
        classes: dict[str, list[str]] = defaultdict(list)
        files: dict[str, list[str]] = defaultdict(list)
        self.flat: Counter[str] = Counter()
        self.names: Counter[str] = Counter()
        for dotted, path in sources(root):
            name, text = dotted.removesuffix(".__init__"), path.read_text(encoding="utf-8")
            where = path.relative_to(root).as_posix()
            tree, lines = ast.parse(text), text.splitlines()
            self.lines += len(lines)
            graph[name] = set(imports(tree, known)) - {name, "erastyle"}
            up = [other for other in graph[name] if layer(other) > layer(name)]
            self.places["upwards"] += [f"{where} -> {other}" for other in up]
            if path.stem not in GENERIC_FILES:
                files[path.stem].append(path.parent.relative_to(root).as_posix())
            if path.stem != "__init__":
                self.flat[path.parent.relative_to(root).as_posix()] += 1
            self.places["fmt"] += [
                f"{where}:{n}" for n, line in enumerate(lines, 1) if "# fmt: skip" in line
            ]
            self._read(tree, lines, where, classes)
        self.places["circles"] = [" ".join(group) for group in circles(graph)]
        self.places["classes"] = [
            f"{name}: {', '.join(at)}" for name, at in classes.items() if len(set(at)) > 1
        ]
        self.places["files"] = [
            f"{stem}: {', '.join(at)}"
            for stem, at in files.items()
            if len([f for f in at if not f.endswith("/commands")]) > 1
            or (len(at) > 1 and not any(f.endswith("/commands") for f in at))
        ]

    def _read(
        self, tree: ast.Module, lines: list[str], where: str, classes: dict[str, list[str]]
    ) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes[node.name].append(where)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if code_lines(node, lines) > MOST_LINES:
                    self.places["long"].append(f"{where}:{node.lineno} {node.name}")
                if positional(node) > MOST_POSITIONAL:
                    self.places["positional"].append(f"{where}:{node.lineno} {node.name}")
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.names[node.id] += 1
                if node.id == "found":
                    self.places["found"].append(f"{where}:{node.lineno}")


def repeated(root: Path) -> int | None:
    """Return pylint's count of repeated places (R0801, 8 lines), or None without pylint."""
    if importlib.util.find_spec("pylint") is None:
        return None
    command = [sys.executable, "-m", "pylint", "--disable=all", "--enable=duplicate-code"]
    command += ["--min-similarity-lines=8", "--ignore-imports=y", "--ignore-docstrings=y"]
    command += ["--ignore-comments=y", "--ignore-signatures=n", "--score=n", "--jobs=1"]
    done = subprocess.run(
        [*command, *(str(path) for _, path in sources(root))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.count("R0801")


def checkout(revision: str, folder: str) -> Path:
    """Write the tree of `revision` into `folder`, and return it."""
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", revision], capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
    return Path(folder)


def main() -> None:
    """Count, print, and write the figures."""
    listed = "--list" in sys.argv
    revision = sys.argv[sys.argv.index("--at") + 1] if "--at" in sys.argv else ""
    with tempfile.TemporaryDirectory() as folder:
        root = checkout(revision, folder) if revision else ROOT
        house, copies = House(root), repeated(root)
    if listed:
        for figure, places in house.places.items():
            print(f"{figure}: {len(places)}", *places, sep="\n  ")
        return
    bench = Bench("house")

    def counted(figure: str, name: str, goal: int) -> None:
        number = len(house.places[name])
        bench.figure(figure, number, "places", f"<= {goal}", number <= goal)

    counted("circles of files", "circles", 0)
    counted("imports that run upwards", "upwards", 0)
    counted("file names in two folders", "files", 3)
    counted("class names in two modules", "classes", 0)
    folder_name, most = next((f, n) for f, n in house.flat.most_common() if not f.endswith(WIDE))
    bench.figure(f"most files in one folder ({folder_name})", most, "files", "<= 14", most <= 14)
    counted("functions over 60 lines of code", "long", 3)
    counted("functions with more than 6 positional parameters", "positional", 0)
    counted("variables named found", "found", 40)
    others = {name: house.names[name] for name in GENERIC_NAMES}
    bench.figure("other generic names", sum(others.values()), "places", "", None, dict(others))
    counted("fmt: skip", "fmt", 20)
    if copies is not None:
        bench.figure("repeated places, pylint R0801", copies, "places", "", None)
    bench.figure("lines of the package", house.lines, "lines", "< 37,900", house.lines < 37_900)
    if revision:
        bench.name = "house-at"
    bench.finish()


if __name__ == "__main__":
    main()
