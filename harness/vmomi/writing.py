"""Requests, written as pyVmomi writes them, and what is asked for again and again only once."""

from __future__ import annotations

from io import StringIO
from typing import Any

from pyVmomi import SoapAdapter, vmodl
from pyVmomi.VmomiSupport import F_OPTIONAL, _threadLocalContext

PropertySpec: Any = vmodl.query.PropertyCollector.PropertySpec
"""Looked up once: pyVmomi looks a type up anew wherever it is named."""
WRITTEN = "_how_it_is_written"
_specs: dict[tuple[type[Any], tuple[str, ...]], Any] = {}
_SoapWriter: Any = SoapAdapter.SoapSerializer


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


def request_context() -> dict[str, str]:
    """What this thread says with each request, or a plain dictionary: each takes a copy, ten times faster of that."""
    return _threadLocalContext.__dict__.get("reqCtx") or {}


def write_once(value: Any) -> Any:  # noqa: ANN401 - pyVmomi makes its types at run time
    """The same data object, which is written once, however often it is asked with: nobody may change it."""
    value.__dict__[WRITTEN] = {}
    return value


def property_spec(kind: type[Any], paths: tuple[str, ...]) -> Any:  # noqa: ANN401
    """What a filter says of objects of that type: these properties. Nobody may change it."""
    if (kind, paths) not in _specs:
        _specs[kind, paths] = write_once(PropertySpec(type=kind, pathSet=list(paths)))
    return _specs[kind, paths]
