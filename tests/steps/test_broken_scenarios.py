"""Real scenarios that speak of what their lab has not: no behaviour failed there, and the sentence is told with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.blueprints import load_blueprint
from harness.cli.rehearsal import rehearse
from harness.errors import LabError
from harness.lab import Lab, open_lab
from harness.releases import load
from harness.report.execution import RunOptions
from harness.report.model import Product, Record, Release
from harness.report.session import run
from harness.simulators.process import ProcessSimulator
from harness.units import Credentials
from tests.report.conftest import Listener

LAB = "Given a cluster of three hosts"
HOSTS = "there are: esx01.lab.example, esx02.lab.example, esx03.lab.example"
BROKEN = {
    "unknown host": (['Given "esx99" loses its power'], f"no host 'esx99' in this place; {HOSTS}"),
    "unknown VM": (['Given the operator moves "web99" to the datastore "vmfs02"'], "no VM 'web99' in vCenter; there are: "),
    "unknown datastore": (['Given all paths from "esx01" to the datastore "tape" are down'], "datastore 'tape': not in the lab"),
    "unknown word": (['Given vSphere HA is "broken"'], '"broken": means nothing here\n  Known: "on", "off"'),
    "unknown file": (['Given the file "/etc/nothing" of "esx01" is lost'], "esx01.lab.example has not saved /etc/nothing"),
    "unknown host in the act": (['When "esx99" loses its power'], f"no host 'esx99' in this place; {HOSTS}"),
    "unknown server in a try": (
        ["Given two sites", 'When the operator tries to run the recovery plan "management" at "srm-z"'],
        "no server of Site Recovery Manager 'srm-z' in this place; there are: ",
    ),
    "unknown variation": (['Given two sites with "no arrays"'], "variation 'no arrays': not in the blueprint"),
}
FAILED = {
    "nobody who answers": (['When "esx01" loses its power', 'And the operator runs "ls" on "esx01"'], "does not answer over SSH"),
    "an exit status": (
        ['When the operator runs "false" on "esx01"', 'Then the command fails and names "x"'],
        "expected a failure",
    ),
    "a VM that is lost": (['When "esx03" loses its power', 'Then "web99" runs on "esx01"'], "no VM 'web99' in"),
    "a fault": (
        [
            'Given the VM "web01" runs on "esx01" from the datastore "vmfs01", connected to the port group "production"',
            'When the operator powers on "web01" through "vCenter"',
        ],
        "InvalidPowerState",
    ),
}


def lines(name: str, *steps: str) -> str:
    return "".join([f"  Scenario: {name}\n", *(f"    {step}\n" for step in steps)])


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    folder = tmp_path_factory.mktemp("broken")
    (folder / "features").mkdir()
    parts = [lines(name, *([] if "two sites" in steps[0] else [LAB]), *steps) for name, (steps, _) in (BROKEN | FAILED).items()]
    (folder / "features" / "a.feature").write_text("Feature: a\n" + "".join(parts), encoding="utf-8")
    options = RunOptions(
        features=(folder / "features",),
        module=Path(__file__).parents[2] / "steps" / "test_features.py",
        release=Release("5.0", "documented", (Product("VMware ESXi", "5.0.0", "469512"),)),
        output=folder,
        scratch=folder,
        simulator="process",
    )
    return run(options, Listener())


@pytest.mark.parametrize("name", BROKEN)
def test_a_scenario_that_names_what_its_lab_has_not_is_broken_input_with_file_and_line(record: Record, name: str) -> None:
    (scenario,) = (each for each in record.scenarios if each.name == name)
    step = next(step for step in scenario.steps if step.status != "passed")
    assert (step.status, scenario.outcome) == ("error", "error"), scenario.reason
    (said, why) = BROKEN[name]
    assert said[-1] == f"{step.keyword} {step.text}"
    assert scenario.reason.startswith(f"features/a.feature:{step.line}: {said[-1]}: "), scenario.reason
    assert why in scenario.reason


@pytest.mark.parametrize("name", FAILED)
def test_what_a_wire_tells_by_a_named_error_is_a_failed_behaviour(record: Record, name: str) -> None:
    (scenario,) = (each for each in record.scenarios if each.name == name)
    assert scenario.steps[-1].status == scenario.outcome == "failed", scenario.reason
    assert FAILED[name][1] in scenario.reason


@pytest.fixture
def lab() -> Iterator[Lab]:
    with open_lab(load_blueprint("three-hosts"), load("5.0"), ProcessSimulator(), 7) as opened:
        yield opened


def test_a_procedure_that_cannot_log_in_is_a_broken_lab(lab: Lab) -> None:
    lab.hosts = {name: replace(host, login=Credentials(host.login.user, "another")) for name, host in lab.hosts.items()}
    with rehearse(lab) as procedures, pytest.raises(LabError, match=r"^the procedure agents-restart: broken at .*: login: esx01"):
        procedures.run("agents-restart")


def test_a_procedure_that_stops_is_not(lab: Lab) -> None:
    lab.faults.isolate(next(iter(lab.hosts)))
    with rehearse(lab) as procedures:
        procedures.run("agents-restart")
        procedures.check_stopped("agents-restart", "restart-agents", "esx01.lab.example does not answer over SSH")
