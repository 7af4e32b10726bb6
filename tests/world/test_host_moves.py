"""A host that is brought into another cluster: what vSphere HA makes of it on both sides."""

from __future__ import annotations

import pytest

from harness.blueprints import load_blueprint
from harness.errors import Refusal
from harness.operations import hosts
from harness.units import HostName
from harness.world.hosts import FDM
from tests.world.two_sites import Sites, open_sites

B1, B2 = HostName("esx-b01.lab.example"), HostName("esx-b02.lab.example")


@pytest.fixture
def sites(tmp_path) -> Sites:
    return open_sites(tmp_path, load_blueprint("view-two-sites", "recovery hosts outside the cluster"), watched=True)


def test_it_gets_an_agent_where_ha_is_on_and_takes_part_when_it_leaves_maintenance_mode(sites):
    assert FDM not in sites.world.hosts[B1].agents
    sites.gateway.perform(hosts.move, B1, "desktops")
    assert B1 in {host.name for host in sites.world.members("desktops")}
    assert B1 not in {host.name for host in sites.world.members("standby")}
    sites.pass_minutes(2)
    assert FDM in sites.world.hosts[B1].agents
    assert sites.world.hosts[B1].maintenance
    sites.gateway.perform(hosts.exit_maintenance, B1)
    assert sites.world.clusters["desktops"].master is not None


def test_it_loses_the_agent_where_ha_is_off(sites):
    sites.gateway.perform(hosts.move, B1, "desktops")
    sites.pass_minutes(2)
    sites.gateway.perform(hosts.move, B1, "standby")
    sites.pass_minutes(2)
    assert FDM not in sites.world.hosts[B1].agents


def test_one_that_is_in_use_is_refused(sites):
    sites.gateway.perform(hosts.exit_maintenance, B2)
    with pytest.raises(Refusal, match="is not in maintenance mode"):
        sites.gateway.perform(hosts.move, B2, "desktops")
    assert sites.world.hosts[B2].cluster == "standby"
