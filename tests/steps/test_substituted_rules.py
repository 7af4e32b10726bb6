"""Simulate the mechanism: where one rule of the world is another, the scenario that depends on it fails, and says how."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
BEGINNING = """
    from harness.physics import hosts, network, restarts

    nothing = lambda *_: iter(())
    load_at_agent_start = network.load_at_agent_start


    def boots(laws, event):
        return laws.world.hosts[event.host].booted == laws.now
"""


@dataclass(frozen=True)
class Substitution:
    """``rules`` replaces what the world goes by; the scenarios that ``chosen`` selects then fail as ``said``, each once."""

    rules: str
    chosen: str
    said: str
    scenarios: int = 1


RESTARTED = "web01: expected not restarted, but the hosts' shells shows esx0"
UNCONNECTED = "web01: expected a network connection, but vCenter shows False; its host's list of ports shows False"
SUBSTITUTIONS = {
    "HA asks for no port file (VDS-05, VDS-11)": Substitution(
        'restarts.missing_port_file = lambda *_: ""',
        "without_its_port_file or vsphere_ha_does_not_find_the_port_file",
        RESTARTED,
        scenarios=2,
    ),
    "HA reads no port file (VDS-05)": Substitution("network.load_port = nothing", "vm_comes_back_with_its_port", UNCONNECTED),
    "a boot loads no switch (VDS-01)": Substitution(
        "network.rebuild = nothing", "switch_is_back", "esx01: expected the switch dvs-prod", scenarios=2
    ),
    "a boot loads no port (VDS-06, VDS-07)": Substitution(
        "network.load_at_agent_start = lambda laws, event: nothing() if boots(laws, event) else load_at_agent_start(laws, event)",
        "connection_after_the_reboot or storage_up_before_the_hosts",
        UNCONNECTED,
        scenarios=2,
    ),
    "a restart of the agents loads no port (VDS-08)": Substitution(
        "network.load_at_agent_start = lambda laws, event: load_at_agent_start(laws, event) if boots(laws, event) else nothing()",
        "vm_that_ran_meanwhile or at_its_next_poweron",
        UNCONNECTED,
        scenarios=2,
    ),
    "a host reads port files whenever it needs them (VDS-06)": Substitution(
        "network._must_load = lambda *_: True", "waiting_does_not_cure_it", "web01: expected no network connection"
    ),
}


def run_scenarios(folder: Path, chosen: str, rules: str = "") -> str:
    """What pytest says of the chosen scenarios on release 5.0, in a world that goes by ``rules`` where they differ."""
    (folder / "other_world.py").write_text(dedent(BEGINNING) + rules + "\n", encoding="utf-8")
    quiet = ("-q", "--tb=short", "-rN", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly")
    wanted = ("--release=5.0", "--simulator=process", "-p", "harness.report.collection", "-p", "other_world", "-k", chosen)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}
    command = [sys.executable, "-m", "pytest", "steps/test_features.py", *quiet, *wanted]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110, check=False).stdout


@pytest.mark.parametrize("name", SUBSTITUTIONS)
def test_a_scenario_fails_where_the_rule_that_it_rests_on_is_another(name: str, tmp_path: Path) -> None:
    case = SUBSTITUTIONS[name]
    said = run_scenarios(tmp_path, case.chosen, case.rules)
    assert f"\n{case.scenarios} failed, " in said, said[-3000:]
    assert said.count(f"Unmet: {case.said}") == case.scenarios, said[-3000:]


def test_in_the_world_as_it_is_they_pass(tmp_path: Path) -> None:
    chosen = " or ".join(case.chosen for case in SUBSTITUTIONS.values())
    assert f"\n{sum(case.scenarios for case in SUBSTITUTIONS.values())} passed, " in run_scenarios(tmp_path, chosen)
