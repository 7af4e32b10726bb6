"""Datastores of single hosts, and files in them that vcsim did not make."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def local_datastore(host: Any, name: str, directory: Path) -> None:  # noqa: ANN401 - made at run time
    directory.mkdir()
    host.configManager.datastoreSystem.CreateLocalDatastore(name, str(directory))


def vmx_in(directory: Path, name: str = "a") -> None:
    (directory / name).mkdir(parents=True)
    for file in (f"{name}.vmx", f"{name}.nvram", "vmware.log"):
        (directory / name / file).touch()
