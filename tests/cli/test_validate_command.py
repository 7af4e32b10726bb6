"""The ``validate`` command as a person and a CI server use it: output, exit status, files."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.cli import main
from harness.cli.command import make_parser
from harness.cli.validate import repeat_command
from harness.releases import names
from harness.report.session import WRITERS
from harness.report.terminal import wants_colour

ROOT = Path(__file__).parents[2]
STEPS = """
from pathlib import Path
from pytest_bdd import given, scenarios
from harness.report.seams import feature_directories
scenarios(*feature_directories(Path("features")))
@given("good")
def _(): pass
@given("bad")
def _(): assert False, "the VM is off"
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "steps").mkdir()
    (tmp_path / "features").mkdir()
    (tmp_path / "steps" / "__init__.py").write_text("")
    (tmp_path / "steps" / "test_features.py").write_text(STEPS)
    (tmp_path / "features" / "a.feature").write_text("Feature: a\n\n  @VDS-05\n  Scenario: x\n    Given good\n")
    return tmp_path


def in_a_process(project, **environment):
    command = [sys.executable, "-m", "harness.cli", "validate"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, timeout=280, check=False)


@pytest.fixture
def blackstart(project, call, monkeypatch):
    """The command in the process of the tests, as if started in the project: it finds the packages there."""
    for package in ("steps", "features"):
        monkeypatch.delitem(sys.modules, package, raising=False)
    monkeypatch.syspath_prepend(project)
    return call


def test_a_good_run_ends_with_0_and_says_where_the_report_is(project):
    result = in_a_process(project)
    assert result.returncode == 0, result.stderr
    assert re.search(r"^\[1/1\] ✓ passed VDS-05 x \(.*\)$", result.stdout, re.MULTILINE)
    assert "Release 5.0: certified: 1 of 1 scenario passed" in result.stdout
    assert result.stdout.endswith("Report: reports/5.0/index.html\n")
    assert "\033" not in result.stdout
    assert result.stderr == ""
    assert {path.name for path in (project / "reports" / "5.0").iterdir()} == {"SHA256SUMS", *WRITERS}
    assert {path.name for path in project.iterdir()} == {"steps", "features", "reports"}


def test_a_failed_behaviour_ends_with_1_and_names_file_line_and_cause(project, blackstart):
    with (project / "features" / "a.feature").open("a") as file:
        file.write("\n  Scenario: y\n    Given good\n    And bad\n")
    status, out, _ = blackstart("validate", "--output", "out")
    assert status == 1
    assert "✗ failed features/a.feature:7  y\n  features/a.feature:9: And bad\n    the VM is off\n" in out
    assert "2 scenarios: 1 passed, 1 failed in" in out
    assert (project / "out" / "5.0" / "index.html").exists()


def test_an_undefined_step_ends_with_2(project, blackstart):
    (project / "features" / "b.feature").write_text("Feature: b\n  Scenario: z\n    Given nothing like it\n")
    status, out, _ = blackstart("validate")
    assert status == 2
    assert "? undefined features/b.feature:2  z\n  features/b.feature:3: Given nothing like it\n" in out


def test_several_directories_of_features_are_one_run(project, blackstart):
    (project / "ours").mkdir()
    (project / "ours" / "b.feature").write_text("Feature: b\n\n  @VDS-06\n  Scenario: y\n    Given good\n")
    status, out, errors = blackstart("validate", "--features", "features", "--features", "ours")
    assert status == 0, errors
    assert "Release 5.0: certified: 2 of 2 scenarios passed" in out
    cases = ET.parse(project / "reports" / "5.0" / "junit.xml").findall(".//testcase")
    assert {case.get("file"): case.find("properties/property[@name='requirement']").get("value") for case in cases} == {
        "features/a.feature": "VDS-05",
        "ours/b.feature": "VDS-06",
    }


@pytest.mark.parametrize(("strictness", "status"), [((), 0), (("--strict",), 1)])
def test_a_real_verdict_on_assumptions_is_enough_unless_strict(call, strictness, status):
    ended, out, _ = call("validate", "--simulator", "process", "--tags", "@VDS-02 and not @twin", *strictness)
    assert "Release 5.0: certified on assumptions: 1 of 1 scenario passed; partial: 1 of " in out
    assert ended == status


def test_all_releases_have_a_report_each(project, blackstart):
    status, out, _ = blackstart("validate", "--release", "all")
    assert status == 0
    assert {path.name for path in (project / "reports").iterdir()} == {*names(), "index.html", "index.json", "SHA256SUMS"}
    assert out.endswith("Reports: reports/index.html\n")
    since = {name: json.loads((project / "reports" / name / "report.json").read_text())["since"] for name in names()}
    first, *others = names()
    assert since[first] is None
    assert [since[name]["before"]["release"] for name in others] == [*names()[:-1]]
    assert blackstart("validate", "--release", "all", "--change", "CHG-2")[0] == 0
    records = [json.loads((project / "reports" / name / "report.json").read_text()) for name in names()]
    assert [(record["change"], len(record["runs"])) for record in records] == [("CHG-2", 1)] * len(names())
    assert blackstart("verify", *(f"reports/{name}" for name in names()))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--features", "nowhere"], r"^blackstart: nowhere: features: there is no such directory\n  Give one"),
        (["--release", "4.2"], r"^blackstart: .*4\.2.*\n  Known: .*5\.0"),
        (["--tags", "@nothing"], r"^blackstart: tags: no scenario matches '@nothing'"),
        (["--tags", "@a or"], r"^blackstart: tags: "),
        (["--features", "broken"], r"^blackstart: .*broken/b\.feature:4: Gherkin syntax: "),
        (["--features", "empty"], r"no \*\.feature file below this directory"),
        (["--output", "features/a.feature"], r"^blackstart: features/a\.feature/5\.0: output: .*\n  Give a place"),
        (["--features", "features", "--features", "nowhere"], r"^blackstart: nowhere: features: there is no such directory"),
        (["--since", "nowhere"], r"^blackstart: nowhere: record: No such file or directory\n  Give another report with --since"),
        (
            ["--since", "cut"],
            r"^blackstart: cut/report\.json:2: record: is not whole JSON: .*\n  Give another report with --since",
        ),
        (["--output", "old"], r"^blackstart: old/5\.0/report\.json:2: record: is not whole JSON: .*\n  Move it away"),
        (["--features", ""], r"argument --features: an empty name is no directory"),
        (["--output", ""], r"argument --output: an empty name is no directory"),
        (["--workers", "0"], r"argument --workers: '0' is not a number from 1 to 64"),
        (["--workers", "65"], r"argument --workers: '65' is not a number from 1 to 64"),
        (["--title", "x" * 201], r"argument --title: 201 characters are too many: a first page has room for 200"),
        (["--workers", "two"], r"argument --workers: 'two' is not a number from 1 to 64"),
        (["--seed", "x"], r"argument --seed: invalid int value: 'x'"),
        (["--strictly"], r"^blackstart validate: error: unrecognized arguments: --strictly$"),
        (["5.0"], r"^blackstart validate: error: unrecognized arguments: 5\.0$"),
        (["--simulator", "magic"], r"argument --simulator: invalid choice"),
    ],
)
def test_unusable_input_is_one_error_and_2(project, call, arguments, said):
    (project / "empty").mkdir()
    for place in (project / "cut", project / "old" / "5.0"):
        place.mkdir(parents=True)
        (place / "report.json").write_text('{\n "schema_version":')
    (project / "broken").mkdir()
    (project / "broken" / "b.feature").write_text("Feature: b\n  Scenario: z\n    Given good\n    Nonsense z\n")
    status, out, err = call("validate", *arguments)
    assert status == 2
    assert re.search(said, err, re.MULTILINE), err
    assert "[1/1]" not in out


@pytest.mark.parametrize(
    ("environment", "wanted"), [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_is_for_terminals_that_want_it(environment, wanted):
    controller, terminal = pty.openpty()
    with os.fdopen(controller), os.fdopen(terminal, "w") as stream:
        assert wants_colour(stream, environment) is wanted


def test_on_a_terminal_outcomes_have_colours(project):
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "harness.cli", "validate"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "NO_COLOR": ""}
    with subprocess.Popen(command, cwd=project, env=variables, stdout=terminal, stdin=terminal, stderr=terminal):
        os.close(terminal)
        shown = b"".join(iter(lambda: read_terminal(controller), b""))
    os.close(controller)
    assert "\033[32m✓ passed\033[0m" in shown.decode()


def read_terminal(controller):
    """What the terminal shows next; nothing once no process has it any more."""
    try:
        return os.read(controller, 4096)
    except OSError:
        return b""


def test_a_terminal_without_utf_8_is_no_reason_to_fail(project):
    result = in_a_process(project, PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert "[1/1] ? passed VDS-05 x" in result.stdout


def test_the_line_that_repeats_a_run_names_the_simulator_that_auto_came_to(project, blackstart, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert blackstart("validate")[0] == 0
    [line] = [each for each in (project / "reports/5.0/summary.md").read_text().splitlines() if "blackstart validate" in each]
    assert "--simulator process" in line


def test_the_line_that_repeats_a_run_means_the_same_run():
    line = ["validate", "--release", "5.1", "--tags", "@VDS-05 and not @twin", "--seed", "7", "--workers", "2", "--strict"]
    words = ["--change=-1234-", "--title", "Fail-over, autumn", "--since", "archive/5.0"]
    arguments = make_parser().parse_args([*line, *words, "--features", "a b"])
    again = repeat_command(arguments, "5.1")
    assert again.startswith("blackstart validate --release 5.1")
    import shlex

    repeated = make_parser().parse_args(shlex.split(again)[1:])
    assert vars(repeated) == vars(arguments)


@pytest.mark.parametrize("arguments", [["--help"], ["validate", "--help"]])
def test_help_teaches(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0
    assert "blackstart validate" in capsys.readouterr().out
