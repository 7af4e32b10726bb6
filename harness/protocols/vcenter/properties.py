"""What the lab's own session can have our vcsim do beside a client's calls, over SOAP with pyvmomi, and that session."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http.client import HTTPException
from typing import Any, TypeAlias

from pyVim.connect import Connect
from pyVmomi import vim, vmodl

from harness.errors import LabError
from harness.patience import STUCK
from harness.protocols.vcenter.values import encode_field
from harness.units import Address, Credentials
from harness.vmomi import remember

remember()

Change: TypeAlias = tuple[Any, str, object]
"""A managed object, a property path (``runtime.connectionState``), and its new value."""
Call: TypeAlias = tuple[Any, str, Mapping[str, object]]
"""A managed object, a method of its (``CreateVM_Task``), and the arguments by their API names."""

API_VERSION = "vim.version.v8_0_3_0"
"""What the lab's own session speaks, whatever release vCenter shows: vcsim's own types are those of 8.0.

Naming it also keeps pyvmomi from negotiating: while it does that it knows no deadline.
"""


def open_session(address: Address, login: Credentials, *, deadline: float = STUCK) -> vim.ServiceInstance:
    """A logged-in session, each of whose calls takes ``deadline`` seconds at most (``TimeoutError``, an ``OSError``).

    Raises ``LabError`` where nobody answers in that time, or the login is refused.
    """
    try:
        session: vim.ServiceInstance = Connect(
            host=address.host,
            port=address.port,
            user=login.user,
            pwd=login.password,
            version=API_VERSION,
            disableSslCertValidation=True,
            httpConnectionTimeout=deadline,
        )
        return session
    except vim.fault.InvalidLogin as fault:
        raise LabError("vCenter", f"{address} refuses the login of {login.user}") from fault
    except (OSError, vmodl.MethodFault) as error:
        reason = getattr(error, "msg", None) or str(error) or type(error).__name__
        raise LabError("vCenter", f"no session with {address} within {deadline:g} s: {reason}") from error


def set_properties(content: vim.ServiceInstanceContent, changes: Iterable[Change], events: Iterable[object] = ()) -> None:
    """Assigns properties and then posts events, in one call: all or nothing, and property collectors are told.

    ``content`` is the ``ServiceContent`` of a session of the agent (nobody else may). A value is what ``encode_field`` takes and
    the property holds: a data object, an enum, a number, a string, a managed object, a list of them, or ``None`` to unset it.
    A path may end in the key of an array's element (``config.hardware.device[4000]``): that element alone is replaced, added or,
    with ``None``, removed. An object that vcsim does not have is created, bare. Events keep the times that they have.
    ``vmodl.fault.InvalidArgument`` where vcsim has no such type, property or element, or the value is of the wrong type: its
    message names them. ``LabError`` where vcsim does not answer within the session's deadline.
    """
    objects: dict[str, dict[str, dict[str, object]]] = {}
    encoded: dict[int, tuple[object, Any]] = {}  # by identity, with the value: what many objects share is encoded once
    for obj, path, value in changes:
        if id(value) not in encoded:
            encoded[id(value)] = value, encode_field(value)
        objects.setdefault(obj._wsdlName, {}).setdefault(obj._moId, {})[path] = encoded[id(value)][1]
    orders = {"SET": objects, "POST": [encode_field(event) for event in events]}
    values = [vim.option.OptionValue(key=key, value=json.dumps(order)) for key, order in orders.items() if order]
    if values:
        update_options(content, values)


def make_calls(content: vim.ServiceInstanceContent, calls: Iterable[Call]) -> None:
    """Makes calls of vcsim's own methods, one after the other, in one call; when it returns their tasks have ended.

    ``content`` and what ``LabError`` says are as in :func:`set_properties`. ``vmodl.fault.InvalidArgument`` names the first call
    that fails, and its fault; what those before it have done stays.
    """
    made = [
        {"this": {"type": obj._wsdlName, "value": obj._moId}, "method": method, "args": encode_field(args)}
        for obj, method, args in calls
    ]
    if made:
        update_options(content, [vim.option.OptionValue(key="CALL", value=json.dumps(made))])


def set_option(content: vim.ServiceInstanceContent, key: str, value: str | int | float | bool) -> None:
    """Sets a vCenter setting, such as ``vcsim.hook.PowerOnVM_Task`` = ``before,after``.

    The options of the extension, which only the agent may set: ``vcsim.hook.<Method>`` is ``before``, ``after``,
    ``before,after``, ``call`` (vcsim's own method never runs) or empty; ``vcsim.deadline`` is how many seconds vcsim
    waits for the answer to a question (30 at first; a delegated task waits without limit). ``vmodl.fault.InvalidArgument``
    for any other value of these. ``LabError`` where vcsim does not answer within the session's deadline.
    """
    update_options(content, [vim.option.OptionValue(key=key, value=value)])


def update_options(content: vim.ServiceInstanceContent, values: list[vim.option.OptionValue]) -> None:
    """Hands the options to vCenter's option manager, all in one call."""
    if content.setting is None:
        raise LabError("vCenter", "its service content has no option manager")
    try:
        content.setting.UpdateOptions(values)
    except (OSError, HTTPException) as error:
        raise LabError("vCenter", f"vcsim did not take the options: {str(error) or type(error).__name__}") from error
