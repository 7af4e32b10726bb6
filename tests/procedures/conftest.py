from __future__ import annotations

from pathlib import Path

import pytest

from tests.procedures.toy import SITE


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the toy procedure runs: its site file, and what it is supplied with."""
    (tmp_path / "toy.toml").write_text(SITE)
    (tmp_path / "supply").touch()
    return tmp_path
