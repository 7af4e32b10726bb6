# ruff: noqa: ANN401 - pyvmomi's classes are made at run time
"""A client's session with a vCenter, and what tests do in it."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from pyVmomi import vmodl

from harness.protocols.vcenter.session import open_session
from harness.units import Address, Credentials

PC: Any = vmodl.query.PropertyCollector


class Session:
    """One logged-in session."""

    def __init__(self, address: Address, login: Credentials) -> None:
        self.instance, self.content = open_session(address, login)

    def read(self, obj: Any, *paths: str) -> dict[str, Any]:
        """The values of properties; a path without a value is left out."""
        spec = PC.PropertySpec(type=type(obj), pathSet=list(paths))
        wanted = PC.FilterSpec(objectSet=[PC.ObjectSpec(obj=obj)], propSet=[spec])
        (found,) = self.content.propertyCollector.RetrieveContents([wanted])
        return {prop.name: prop.val for prop in found.propSet}

    def wait(self, task: Any, limit: float = 60.0) -> Any:
        """The result of a task once it has ended. Raises the task's fault."""
        end = time.monotonic() + limit
        while (info := task.info).state in {"running", "queued"}:
            assert time.monotonic() < end, f"{info.descriptionId} is not done"
            time.sleep(0.001)
        if info.error is not None:
            raise info.error
        return info.result

    def close(self) -> None:
        """Log out and hang up."""
        with suppress(OSError, vmodl.MethodFault):
            self.content.sessionManager.Logout()
        self.instance._stub.DropConnections()
