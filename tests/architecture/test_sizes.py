"""The sizes that keep the code readable (``harness/DESIGN.md``, section 8)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE, FUNCTION = 300, 25
FORBIDDEN = {"utils", "helpers", "common", "manager", "base"}
SOURCES = sorted(path for folder in ("harness", "steps") for path in (ROOT / folder).rglob("*.py"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_and_its_functions_stay_small(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= FILE, f"{path.relative_to(ROOT)} has {lines} lines"
    for function in functions(path):
        size = (function.end_lineno or 0) - function.lineno + 1
        assert size <= FUNCTION, f"{path.relative_to(ROOT)}:{function.lineno} {function.name} has {size} lines"


def test_modules_say_what_they_are_about():
    assert not {path.stem for path in SOURCES} & FORBIDDEN
