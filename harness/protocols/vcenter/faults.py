"""How a refusal of the world is said in the vSphere API."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import Refusal
from harness.protocols.vcenter.link import Reference, Refused

NAMES: Mapping[str, str] = {
    "InputOutputError": "InaccessibleDatastore",
    "IsADirectory": "InvalidDatastorePath",
    "PermissionDenied": "NoPermission",
    "HostNotReachable": "HostNotReachable",
    "CrossDevice": "NotSupported",
}
"""Reasons of the world that are no faults of the API, and what a vCenter says instead; all others are faults by that name."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    "AlreadyExists": ("name",),
    "DuplicateName": ("name", "object"),
    "FileNotFound": ("file",),
    "FileLocked": ("file",),
    "InaccessibleDatastore": ("datastore", "name", "detail"),
    "InvalidArgument": ("invalidProperty",),
    "InvalidDatastore": ("datastore", "name"),
    "InvalidDatastorePath": ("datastorePath",),
    "PlatformConfigFault": ("text",),
    "InvalidPowerState": ("requestedState", "existingState"),
    "ManagedObjectNotFound": ("obj",),
    "ResourceInUse": ("type", "name"),
    "ResourceNotAvailable": ("containerType", "containerName", "type"),
    "VmfsAlreadyMounted": ("uuid",),
    "VmfsAmbiguousMount": ("uuid",),
}
"""The fields of the faults that have some. What the world says beside them is left out: it is not of that fault."""

SUBJECT_FIELD: Mapping[str, str] = {
    "AlreadyExists": "name",
    "DuplicateName": "name",
    "FileNotFound": "file",
    "FileLocked": "file",
    "InaccessibleDatastore": "name",
    "InvalidArgument": "invalidProperty",
    "InvalidDatastore": "name",
    "InvalidDatastorePath": "datastorePath",
    "VmfsAlreadyMounted": "uuid",
    "VmfsAmbiguousMount": "uuid",
}
"""The field that names what the refusal is about, where the world does not fill it in."""


OBJECT_FIELD: Mapping[str, str] = {"DuplicateName": "object", "ManagedObjectNotFound": "obj", "NoPermission": "object"}
"""The field that names a managed object, which clients cannot do without."""


def translate(refusal: Refusal, asked: Reference) -> Refused:
    """The fault for a refusal of a question put to ``asked``, with its fields and the text that a client is shown."""
    fault = NAMES.get(refusal.reason, refusal.reason)
    fields = {name: refusal.fields[name] for name in FIELDS.get(fault, ()) if name in refusal.fields}
    subject, about = SUBJECT_FIELD.get(fault), OBJECT_FIELD.get(fault)
    if subject and subject not in fields:
        fields[subject] = refusal.subject
    if about and about not in fields:
        fields[about] = {"_typeName": "ManagedObjectReference", "type": asked.type, "value": asked.value}
    return Refused(fault, str(refusal), fields)
