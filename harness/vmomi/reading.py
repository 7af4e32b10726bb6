"""Answers, read as pyVmomi reads them, and what comes again as it came before not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, TypeAlias
from xml.etree.ElementTree import XML, ParseError
from xml.etree.ElementTree import Element as XmlElement

from pyVmomi import SoapAdapter, vim, vmodl
from pyVmomi.SoapAdapter import NS_SEP, LocalizedMethodFault
from pyVmomi.VmomiSupport import Enum, ManagedObject

Element: TypeAlias = tuple[Any, str, str | None, str | None]
"""What decides how an element is read: the class of what it stands in, its tag, and the type that it names itself or as a
reference.
"""
Read: TypeAlias = Callable[["Reader", XmlElement, Any], Any]
Step: TypeAlias = tuple[Read, Any, str, str]
"""How an element is read, what it becomes, and where that is put: into which property, and how."""

TEXT, NUMBER, FLAG, MOMENT, REFERENCE, NAME, OTHER = "text", "number", "flag", "moment", "reference", "name", "other"
PLAIN, CHECKED, MANY, ITEM = "plain", "checked", "many", "item"
FLAGS = {"true": True, "false": False}
BODY, TYPE = f"{{{SoapAdapter.XMLNS_SOAPENV}}}Body", "{http://www.w3.org/2001/XMLSchema-instance}type"
SPACES = re.compile(rb'xmlns(?::([^\s=]+))?="([^"]*)"')
OBJECTS: Any = vmodl.query.PropertyCollector.ObjectContent.Array  # type: ignore[attr-defined]
PROPERTIES: Any = vmodl.DynamicProperty.Array  # type: ignore[attr-defined]
PROPERTY, END, NEXT = b"<propSet>", b"</propSet>", b"</propSet><propSet>"
OPENING, CLOSING, SEAM = b"<returnval>", b"</returnval>", b"</returnval><returnval>"
KEPT, MOST_KEPT, MOST_ANSWERS = "_read_before", 4_000, 300
SHARED = (OBJECTS, vim.ServiceInstanceContent)
"""What is large, and comes again."""
STRANGE = (AttributeError, LookupError, TypeError, ValueError, ParseError)
"""What comes of a document that is not as ours usually are."""
_kinds: dict[type, str] = {}
_learned: dict[tuple[str | None, frozenset[Any]], dict[Element, Step]] = {}
"""By version and namespaces."""
_SoapReader: Any = SoapAdapter.SoapResponseDeserializer
_SoapElements: Any = SoapAdapter.SoapDeserializer


class Kept:
    """What has come over a stub: answers by their texts, and by theirs the objects and properties in answers that begin alike."""

    def __init__(self) -> None:
        self.answers: dict[tuple[Any, Any], Any] = {}
        self.parts: dict[bytes, dict[bytes, Any]] = {}


class Reader(_SoapReader):  # type: ignore[misc] # its types are not all declared
    """Reads an answer as the library does, and what it has once made of a kind of element it makes of the next one too.

    It walks the tree that the parser makes: to be called for each tag takes twice as long. A fault, and whatever else is out of
    the ordinary, is left to the library, which says in its own words what is wrong with it.
    """

    def Deserialize(self, response: Any, resultType: Any, nsMap: Any = None) -> Any:  # noqa: ANN401, N802, N803 - the library's
        """See the library."""
        data: Any = response if isinstance(response, str | bytes) else response.read()
        kept: Kept | None = getattr(self.stub, KEPT, None) if resultType in SHARED else None
        try:
            if kept is None:
                return self._result(data, resultType)
            if (resultType, data) not in kept.answers:
                several = resultType is OBJECTS and OPENING in data
                read = self._objects(data, kept) if several else self._result(data, resultType)
                _with_room(kept.answers, MOST_ANSWERS)[resultType, data] = read
            return kept.answers[resultType, data]
        except STRANGE:
            return super().Deserialize(data, resultType, nsMap)

    def _objects(self, data: Any, kept: Kept) -> Any:  # noqa: ANN401
        """Of those that came before just so nothing is read, of the others the properties that came for none before."""
        head, _, rest = data.partition(OPENING)
        body, _, tail = rest.rpartition(CLOSING)
        told, known = body.split(SEAM), _with_room(kept.parts.setdefault(head, {}), MOST_KEPT)
        parts = {each: _parts(each) for each in told if each not in known}
        if parts:
            references = [each for each, _ in parts.values()]
            new = [each for each in dict.fromkeys(chain.from_iterable(said for _, said in parts.values())) if each not in known]
            first = references[0] + (PROPERTY + NEXT.join(new) + END if new else b"")
            read = self._result(b"".join((head, OPENING, SEAM.join((first, *references[1:])), CLOSING, tail)), OBJECTS)
            known.update(zip(new, read[0].propSet, strict=True))
            for (text, (_, said)), made in zip(parts.items(), read, strict=True):
                made.propSet = PROPERTIES(known[each] for each in said)
                known[text] = made
        return OBJECTS(known[each] for each in told)

    def _result(self, data: Any, kind: Any) -> Any:  # noqa: ANN401 - pyVmomi makes its types at run time
        said = set(SPACES.findall(data))
        spaces: dict[str | None, list[str]] = {prefix.decode() or None: [space.decode()] for prefix, space in said}
        body = XML(data).find(BODY)
        if body is None or len(spaces) != len(said) or not body[0].tag.endswith("Response"):
            raise ValueError("a fault, or prefixes that change their meaning")
        self.library = _SoapElements(self.stub)
        self.library.nsMap, self.library.isFault, self.library.resultType = spaces, False, kind
        self._known = _learned.setdefault((self.library.version, frozenset(said)), {})
        values: list[Any] = []
        self.fill(values, body[0], (kind,))
        if issubclass(kind, list) and not (values and isinstance(values[0], list)):
            return kind(values)
        if len(values) > 1:
            raise ValueError("several results")
        return values[0] if values else None

    def fill(self, above: Any, element: XmlElement, owner: Any) -> None:  # noqa: ANN401
        """Give ``above``, a data object or a list, what the elements in ``element`` are; ``owner`` is what it is."""
        own: Any = above if isinstance(above, list) else above.__dict__
        for child in element:
            key = (owner, child.tag, child.get(TYPE), child.get("type"))
            read, made, name, place = self._known.get(key) or self._learn(key, above, child)
            if len(child) and read is not _object:
                raise ValueError("elements in what has no parts")
            value = read(self, child, made)
            if place is PLAIN:
                own[name] = value
            elif place is ITEM:
                own.append(value)
            elif place is MANY:
                own[name].append(value)
            else:
                setattr(above, name, value)

    def _learn(self, key: Element, above: Any, child: XmlElement) -> Step:  # noqa: ANN401
        """What the library makes of such an element, and where it puts that."""
        if "serverGuid" in child.attrib:
            raise ValueError("an object of another server")
        self.library.stack = [] if above.__class__ is list else [above]
        self.library.StartElementHandler(_named(child.tag), {_named(name): value for name, value in child.attrib.items()})
        found = self.library.stack[-1]
        made, read = (found, READERS[_kind(found)]) if isinstance(found, type) else (found.__class__, _object)
        if isinstance(above, list):
            return self._known.setdefault(key, (read, made, "", ITEM))
        info = above._GetPropertyInfo(child.tag.rpartition("}")[2])
        many = issubclass(info.type, list) and not issubclass(made, list)
        sure = read is not _other and made is not LocalizedMethodFault and _fits(made, info.type)
        place = MANY if many else PLAIN if sure else CHECKED
        return self._known.setdefault(key, (read, made, info.name, place))


def _with_room(known: dict[Any, Any], most: int) -> dict[Any, Any]:
    """The same, empty where it has come to hold more than that."""
    if len(known) > most:
        known.clear()
    return known


def _parts(told: bytes) -> tuple[bytes, list[bytes]]:
    """The reference to an object, and its properties."""
    reference, _, said = told.partition(PROPERTY)
    if b"<missingSet" in told or (said and not said.endswith(END)):
        raise ValueError("other than properties")
    return reference, said[: -len(END)].split(NEXT) if said else []


def _fits(made: type, declared: type) -> bool:
    """Whether the library takes whatever is ``made``; it may refuse an empty list."""
    return made is declared or declared is object or (issubclass(made, declared) and not issubclass(made, list))


def _named(name: str) -> str:
    """A name with its namespace as the library has it."""
    return name[1:].replace("}", NS_SEP) if name.startswith("{") else name


def _object(reader: Reader, element: XmlElement, made: Any) -> Any:  # noqa: ANN401
    value = made()
    reader.fill(value, element, made)
    if made is not LocalizedMethodFault:
        return value
    value.fault.msg = value.localizedMessage
    return value.fault


def _text(_reader: Reader, element: XmlElement, _made: Any) -> Any:  # noqa: ANN401
    return element.text or ""


def _number(_reader: Reader, element: XmlElement, made: Any) -> Any:  # noqa: ANN401
    return made(element.text)


def _flag(_reader: Reader, element: XmlElement, _made: Any) -> Any:  # noqa: ANN401
    return FLAGS[element.text or ""]


def _moment(_reader: Reader, element: XmlElement, _made: Any) -> datetime:  # noqa: ANN401
    return datetime.fromisoformat(element.text or "")


def _reference(reader: Reader, element: XmlElement, made: Any) -> Any:  # noqa: ANN401
    return made(element.text or "", reader.stub, None)


def _name(_reader: Reader, element: XmlElement, made: Any) -> Any:  # noqa: ANN401
    return getattr(made, element.text or "")


def _other(reader: Reader, element: XmlElement, made: Any) -> Any:  # noqa: ANN401
    found: list[Any] = []
    reader.library.stack, reader.library.data = [found, made], element.text or ""
    reader.library.EndElementHandler(element.tag)
    return found[0]


READERS: Mapping[str, Read] = {
    TEXT: _text,
    NUMBER: _number,
    FLAG: _flag,
    MOMENT: _moment,
    REFERENCE: _reference,
    NAME: _name,
    OTHER: _other,
}


def _kind(obj: type) -> str:
    parents = ((bool, FLAG), (int, NUMBER), (datetime, MOMENT), (ManagedObject, REFERENCE), (Enum, NAME))
    found = next((kind for parent, kind in parents if issubclass(obj, parent)), OTHER)
    return _kinds.setdefault(obj, TEXT if obj is str else found)


def keep_objects(stub: Any) -> None:  # noqa: ANN401
    """Have whatever comes over ``stub`` from inventories be read once for all times that it is the same.

    That goes for answers, for each object and for each property. So looks share them, and nobody may change them.
    """
    setattr(stub, KEPT, Kept())
