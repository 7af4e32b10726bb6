"""Values on the link, in vSphere's own JSON: every object names its type in ``_typeName``.

A field of a data object has a declared type, so its number or text stands bare (``"path": "/vmfs"``). Where anything
may stand, as in a method's result, a bare value says what it is: ``{"_typeName": "int", "_value": 3}``.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from msgspec import Raw
from msgspec.json import Encoder
from pyVmomi import vmodl
from pyVmomi.VmomiSupport import F_OPTIONAL, Array, DataObject, Enum, GetQualifiedWsdlName, GetWsdlType, ManagedObject

INT_LIMIT = 2**31
FAULT: Any = vmodl.MethodFault
PLAIN = frozenset({type(None), bool, int, float, str, Raw})
NAMESPACE = "urn:vim25"

Payload: TypeAlias = dict[str, Any]
"""An object as JSON."""


def encode_value(value: object) -> Any:  # noqa: ANN401 - JSON
    """``value`` as it stands where any type may stand.

    It may be a pyvmomi data or managed object, enum or class, a number, text, ``datetime``, a list of these, or JSON already:
    ``Raw`` is not looked through. ``TypeError`` for anything else.
    """
    plain = encode_field(value)
    if value is None or isinstance(plain, Mapping | Raw):
        return plain
    return {"_typeName": type_name(value), "_value": plain}


def to_bytes(payload: object) -> bytes:
    """What :func:`encode_field` has made as it goes over."""
    return ENCODER.encode(payload)


def ready(payload: object) -> Raw:
    """JSON that is looked through here for the last time: for what is made often, or shown at several places."""
    return Raw(ENCODER.encode(payload))


def _primitive(value: object) -> str | int | float:
    """Pyvmomi's own numbers and texts as Python's."""
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


ENCODER = Encoder(enc_hook=_primitive)


def encode_field(value: object) -> Any:  # noqa: ANN401 - JSON
    """``value`` as it stands in a field whose type is declared."""
    if value.__class__ in PLAIN or isinstance(value, int | float | str):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, ManagedObject):
        return {"_typeName": "ManagedObjectReference", "type": value._wsdlName, "value": value._moId}
    if isinstance(value, (DataObject, FAULT)):
        return encode_object(value)
    if isinstance(value, Mapping):
        return {name: encode_field(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode_field(item) for item in value]
    if isinstance(value, type):
        return str(GetQualifiedWsdlName(value)[1])
    raise TypeError(f"{type(value).__name__} has no place in the vSphere API")


def encode_object(value: Any) -> dict[str, Any]:  # noqa: ANN401 - pyvmomi's classes are made at run time
    """A data object or a fault with those of its fields that are set."""
    encoded: dict[str, Any] = {"_typeName": value._wsdlName}
    own = vars(value)
    for name, anything in _declared(value.__class__):
        item = own.get(name)
        if item is None or (isinstance(item, list) and not item):
            continue
        encode = encode_value if anything else encode_field
        encoded[name] = localized(item) if isinstance(item, FAULT) else encode(item)
    if isinstance(value, FAULT):
        encoded.pop("msg", None)  # pyvmomi's own; the text goes beside the fault
    return encoded


@functools.cache
def _declared(kind: Any) -> list[tuple[str, bool]]:  # noqa: ANN401
    """The fields of a class of objects, and whether anything may stand in them."""
    return [(info.name, info.type is object) for info in kind._GetPropertyList()]


def localized(fault: Any) -> dict[str, Any]:  # noqa: ANN401 - pyvmomi's classes are made at run time
    """A fault inside an object, where the API has it beside its text."""
    return {"_typeName": "LocalizedMethodFault", "fault": encode_object(fault), "localizedMessage": fault.msg or ""}


def encode_fault(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fault of that name. ``TypeError`` for one that a client could not read: unknown, or without a field it needs."""
    try:
        properties = GetWsdlType(NAMESPACE, name)._GetPropertyList()
    except KeyError:
        raise TypeError(f"the vSphere API has no fault {name}") from None
    needed = [info.name for info in properties if not info.flags & F_OPTIONAL and issubclass(info.type, Enum | ManagedObject)]
    if missing := [field for field in needed if fields.get(field) is None]:
        raise TypeError(f"the fault {name} needs {', '.join(missing)}")
    return {"_typeName": name, **{field: encode_field(value) for field, value in fields.items()}}


def type_name(value: object) -> str:
    """The API's name for the type of a value that is no object."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "int" if -INT_LIMIT <= value < INT_LIMIT else "long"
    if isinstance(value, float):
        return "double"
    if isinstance(value, datetime):
        return "dateTime"
    if isinstance(value, Array):
        return str(GetQualifiedWsdlName(type(value))[1])
    if isinstance(value, str):
        return str(getattr(type(value), "_wsdlName", None) or "string")
    raise TypeError(f"{type(value).__name__}: an array needs pyvmomi's array type here")
