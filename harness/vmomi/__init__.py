"""pyVmomi, which looks the same things up for each element that it reads or writes, made to remember them.

Most of what a run computes is pyVmomi reading inventories: of each element it asks anew which field of which class it is, of
what type in the version that is spoken, and for each object which fields its class has. None of that changes while a process
lives. What is read and written is the library's own doing: it is asked once for each kind of element, and whatever is out of
the ordinary is left to it. Where looks may share what they see, what comes again as it came before is not even read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyVmomi import SoapAdapter
from pyVmomi.VmomiSupport import DataObject

from harness.vmomi.objects import initialize, properties
from harness.vmomi.reading import Reader
from harness.vmomi.writing import Writer, write_request

OWN: Mapping[tuple[Any, str], Any] = {
    (DataObject, "_GetPropertyList"): DataObject.__dict__["_GetPropertyList"],
    (DataObject, "__init__"): DataObject.__init__,
    (SoapAdapter, "SoapResponseDeserializer"): SoapAdapter.SoapResponseDeserializer,
    (SoapAdapter, "SoapSerializer"): SoapAdapter.SoapSerializer,
    (SoapAdapter.SoapStubAdapterBase, "SerializeRequest"): SoapAdapter.SoapStubAdapterBase.SerializeRequest,
}
"""What the library has by itself."""
OURS: Mapping[tuple[Any, str], Any] = dict(
    zip(OWN, (classmethod(properties), initialize, Reader, Writer, write_request), strict=True)
)


def remember() -> None:
    """Have pyVmomi work so from now on, in the whole process; a second time changes nothing."""
    _install(OURS)


def forget() -> None:
    """Have the library work as it comes."""
    _install(OWN)


def _install(parts: Mapping[tuple[Any, str], Any]) -> None:
    for (owner, name), part in parts.items():
        setattr(owner, name, part)
