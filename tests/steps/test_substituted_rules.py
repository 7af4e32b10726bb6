"""Simulate the mechanism: where one rule of the world is another, the scenario that depends on it fails, and says how."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[2]
WORLDS = """
    import pytest

    from harness.physics import hosts, network, restarts

    nothing = lambda *_: iter(())
    load_at_agent_start = network.load_at_agent_start


    def boots(laws, event):
        return laws.world.hosts[event.host].booted == laws.now


    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(item):
        kept = [(module, dict(vars(module))) for module in (hosts, network, restarts)]
        exec(next((rules for chosen, rules in WORLDS if any(name in item.name for name in chosen)), ""), globals())
        try:
            return (yield)
        finally:
            for module, rules in kept:
                vars(module).update(rules)


    WORLDS = """
"""A plugin in which each scenario meets a world of other rules; ``WORLDS`` pairs names of scenarios with what replaces a rule."""


@dataclass(frozen=True)
class Substitution:
    """``rules`` replaces what the world goes by; the scenarios that ``chosen`` names then fail as ``said``."""

    rules: str
    chosen: tuple[str, ...]
    said: str
    scenarios: int = 1

    def of(self, results: dict[str, str]) -> dict[str, str]:
        """Of the results those of its scenarios."""
        return {name: said for name, said in results.items() if any(chosen in name for chosen in self.chosen)}


RESTARTED = "web01: expected not restarted, but the hosts' shells shows esx0"
UNCONNECTED = "web01: expected a network connection, but vCenter shows False; its host's list of ports shows False"
SUBSTITUTIONS = {
    "HA asks for no port file (VDS-05, VDS-11)": Substitution(
        'restarts.missing_port_file = lambda *_: ""',
        ("without_its_port_file", "vsphere_ha_does_not_find_the_port_file"),
        RESTARTED,
        scenarios=2,
    ),
    "HA reads no port file (VDS-05)": Substitution("network.load_port = nothing", ("vm_comes_back_with_its_port",), UNCONNECTED),
    "a boot loads no switch (VDS-01)": Substitution(
        "network.rebuild = nothing", ("switch_is_back",), "esx01: expected the switch dvs-prod", scenarios=2
    ),
    "a boot loads no port (VDS-06, VDS-07)": Substitution(
        "network.load_at_agent_start = lambda laws, event: nothing() if boots(laws, event) else load_at_agent_start(laws, event)",
        ("connection_after_the_reboot", "storage_up_before_the_hosts"),
        UNCONNECTED,
        scenarios=2,
    ),
    "a restart of the agents loads no port (VDS-08)": Substitution(
        "network.load_at_agent_start = lambda laws, event: load_at_agent_start(laws, event) if boots(laws, event) else nothing()",
        ("vm_that_ran_meanwhile", "at_its_next_poweron"),
        UNCONNECTED,
        scenarios=2,
    ),
    "a host reads port files whenever it needs them (VDS-06)": Substitution(
        "network._must_load = lambda *_: True", ("waiting_does_not_cure_it",), "web01: expected no network connection"
    ),
}


def run_scenarios(folder: Path, *plugins: str) -> dict[str, str]:
    """What pytest says of the failures of all their scenarios on release 5.0, by name; nothing of one that passed."""
    quiet = ("-q", "--tb=short", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly")
    chosen = " or ".join(name for case in SUBSTITUTIONS.values() for name in case.chosen)
    wanted = ("--release=5.0", "--simulator=process", "-p", "harness.report.collection", *plugins, "-k", chosen)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}
    told = f"--junit-xml={folder / 'results.xml'}"
    command = [sys.executable, "-m", "pytest", "steps/test_features.py", *quiet, *wanted, told]
    subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=280, check=False)
    return dict(_failures(folder / "results.xml"))


def _failures(path: Path) -> Iterator[tuple[str, str]]:
    for case in ET.parse(path).iter("testcase"):
        failure, error = case.find("failure"), case.find("error")
        assert error is None, ET.tostring(case)
        yield str(case.get("name")), "" if failure is None else f"{failure.get('message')}{failure.text}"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of the scenarios, each in the world that is substituted for it."""
    folder = tmp_path_factory.mktemp("worlds")
    worlds = [(case.chosen, case.rules) for case in SUBSTITUTIONS.values()]
    (folder / "other_worlds.py").write_text(dedent(WORLDS).rstrip() + f" {worlds!r}\n", encoding="utf-8")
    return run_scenarios(folder, "-p", "other_worlds")


@pytest.mark.parametrize("name", SUBSTITUTIONS)
def test_a_scenario_fails_where_the_rule_that_it_rests_on_is_another(name: str, results: dict[str, str]) -> None:
    case = SUBSTITUTIONS[name]
    mine = case.of(results)
    assert len(mine) == case.scenarios, [*results]
    assert [said[-3000:] for said in mine.values() if f"Unmet: {case.said}" not in said] == []


def test_in_the_world_as_it_is_they_pass(tmp_path: Path) -> None:
    results = run_scenarios(tmp_path)
    assert len(results) == sum(case.scenarios for case in SUBSTITUTIONS.values())
    assert {name: said for name, said in results.items() if said} == {}
