from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.lab import Lab
from tests.view_api.desktop_block import opened


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[Lab]:
    """One lab for all tests of a file: they change nothing that another one looks at."""
    with opened(tmp_path_factory.mktemp("view")) as lab:
        yield lab
