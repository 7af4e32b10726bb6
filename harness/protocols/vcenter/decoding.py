"""vSphere's own JSON, as it comes up the link, as pyvmomi's objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pyVmomi.VmomiSupport import GetWsdlType, long

NAMESPACE = "urn:vim25"
REFERENCE = "ManagedObjectReference"


def decode(payload: Any, declared: Any = object) -> Any:  # noqa: ANN401 - JSON in, pyvmomi's run-time classes out
    """The value of a JSON value whose declared type is ``declared`` (``object``: it names its own).

    References become managed objects without a session; ``KeyError`` for a type that pyvmomi does not know.
    """
    if isinstance(payload, Mapping):
        return _decode_object(payload)
    if isinstance(payload, list):
        item: Any = getattr(declared, "Item", object)
        items = [decode(entry, item) for entry in payload]
        return declared(items) if item is not object else items
    if declared is datetime and isinstance(payload, str):
        return datetime.fromisoformat(payload)
    if declared is long and isinstance(payload, int):
        return long(payload)
    if isinstance(payload, str) and isinstance(declared, type) and issubclass(declared, str):
        return declared(payload)
    return payload


def _decode_object(payload: Mapping[str, Any]) -> Any:  # noqa: ANN401
    name = payload["_typeName"]
    if name == REFERENCE:
        return GetWsdlType(NAMESPACE, payload["type"])(payload["value"])
    if "_value" in payload:
        return decode(payload["_value"])
    kind = GetWsdlType(NAMESPACE, name)
    made = kind()
    for info in kind._GetPropertyList():
        if payload.get(info.name) is not None:
            setattr(made, info.name, decode(payload[info.name], info.type))
    return made
