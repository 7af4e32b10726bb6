"""One vCenter of a lab for each test; ``indirect`` parameters choose the release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.blueprints import Blueprint, load_blueprint
from tests.vcenter.seam_site import Site, open_site


@pytest.fixture
def three_hosts() -> Blueprint:
    return load_blueprint("three-hosts")


@pytest.fixture
def site(three_hosts: Blueprint, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    yield from open_site(three_hosts, getattr(request, "param", "6.7"), tmp_path)
