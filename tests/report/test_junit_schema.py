"""JUnit XML against the public schema of Jenkins' xUnit plugin, as pytest's source distribution ships it for its own tests."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from harness.report.junit import to_junit
from tests.report.sample_record import sample, scenario
from tests.report.test_writers import NASTY, with_text

NAME = "testing/example_scripts/junit-10.xsd"


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
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


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "record",
    [
        sample(),
        sample(failed=True),
        sample(scenarios=()),
        sample(scenarios=(scenario("a", 3, "skipped", reason="no time"), scenario("b", 9, "deselected"))),
        with_text(NASTY),
    ],
    ids=["passed", "failed", "empty", "skipped", "hostile"],
)
def test_junit_is_what_its_public_schema_says(schema, record):
    assert [error.reason for error in schema.iter_errors(to_junit(record))] == []


@pytest.mark.timeout(300)
def test_the_schema_finds_what_is_not_in_it(schema):
    assert not schema.is_valid(to_junit(sample()).replace("<testcase ", '<testcase line="3" '))
