"""pyVmomi, which looks the same things up for each element that it reads or writes, made to remember them.

Most of what a run computes is pyVmomi reading inventories: of each element it asks anew which field of which class it is, of
what type in the version that is spoken, and for each object which fields its class has. None of that changes while a process
lives. What is read and written is the library's own doing: it is asked once for each kind of element, and whatever is out of
the ordinary is left to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any
from weakref import WeakKeyDictionary

from pyVmomi import SoapAdapter
from pyVmomi.SoapAdapter import NS_SEP
from pyVmomi.VmomiSupport import F_OPTIONAL, DataObject, Enum, ManagedObject

Element = tuple[Any, str, str | None, str | None, str, str]
"""What decides how an element is read: the class of what it stands in, its tag, the type that it names itself or as a
reference, and the namespaces of these names.
"""

TEXT, NUMBER, FLAG, REFERENCE, NAME, OTHER = "text", "number", "flag", "reference", "name", "other"
FLAGS = {"true": True, "false": False}
_lists: dict[type, list[Any]] = {}
_blanks: dict[type, tuple[dict[str, Any], list[tuple[str, type]]]] = {}
_kinds: dict[type, str] = {}
_fields: dict[tuple[type, str], tuple[Any, bool]] = {}
_texts: WeakKeyDictionary[Any, dict[Any, str]] = WeakKeyDictionary()
_learned: dict[str | None, dict[Element, tuple[bool, Any]]] = {}
_list_properties: Any = DataObject.__dict__["_GetPropertyList"].__func__
_fill: Any = DataObject.__init__
_SoapReader: Any = SoapAdapter.SoapDeserializer
_SoapWriter: Any = SoapAdapter.SoapSerializer


class Reader(_SoapReader):  # type: ignore[misc] # its types are not all declared
    """Reads as the library does, and what it has once made of a kind of element it makes of the next one too."""

    def Deserialize(self, parser: Any, *more: Any) -> None:  # noqa: ANN401, N802 - the library's
        """See the library."""
        self._known = _learned.setdefault(self.version, {})
        super().Deserialize(parser, *more)

    def StartElementHandler(self, tag: str, attr: Mapping[str, str]) -> None:  # noqa: N802
        """See the library."""
        if not self.stack or "serverGuid" in attr:
            super().StartElementHandler(tag, attr)
            return
        kind, refers = attr.get(SoapAdapter.XSI_TYPE), attr.get("type")
        key = (self.stack[-1].__class__, tag, kind, refers, self._namespace(kind), self._namespace(refers))
        known = self._known.get(key)
        if known is None:
            super().StartElementHandler(tag, attr)
            made = self.stack[-1]
            self._known[key] = (False, made) if isinstance(made, type) else (True, made.__class__)
            return
        self.data, self.serverGuid = "", None
        fresh, made = known
        self.stack.append(made() if fresh else made)

    def EndElementHandler(self, tag: str) -> None:  # noqa: N802
        """See the library."""
        stack = self.stack
        if len(stack) < 2 or (value := self._value(stack[-1])) is OTHER:
            super().EndElementHandler(tag)
            return
        stack.pop()
        above = stack[-1]
        if isinstance(above, list):
            above.append(value)
            return
        info, many = _field(above.__class__, tag)
        if many and not isinstance(value, list):
            getattr(above, info.name).append(value)
        elif value.__class__ is info.type:
            object.__setattr__(above, info.name, value)
        else:
            setattr(above, info.name, value)

    def _value(self, obj: Any) -> Any:  # noqa: ANN401 - pyVmomi makes its types at run time
        """What an element that has ended is; ``OTHER`` where the library has to say."""
        if not isinstance(obj, type):
            return OTHER if isinstance(obj, SoapAdapter.LocalizedMethodFault) else obj
        kind = _kinds.get(obj) or _kind(obj)
        if kind is TEXT:
            return self.data
        if kind is NUMBER:
            return obj(self.data)
        if kind is FLAG:
            return FLAGS.get(self.data, OTHER)
        if kind is REFERENCE:
            return obj(self.data, self.stub, self.serverGuid)
        return getattr(obj, self.data) if kind is NAME else OTHER

    def _namespace(self, name: str | None) -> str:
        """The namespace that a name is in, by its prefix."""
        if name is None:
            return ""
        prefix, colon, _ = name.partition(":")
        spaces = self.nsMap.get(prefix if colon else None)
        return spaces[-1] if spaces else ""


class Writer(_SoapWriter):  # type: ignore[misc]
    """Writes as the library does, without a long look at what is not set."""

    writer: Any

    def _Serialize(self, val: Any, info: Any, defNS: str) -> None:  # noqa: ANN401, N802, N803 - the library's
        if val is not None or not info.flags & F_OPTIONAL:
            super()._Serialize(val, info, defNS)

    def _SerializeDataObject(self, val: Any, info: Any, attr: str, currDefNS: str) -> None:  # noqa: ANN401, N802, N803
        texts = _texts.get(val)
        if texts is None:
            super()._SerializeDataObject(val, info, attr, currDefNS)
            return
        key = (info.name, info.type, attr, currDefNS, self.version)
        if key not in texts:
            outer, self.writer = self.writer, StringIO()
            super()._SerializeDataObject(val, info, attr, currDefNS)
            texts[key], self.writer = self.writer.getvalue(), outer
        self.writer.write(texts[key])


def settle(val: Any) -> None:  # noqa: ANN401
    """A data object that nobody changes any more: what it is written as is remembered for as long as it lives."""
    _texts.setdefault(val, {})


def _kind(obj: type) -> str:
    parents = ((bool, FLAG), (int, NUMBER), (ManagedObject, REFERENCE), (Enum, NAME))
    found = next((kind for parent, kind in parents if issubclass(obj, parent)), OTHER)
    return _kinds.setdefault(obj, TEXT if obj is str else found)


def _field(owner: Any, tag: str) -> tuple[Any, bool]:  # noqa: ANN401
    """What the library knows of a field, and whether it is a list."""
    if (owner, tag) not in _fields:
        info = owner._GetPropertyInfo(tag.rpartition(NS_SEP)[2])
        _fields[owner, tag] = info, issubclass(info.type, list)
    return _fields[owner, tag]


def _properties(cls: Any, includeBaseClassProps: bool = True) -> list[Any]:  # noqa: ANN401, N803 - the library's
    if not includeBaseClassProps:
        return list(cls._propList)
    if cls not in _lists:
        _lists[cls] = _list_properties(cls)
    return _lists[cls]


def _blank(cls: Any) -> tuple[dict[str, Any], list[tuple[str, type]]]:  # noqa: ANN401
    """What an object of the class has before anything is set: its values, and its lists, of which each object has its own."""
    pattern = cls.__new__(cls)
    _fill(pattern)
    lists = [(name, type(value)) for name, value in vars(pattern).items() if isinstance(value, list)]
    values = {name: value for name, value in vars(pattern).items() if not isinstance(value, list)}
    return _blanks.setdefault(cls, (values, lists))


def _initialize(self: Any, **values: Any) -> None:  # noqa: ANN401
    blank, lists = _blanks.get(self.__class__) or _blank(self.__class__)
    own = self.__dict__
    own.update(blank)
    for name, kind in lists:
        own[name] = kind()
    for name, value in values.items():
        setattr(self, name, value)


OWN: Mapping[tuple[Any, str], Any] = {
    (DataObject, "_GetPropertyList"): classmethod(_list_properties),
    (DataObject, "__init__"): _fill,
    (SoapAdapter, "SoapDeserializer"): _SoapReader,
    (SoapAdapter, "SoapSerializer"): _SoapWriter,
}
"""What the library has by itself."""
OURS: Mapping[tuple[Any, str], Any] = dict(zip(OWN, (classmethod(_properties), _initialize, Reader, Writer), strict=True))


def remember() -> None:
    """Have pyVmomi work so from now on, in the whole process; a second time changes nothing."""
    _install(OURS)


def forget() -> None:
    """Have the library work as it comes."""
    _install(OWN)


def _install(parts: Mapping[tuple[Any, str], Any]) -> None:
    for (owner, name), part in parts.items():
        setattr(owner, name, part)
