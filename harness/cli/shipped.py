"""Where the directories lie that come with an installation beside the harness: features and steps."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from harness.errors import InputError


def shipped(package: str) -> Path:
    """The directory of an installed package, or the one of that name in the working directory where there is none."""
    spec = find_spec(package)
    for place in (spec.submodule_search_locations or []) if spec else []:
        return Path(place)
    if Path(package).is_dir():
        return Path(package)
    raise InputError(package, "not found in this installation", "Run in a clone, or give --features DIR.")
