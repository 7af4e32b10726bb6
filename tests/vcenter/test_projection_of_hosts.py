"""A host is looked at again where what decides how it is shown is another: so the list of that has to be whole."""

from __future__ import annotations

import dataclasses
from typing import Any
from unittest.mock import MagicMock

import pytest

from harness.blueprints import initial_world, load_blueprint
from harness.physics.chance import Chance
from harness.protocols.vcenter.projection.hosts import OF_CLUSTER, OF_HOST, show_host
from harness.protocols.vcenter.projection.sight import Sight, look
from harness.records import replace
from harness.releases import load
from harness.units import HostName
from harness.world.availability import Cluster
from harness.world.hosts import FDM, Connection, Host

HOST, CLUSTER = HostName("esx01.lab.example"), "cluster01"


def watched(record: Any, read: set[str]) -> Any:  # noqa: ANN401 - a record of the same class that notes which fields are read
    """The same record, which notes the fields that are read of it."""
    kind, fields = type(record), {field.name for field in dataclasses.fields(record)}

    class Watched(kind):  # type: ignore[misc,valid-type]
        def __getattribute__(self, name: str) -> Any:  # noqa: ANN401
            if name in fields:
                read.add(name)
            return super().__getattribute__(name)

    made = object.__new__(Watched)
    vars(made).update(vars(record))
    return made


def decisive(fields: Any, record: Host | Cluster) -> set[str]:  # noqa: ANN401 - an attrgetter
    """The fields that such a list names."""
    read: set[str] = set()
    fields(watched(record, read))
    return read


@pytest.fixture
def sight() -> Sight:
    release = load("6.7")
    return look(Sight("vc01.lab.example"), initial_world(load_blueprint("three-hosts"), release, Chance(7)))


@pytest.mark.parametrize(
    ("host", "cluster"),
    [
        pytest.param({}, {}, id="as it begins"),
        pytest.param({"maintenance": True}, {"enabled": True}, id="in maintenance mode"),
        pytest.param({"connection": Connection.NOT_RESPONDING, "linked": False}, {"enabled": True}, id="isolated"),
        pytest.param({"agents": frozenset({FDM})}, {"enabled": True}, id="without a master"),
        pytest.param({"agents": frozenset({FDM})}, {"enabled": True, "master": HOST}, id="the master"),
        pytest.param({}, {"enabled": True, "dead": frozenset({HOST})}, id="declared dead"),
    ],
)
def test_nothing_else_of_a_host_and_its_cluster_is_read(sight: Sight, host: dict[str, Any], cluster: dict[str, Any]) -> None:
    of_host: set[str] = set()
    of_cluster: set[str] = set()
    known = watched(replace(sight.hosts[HOST], **host), of_host)
    group = watched(replace(sight.clusters[CLUSTER], **cluster), of_cluster)
    there = replace(sight, hosts={**sight.hosts, HOST: known}, clusters={CLUSTER: group})

    facts = list(show_host(there, MagicMock(), known))

    assert len(facts) > 10
    assert of_host <= decisive(OF_HOST, sight.hosts[HOST])
    assert of_cluster <= decisive(OF_CLUSTER, sight.clusters[CLUSTER])
