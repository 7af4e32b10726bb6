"""Assigning properties of managed objects in our vcsim, over SOAP with pyvmomi, and the session to do it with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http.client import HTTPException
from typing import Any, TypeAlias

from pyVim.connect import Connect
from pyVmomi import vim, vmodl
from pyVmomi.VmomiSupport import Array, GetVmodlType, ManagedObject, long

from harness.errors import LabError
from harness.protocols.vcenter.values import INT_LIMIT
from harness.units import Address, Credentials
from harness.vmomi import remember

remember()

SHARED = (str, int, float, ManagedObject)

Change: TypeAlias = tuple[Any, str, object]
"""A managed object, a property path (``runtime.connectionState``), and its new value."""

API_VERSION = "vim.version.v8_0_3_0"
"""What the lab's own session speaks, whatever release vCenter shows: vcsim's own types are those of 8.0.

Naming it also keeps pyvmomi from negotiating: while it does that it knows no deadline.
"""


def open_session(address: Address, login: Credentials, *, deadline: float = 30.0) -> vim.ServiceInstance:
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


def set_properties(content: vim.ServiceInstanceContent, changes: Iterable[Change]) -> None:
    """Assigns properties in one call, all or none, and property collectors are told.

    ``content`` is the ``ServiceContent`` of a session of the agent (nobody else may set). A value is what pyvmomi reads
    for that property: a data object, an enum, a number, a string, a managed object, a list of them, or ``None`` to
    unset it. An object that vcsim does not have is created, bare. ``vmodl.fault.InvalidArgument`` where vcsim has no
    such type or property, or the value is of the wrong type: its message names them. ``LabError`` where vcsim does not answer
    within the session's deadline. Numbers, texts and managed objects that several properties get are sent once.
    """
    values = [vim.option.OptionValue(key=key, value=value) for key, value in _gathered(changes)]
    if values:
        update_options(content, values)


def _gathered(changes: Iterable[Change]) -> Iterator[tuple[str, object]]:
    """The keys and values of these changes: first the objects that get a value at a path, then the paths that share both.

    Only values that nobody can change in place are shared.
    """
    single: list[tuple[str, object]] = []
    by_path: dict[tuple[str, str, type, object], list[str]] = {}
    for obj, path, value in changes:
        sent = wire_value(obj, path, value)
        if isinstance(sent, SHARED):
            by_path.setdefault((obj._wsdlName, path, type(sent), sent), []).append(obj._moId)
        else:
            single.append((f"SET/{obj._wsdlName}/{obj._moId}/{path}", sent))
    by_objects: dict[tuple[str, tuple[str, ...], type, object], list[str]] = {}
    for (kind, path, declared, sent), ids in by_path.items():
        by_objects.setdefault((kind, tuple(ids), declared, sent), []).append(path)
    for (kind, (first, *further), _, sent), paths in by_objects.items():
        yield f"SET/{kind}/{first}/{','.join(paths)}{'@' if further else ''}{','.join(further)}", sent
    yield from single


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


def wire_value(obj: Any, path: str, value: object) -> object:  # noqa: ANN401 - pyvmomi's classes are made at run time
    """``value`` as pyvmomi can send it where any type may stand: there a list needs the array type of the property.

    A large number has to say that it is a long one.
    """
    if isinstance(value, int) and not isinstance(value, bool) and not -INT_LIMIT <= value < INT_LIMIT:
        return long(value)
    if not isinstance(value, list | tuple) or isinstance(value, Array):
        return value
    declared = declared_type(type(obj), path)
    if declared is None or not issubclass(declared, Array):
        declared = array_of(value)
    return declared(value)


def declared_type(owner: type, path: str) -> Any:  # noqa: ANN401 - pyvmomi's classes are made at run time
    """The type of the property at ``path``, or ``None`` where a class on the way does not declare it."""
    declared: Any = owner
    for name in path.split("."):
        try:
            declared = declared._GetPropertyInfo(name).type
        except AttributeError:  # a derived class has it, or nobody: vcsim judges
            return None
    return declared


def array_of(items: list[Any] | tuple[Any, ...]) -> Any:  # noqa: ANN401 - pyvmomi's classes are made at run time
    """The array type for these items."""
    if not items:
        raise LabError("vCenter", "an empty list of unknown type cannot be set", "Give pyvmomi's array type: vim.X.Array()")
    if all(isinstance(item, str) for item in items):
        return GetVmodlType("string[]")
    if all(isinstance(item, int) for item in items):
        return GetVmodlType("int[]")
    return type(items[0]).Array
