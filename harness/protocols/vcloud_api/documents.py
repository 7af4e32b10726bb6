"""XML in the namespaces of the vCloud API."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, tostring

NAMESPACE = "http://www.vmware.com/vcloud/v1.5"
VERSIONS = "http://www.vmware.com/vcloud/versions"
PREFIXES = {
    "ovf": "http://schemas.dmtf.org/ovf/envelope/1",
    "vmext": "http://www.vmware.com/vcloud/extension/v1.5",
}


def element(tag: str, attributes: Mapping[str, str] | None = None, *children: Element, text: str = "") -> Element:
    """An element; ``tag`` and the attributes' names may have one of the ``PREFIXES``."""
    made = Element(tag, dict(attributes or {}))
    made.extend(children)
    made.text = text or None
    return made


def render(root: Element, namespace: str = NAMESPACE) -> bytes:
    """The document with that root, of which elements without a prefix are in ``namespace``."""
    root.attrib = {"xmlns": namespace, **{f"xmlns:{name}": uri for name, uri in PREFIXES.items()}, **root.attrib}
    return bytes(tostring(root, "utf-8", xml_declaration=True))


def media_type(kind: str, family: str = "vcloud") -> str:
    """The media type of a document: ``vApp`` is ``application/vnd.vmware.vcloud.vApp+xml``."""
    return f"application/vnd.vmware.{family}.{kind}+xml"


def link(rel: str, href: str, kind: str = "", name: str = "", family: str = "vcloud") -> Element:
    """A link to another document, or to an action, which has no ``kind``."""
    attributes = {"rel": rel, "href": href}
    if name:
        attributes["name"] = name
    if kind:
        attributes["type"] = media_type(kind, family)
    return element("Link", attributes)


def said(value: bool) -> str:
    """A boolean as XML schema writes it."""
    return "true" if value else "false"
