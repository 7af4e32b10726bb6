"""A plain session with a vcsim, over SOAP with pyvmomi, for whoever measures or tests it. The lab itself gives orders."""

from __future__ import annotations

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
