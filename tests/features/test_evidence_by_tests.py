"""A promise whose evidence is the harness's own tests has tests that carry its id in their names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.requirements import load_requirements

TESTS = Path(__file__).parents[1]
TEST = re.compile(r"^(?:async )?def test_([a-z]+)_(\d+)_\w+\(", re.MULTILINE)
NAMED = {
    f"{match[1].upper()}-{match[2]}" for path in TESTS.rglob("test_*.py") for match in TEST.finditer(path.read_text("utf-8"))
}
SHOWN_BY_TESTS = [key for key, entry in load_requirements().items() if entry.evidence == "tests"]


def test_there_are_promises_that_tests_show() -> None:
    assert SHOWN_BY_TESTS == ["ALL-01", "ALL-02", "ALL-03", "ALL-04"]


@pytest.mark.parametrize("key", SHOWN_BY_TESTS)
def test_a_promise_that_tests_show_is_named_by_a_test(key: str) -> None:
    assert key in NAMED, f"no test is called test_{key.lower().replace('-', '_')}_..."


def test_a_test_names_no_promise_that_does_not_exist() -> None:
    assert NAMED - load_requirements().keys() == set()
