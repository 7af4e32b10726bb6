"""Requests, written as pyVmomi writes them, and what is asked for again and again only once."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any, NamedTuple

from pyVmomi import SoapAdapter, vmodl
from pyVmomi.VmomiSupport import F_OPTIONAL, GetWsdlNamespace, _threadLocalContext

PropertySpec: Any = vmodl.query.PropertyCollector.PropertySpec
"""Looked up once: pyVmomi looks a type up anew wherever it is named."""
WRITTEN, MOST_REQUESTS = "_how_it_is_written", 1_000
_specs: dict[tuple[type[Any], tuple[str, ...]], Any] = {}
_requests: dict[tuple[Any, ...], Around] = {}
"""By version, method and object."""
_SoapWriter: Any = SoapAdapter.SoapSerializer
_write_request: Any = SoapAdapter.SoapStubAdapterBase.SerializeRequest


class Around(NamedTuple):
    """What of a request stands before and after its arguments, and the namespaces in which they stand."""

    head: bytes
    tail: bytes
    spaces: dict[str, str]


class Writer(_SoapWriter):  # type: ignore[misc] # its types are not all declared
    """Writes as the library does, without a long look at what is not set, or at what it has written before."""

    writer: Any

    def _Serialize(self, val: Any, info: Any, defNS: str) -> None:  # noqa: ANN401, N802, N803 - the library's
        if val is not None or not info.flags & F_OPTIONAL:
            super()._Serialize(val, info, defNS)

    def _SerializeDataObject(self, val: Any, info: Any, attr: str, currDefNS: str) -> None:  # noqa: ANN401, N802, N803
        texts: dict[tuple[Any, ...], str] | None = val.__dict__.get(WRITTEN)
        if texts is None:
            super()._SerializeDataObject(val, info, attr, currDefNS)
            return
        place = self.version, info.name, info.type, attr, currDefNS
        if place not in texts:
            part = StringIO()
            whole, self.writer = self.writer, part
            super()._SerializeDataObject(val, info, attr, currDefNS)
            texts[place], self.writer = part.getvalue(), whole
        self.writer.write(texts[place])


def write_request(stub: Any, mo: Any, info: Any, args: Sequence[Any]) -> bytes:  # noqa: ANN401
    """See ``SerializeRequest``: what stands around the arguments is written once, and what is not given is not looked at."""
    if _threadLocalContext.__dict__.get("reqCtx") or stub.requestContext or stub.samlToken:
        odd: bytes = _write_request(stub, mo, info, args)
        return odd
    around = _around(stub, mo, info)
    given = [
        (arg, param) for arg, param in zip(args, info.params, strict=False) if arg is not None or not param.flags & F_OPTIONAL
    ]
    texts = [SoapAdapter.SerializeToStr(arg, param, stub.version, around.spaces) for arg, param in given]
    return b"".join((around.head, *(text.encode() for text in texts), around.tail))


def _around(stub: Any, mo: Any, info: Any) -> Around:  # noqa: ANN401
    key = stub.version, info.version, info.wsdlName, mo.__class__, mo._moId, mo._serverGuid
    found = _requests.get(key)
    if found is None:
        if len(_requests) > MOST_REQUESTS:
            _requests.clear()
        tail = f"</{info.wsdlName}>{SoapAdapter.SOAP_BODY_END}{SoapAdapter.SOAP_ENVELOPE_END}".encode()
        spaces = {**SoapAdapter.SOAP_NSMAP, GetWsdlNamespace(stub.version): ""}
        found = _requests[key] = Around(_write_request(stub, mo, info, ()).removesuffix(tail), tail, spaces)
    return found


def write_once(value: Any) -> Any:  # noqa: ANN401 - pyVmomi makes its types at run time
    """The same data object, which is written once, however often it is asked with: nobody may change it."""
    value.__dict__[WRITTEN] = {}
    return value


def property_spec(kind: type[Any], paths: tuple[str, ...]) -> Any:  # noqa: ANN401
    """What a filter says of objects of that type: these properties. Nobody may change it."""
    if (kind, paths) not in _specs:
        _specs[kind, paths] = write_once(PropertySpec(type=kind, pathSet=list(paths)))
    return _specs[kind, paths]
