"""What is read of XML from whoever sends it, and by which parser."""

from __future__ import annotations

from xml.etree.ElementTree import ParseError, tostring

import pytest
from defusedxml.ElementTree import fromstring

from harness import markup
from harness.markup import read_xml

PLAIN = (
    b"<a/>",
    b"<?xml version='1.0' encoding='utf-8'?>\n<a b='1'>\xc3\xa4 &amp; &#228;<c xmlns='urn:d'/></a>",
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><d:a xmlns:d="urn:d"><d:b>x</d:b> y</d:a>',
)
ODD = (
    b"<a><!-- a comment --><![CDATA[<b>]]></a>",
    b"<a><?target text?></a>",
    "<?xml version='1.0' encoding='utf-16'?><a>\xe4</a>".encode("utf-16"),
    b"<?xml version='1.0' encoding='latin-1'?><a>\xe4</a>",
)
BOMB = "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
REFUSED = (BOMB.encode(), BOMB.encode("utf-16"), f"<?xml version='1.0' encoding='utf-8'?>{BOMB}".encode())
BROKEN = (b"", b"<a>", b"\n<a></b>", b"<a>&b;</a>", b"<?xml version='1.0'?>\n<a", b"<a>\xff</a>")


@pytest.mark.parametrize("document", [*PLAIN, *ODD])
def test_a_document_is_read_as_defusedxml_reads_it(document: bytes) -> None:
    assert tostring(read_xml(document)) == tostring(fromstring(document))


@pytest.mark.parametrize("document", BROKEN)
def test_what_is_no_xml_is_refused_in_the_same_words(document: bytes) -> None:
    with pytest.raises(ParseError) as expected:
        fromstring(document)
    with pytest.raises(ParseError) as found:
        read_xml(document)
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("document", REFUSED)
def test_what_declares_entities_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match="EntitiesForbidden"):
        read_xml(document)


def test_only_what_is_plain_is_left_to_expat(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_document: bytes) -> None:
        raise ValueError("defusedxml was asked")

    monkeypatch.setattr(markup, "fromstring", asked)
    assert [read_xml(document).tag for document in PLAIN] == ["a", "a", "{urn:d}a"]
    for document in (*ODD, *REFUSED):
        with pytest.raises(ValueError, match="was asked"):
            read_xml(document)
