"""The broker's XML: requests are children of one ``broker`` element, and so are their answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, tostring

from harness.errors import BlackstartError
from harness.markup import read_xml

VERSION = "5.0"
"""The version that an answer gives (assumed: that of the product)."""


@dataclass(eq=False)
class Problem(BlackstartError):
    """Why a request is not carried out: a code for programs, and a message for people."""

    code: str
    message: str

    def __str__(self) -> str:
        return self.message


def read_requests(body: bytes) -> list[Element]:
    """The requests in a document, in their order; raises a ``Problem`` for anything else."""
    try:
        root = read_xml(body)
    except (ParseError, ValueError) as error:  # the latter for what an XML parser should not take
        raise Problem("BAD_REQUEST", f"the request is no XML: {error}") from error
    if root.tag != "broker" or not len(root):
        raise Problem("BAD_REQUEST", "the request is no <broker> with requests in it")
    return list(root)


def render(answers: Iterable[Element]) -> bytes:
    """The document with these answers."""
    root = Element("broker", {"version": VERSION})
    root.extend(answers)
    return bytes(tostring(root, "utf-8", xml_declaration=True))


def element(tag: str, *children: Element, text: str = "") -> Element:
    """An element with a text or with children."""
    made = Element(tag)
    made.extend(children)
    made.text = text or None
    return made


def succeeded(tag: str, *children: Element) -> Element:
    """The answer to a request that was carried out."""
    return element(tag, element("result", text="ok"), *children)


def failed(tag: str, problem: Problem) -> Element:
    """The answer to one that was not."""
    code, message = element("error-code", text=problem.code), element("error-message", text=problem.message)
    return element(tag, element("result", text="error"), code, message, element("user-message", text=problem.message))


def skipped(tag: str) -> Element:
    """The answer to one that comes after a failed one."""
    return element(tag, element("result", text="notexecuted"))


def parameters(screen: Element) -> dict[str, str]:
    """What was filled in on a screen, by the names of its parameters."""
    return {
        param.findtext("name", "").strip(): (param.findtext("values/value") or "") for param in screen.iterfind("params/param")
    }


def parameter(name: str, *values: str) -> Element:
    """A parameter of a screen."""
    return element("param", element("name", text=name), element("values", *(element("value", text=value) for value in values)))
