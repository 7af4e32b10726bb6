"""JUnit XML against its own schema, and against the public one of Jenkins' xUnit plugin, which pytest's source archive has."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.report import junit
from harness.report.junit import to_junit
from tests.report.sample_record import sample, scenario
from tests.report.test_writers import NASTY, with_text

NAME = "testing/example_scripts/junit-10.xsd"


RECORDS = {
    "passed": sample(),
    "failed": sample(failed=True),
    "empty": sample(scenarios=()),
    "skipped": sample(scenarios=(scenario("a", 3, "skipped", reason="no time"), scenario("b", 9, "deselected"))),
    "hostile": with_text(NASTY),
}
every_record = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)


@pytest.fixture(scope="module")
def own():
    """Our schema."""
    xmlschema = pytest.importorskip("xmlschema", reason="pip install '.[forms]' brings it")
    return xmlschema.XMLSchema(str(Path(junit.__file__).with_suffix(".xsd")))


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """The schema, from the package index, where the tools that judge a report's forms are installed."""
    xmlschema = pytest.importorskip("xmlschema", reason="pip install '.[forms]' brings it")
    home = tmp_path_factory.mktemp("schema")
    source = [f"pytest=={version('pytest')}", "--no-deps", "--no-binary", ":all:", "--dest", str(home)]
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", *source], check=True, capture_output=True, timeout=280)
    [archive] = home.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        [member] = [each for each in opened.getmembers() if each.name.endswith(f"/{NAME}")]
        content = opened.extractfile(member).read()
    place = Path(home, "junit.xsd")
    place.write_bytes(content)
    return xmlschema.XMLSchema(str(place))


def known_to_it(text):
    """The document without what CI servers read beyond the public schema."""
    root = ET.fromstring(text)
    for case in root.iter("testcase"):
        for properties in case.findall("properties"):
            case.remove(properties)
        case.attrib.pop("file", None)
        case.attrib.pop("line", None)
    return ET.tostring(root, encoding="unicode")


@every_record
def test_junit_is_what_its_schema_says(own, record):
    assert [error.reason for error in own.iter_errors(to_junit(record))] == []


@every_record
def test_junit_is_what_the_public_schema_says_but_for_what_servers_read_beyond_it(public, record):
    assert [error.reason for error in public.iter_errors(known_to_it(to_junit(record)))] == []


def test_the_schemas_find_what_is_not_in_them(own, public):
    text = to_junit(sample())
    assert not own.is_valid(text.replace("<testcase ", '<testcase group="3" '))
    assert not own.is_valid(text.replace("<system-out>", "<error message=''/><failure message=''/><system-out>"))
    assert not public.is_valid(text)
