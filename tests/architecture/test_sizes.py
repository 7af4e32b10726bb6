"""The sizes that keep the code readable (``harness/DESIGN.md``, section 8); ruff counts parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE, FUNCTION = 300, 25
FORBIDDEN = {"utils", "helpers", "common", "manager", "base"}
SOURCES = sorted(path for folder in ("harness", "steps", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py"))
PROGRAM = sorted((ROOT / "vcsim").rglob("*.go"))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a file, with its place, and its number of lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_files_stay_small() -> None:
    assert SOURCES
    assert PROGRAM
    sizes = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n") for path in [*SOURCES, *PROGRAM]}
    assert {name: size for name, size in sizes.items() if size > FILE} == {}


def test_functions_stay_small() -> None:
    assert {name: size for path in SOURCES for name, size in functions(path) if size > FUNCTION} == {}


def test_modules_say_what_they_are_about() -> None:
    assert not {path.stem for path in SOURCES} & FORBIDDEN
