"""Temporary files lie in memory where there is a place for them, and where a person says so otherwise."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from harness.simulators import scratch


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    for name in scratch.CHOSEN:
        monkeypatch.setenv(name, "")  # noted, so that it is put back
        monkeypatch.delenv(name)
    monkeypatch.setattr(tempfile, "tempdir", None)


def test_a_place_in_memory_is_taken_by_this_process_and_its_children(monkeypatch, tmp_path):
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    monkeypatch.setattr(scratch, "ENOUGH", 1)
    scratch.prefer_memory()
    assert (Path(tempfile.gettempdir()), os.environ["TMPDIR"]) == (tmp_path, str(tmp_path))


def test_a_place_that_is_too_small_or_not_there_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    monkeypatch.setattr(scratch, "ENOUGH", 2**62)
    scratch.prefer_memory()
    monkeypatch.setattr(scratch, "MEMORY", tmp_path / "nowhere")
    scratch.prefer_memory()
    assert "TMPDIR" not in os.environ


@pytest.mark.parametrize("name", scratch.CHOSEN)
def test_a_place_that_a_person_chose_stays(monkeypatch, tmp_path, name):
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    monkeypatch.setattr(scratch, "ENOUGH", 1)
    monkeypatch.setenv(name, str(tmp_path / "chosen"))
    scratch.prefer_memory()
    assert {each: os.environ[each] for each in scratch.CHOSEN if each in os.environ} == {name: str(tmp_path / "chosen")}
