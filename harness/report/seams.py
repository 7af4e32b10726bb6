"""Where the steps and the report meet: what ``steps/laboratory.py`` may rely on, and all that the report asks of it.

- ``request.node.stash[JOURNAL] = journal`` once a scenario has its lab: what it records then shows under the step it happened in.
- ``request.node.stash[PROCEDURE_LOGS] = folder`` where the scenario carries procedures out: what they log in files of that folder
  shows under the step it happened in. Their wires are those of the scenario's journal.
- ``not_applicable(reason)`` where the release's data says that a scenario has no subject there.
- ``feature_directories(default)`` for the module that binds the features (``scenarios(*feature_directories("features"))``).
- ``request.config.stash[ENVIRONMENT] = {"simulator": "process", "vcsim": "0.52.0"}``: what the run really stood on.
- ``ANSWERED`` among these facts: the methods of the vSphere API in which the simulated world takes part, in one line.
- ``release_of(request.node)``: the release that the scenario runs for; a run may be for several.
- ``identity_of(request.node)``: the scenario's name in its file, the same for whichever releases a run is.
- ``request.config.getoption("simulator")`` and ``"seed"``: what the run was asked for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

from harness.journal import Journal

JOURNAL: pytest.StashKey[Journal] = pytest.StashKey[Journal]()
"""The stash key under which a scenario's journal is put on its pytest item."""

PROCEDURE_LOGS: pytest.StashKey[Path] = pytest.StashKey[Path]()
"""The stash key under which a scenario that carries procedures out puts the folder of their logs (``*.log.jsonl``)."""

ENVIRONMENT: pytest.StashKey[dict[str, str]] = pytest.StashKey[dict[str, str]]()
"""The stash key under which ``config.stash`` may hold what the lab says of itself, such as ``{"simulator": "process"}``."""

ANSWERED = "answered by the world"
"""The name of the fact that lists the methods of the vSphere API in which the world takes part; vcsim answers others alone."""

RELEASE: pytest.StashKey[str] = pytest.StashKey[str]()
"""The stash key under which the collecting plugin puts the release of a scenario on its pytest item."""

NOT_APPLICABLE = "not applicable: "
"""How the message of a skip begins that the release's data asks for."""

FEATURES_VARIABLE = "BLACKSTART_FEATURES"
"""The environment variable that carries the run's features directories to the module that binds them."""


def release_of(item: pytest.Item) -> str:
    """The name of the release that the scenario ``item`` runs for: its own in a run for several, else the option's."""
    return item.stash.get(RELEASE, "") or str(item.config.getoption("release", default="5.0"))


def identity_of(item: pytest.Item) -> str:
    """The name of ``item`` without the release that it runs for."""
    release = item.stash.get(RELEASE, "")
    row = item.name.removesuffix(f"-{release}]")
    return item.name.removesuffix(f"[{release}]") if row == item.name else f"{row}]"


def not_applicable(reason: str) -> NoReturn:
    """Leave the scenario: the release has nothing that it could be about. ``reason`` quotes the release's data."""
    pytest.skip(f"{NOT_APPLICABLE}{reason}")


def feature_directories(default: Path) -> list[str]:
    """The absolute directories whose features this run binds: those that it was given, or else ``default``."""
    given = os.environ.get(FEATURES_VARIABLE, "")
    return [part for part in given.split(os.pathsep) if part] or [str(default.resolve())]
