# ruff: noqa: ANN401 - pyvmomi's classes are made at run time
"""A client's session with a vCenter, and what tests do in it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPException
from typing import Any

from pyVmomi import SoapAdapter, vim, vmodl

from harness.errors import LabError
from harness.headers import read_plainly
from harness.patience import STUCK
from harness.tls import believing_anybody
from harness.units import Address, Credentials
from harness.vmomi import remember
from harness.vmomi.reading import keep_objects

remember()
read_plainly()

API_VERSION = "vim.version.v8_0_3_0"
"""What it speaks, whatever release vCenter shows: vcsim's own types are those of 8.0.

Naming it also keeps pyvmomi from negotiating: while it does that it knows no deadline.
"""


def open_session(address: Address, login: Credentials, *, deadline: float = STUCK) -> tuple[vim.ServiceInstance, Any]:
    """A logged-in session and its ``ServiceContent``.

    Each call takes ``deadline`` seconds at most (``TimeoutError``, an ``OSError``). Raises ``LabError`` where nobody answers in
    that time, or the login is refused.
    """
    context = believing_anybody()
    stub = SoapAdapter.SoapStubAdapter(
        address.host, address.port, version=API_VERSION, path="/sdk", sslContext=context, httpConnectionTimeout=deadline
    )
    keep_objects(stub)
    instance: Any = vim.ServiceInstance("ServiceInstance", stub)
    try:
        content = instance.RetrieveContent()
        content.sessionManager.Login(login.user, login.password, None)
    except vim.fault.InvalidLogin as fault:
        raise LabError("vCenter", f"{address} refuses the login of {login.user}") from fault
    except (OSError, HTTPException, vmodl.MethodFault) as error:
        reason = getattr(error, "msg", None) or str(error) or type(error).__name__
        raise LabError("vCenter", f"no session with {address} within {deadline:g} s: {reason}") from error
    return instance, content


def hasten(obj: Any, deadline: float) -> None:
    """Gives each call in the session of ``obj`` so many seconds from now on, over a connection that stands as well."""
    obj._stub.schemeArgs["timeout"] = deadline
    for connection, _ in obj._stub.pool:
        connection.sock.settimeout(deadline)


PC: Any = vmodl.query.PropertyCollector


class Session:
    """One logged-in session."""

    def __init__(self, address: Address, login: Credentials) -> None:
        self.instance, self.content = open_session(address, login)

    def read(self, obj: Any, *paths: str) -> dict[str, Any]:
        """The values of properties; a path without a value is left out."""
        (found,) = self.read_each([obj], *paths)
        return found

    def read_each(self, objects: Sequence[Any], *paths: str) -> list[dict[str, Any]]:
        """The same of each of some objects of one type, in one call."""
        if not objects:
            return []
        spec = PC.PropertySpec(type=type(objects[0]), pathSet=list(paths))
        wanted = PC.FilterSpec(objectSet=[PC.ObjectSpec(obj=obj) for obj in objects], propSet=[spec])
        found = {each.obj: each.propSet for each in self.content.propertyCollector.RetrieveContents([wanted])}
        return [{prop.name: prop.val for prop in found[obj]} for obj in objects]

    def wait(self, task: Any, limit: float = STUCK) -> Any:
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
