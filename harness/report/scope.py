"""What every report says of its own reach: what was simulated, what that shows and does not prove, and vcsim's known limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import cast

from harness.releases.files import check_document, read_document
from harness.report.evidence import Limit, Scope

FILE = Path(__file__).with_name("scope.toml")
SCHEMA = Path(__file__).with_name("scope.schema.json")


@cache
def read_scope(path: Path = FILE) -> Scope:
    """The sentences of ``path``. Raises `InputError` with file and line for data that is wrong."""
    document = read_document(path)
    check_document(document, path, SCHEMA)
    simulated, proven, unproven = (tuple(cast("Sequence[str]", document[name])) for name in ("simulated", "proven", "unproven"))
    limits = tuple(Limit(**each) for each in cast("Sequence[Mapping[str, str]]", document["limit"]))
    return Scope(simulated, proven, unproven, limits)
