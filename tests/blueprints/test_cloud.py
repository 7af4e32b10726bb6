# ruff: noqa: E501 - a mistake and what is said of it are one line
"""vCloud Director as a blueprint describes it, and what it knows when a lab starts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from harness.blueprints import References, imported, load_blueprint
from harness.errors import InputError
from harness.world.cloud import StopAction
from tests.vcloud_api.private_cloud import BLUEPRINT

TABLES = {
    'cloud = [{name = "vcloud.example", vcenter = "vc-res.example", cells = "cells", database = "records"}]\n': """
[[cloud]]
name = "vcloud.example"
vcenter = "vc-res.example"
cells = "cells"
database = "records"
""",
    'organisation = [{name = "alpha"}, {name = "beta"}]\n': """
[[organisation]]
name = "alpha"

[[organisation]]
name = "beta"
""",
    'vdc = [{name = "vdc-a", organisation = "alpha", pool = "vdc-a"}, {name = "vdc-b", organisation = "beta", pool = "vdc-b"}]\n': """
[[vdc]]
name = "vdc-a"
organisation = "alpha"
pool = "vdc-a"

[[vdc]]
name = "vdc-b"
organisation = "beta"
pool = "vdc-b"
""",
    """organisation-network = [
    {name = "net-a", organisation = "alpha", edge = "edge-a"},
    {name = "net-b", organisation = "beta"},
]
""": """
[[organisation-network]]
name = "net-a"
organisation = "alpha"
edge = "edge-a"
""",
}


def in_tables() -> str:
    """The blueprint with a table for each entry, so that a mistake has a line of its own."""
    text = BLUEPRINT
    for line, table in TABLES.items():
        assert text.count(line) == 1
        text = text.replace(line, "") + table
    return text


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "ours.toml"
        path.write_text(text)
        return load_blueprint(path)

    return write


def references(blueprint, **changes):
    machines = {machine.name: f"vm-{number}" for number, machine in enumerate(blueprint.machines)}
    pools = {pool.name: f"resgroup-{pool.name}" for pool in blueprint.pools}
    groups = {group.name: f"dvportgroup-{group.name}" for switch in blueprint.switches for group in switch.groups}
    return replace(References(machines, pools, groups), **changes)


def test_a_cloud_knows_vapps_vdcs_and_networks_by_the_morefs_of_vcenter(written):
    blueprint = written(BLUEPRINT)
    known = references(blueprint)
    cloud = imported(blueprint, blueprint.cloud, known)
    assert (cloud.name, cloud.center, cloud.cells, cloud.database) == ("vcloud.example", "vc-res.example", "cells", "records")
    assert [(vdc.name, vdc.organisation, vdc.pool) for vdc in cloud.vdcs] == [
        ("vdc-a", "alpha", "resgroup-vdc-a"),
        ("vdc-b", "beta", "resgroup-vdc-b"),
    ]
    assert [(net.name, net.group, net.edge) for net in cloud.networks] == [
        ("net-a", "dvportgroup-net-a", known.machines["edge-a"]),
        ("net-b", "dvportgroup-net-b", ""),
    ]
    assert [(vapp.name, vapp.vdc, cloud.organisation_of(vapp)) for vapp in cloud.vapps] == [
        ("shop", "vdc-a", "alpha"),
        ("mail", "vdc-b", "beta"),
    ]
    shop = [(m.name, m.moref, m.order, m.stop) for m in cloud.vapps[0].machines]
    assert shop == [
        ("store-1", known.machines["store-1"], 0, StopAction.SHUT_DOWN),
        ("web-1", known.machines["web-1"], 1, StopAction.POWER_OFF),
        ("web-2", known.machines["web-2"], 1, StopAction.POWER_OFF),
    ]


def test_the_shipped_two_sites_have_a_cloud_of_two_organisations():
    blueprint = load_blueprint("two-sites")
    cloud = imported(blueprint, blueprint.cloud, references(blueprint))
    assert cloud.organisations == ("acme", "globex")
    assert {cloud.organisation_of(vapp) for vapp in cloud.vapps} == {"acme", "globex"}
    assert sum(len(vapp.machines) for vapp in cloud.vapps) == 60
    assert all(network.edge for network in cloud.networks)
    assert {m.stop for vapp in cloud.vapps for m in vapp.machines} == set(StopAction)


def test_a_blueprint_without_a_cloud_has_none():
    assert load_blueprint("three-hosts").cloud is None


MISTAKES = [
    ('cells = "cells"\n', 'cells = "cell"\n', r"cloud.cells: no service named 'cell'\n  Known: cells, edge-a, records, vc-res"),
    ('cells = "cells"\n', 'cells = "records"\n', r"cloud 'vcloud.example': service 'records' is of kind database, not vcd-cell"),
    ('database = "records"\n', 'database = "edge-a"\n', r"service 'edge-a' is of kind edge, not database"),
    ('vcenter = "vc-res.example"\ncells', 'vcenter = "vc"\ncells', r"cloud.vcenter: no vcenter named 'vc'\n  Known: vc-mgmt"),
    ('vcenter = "vc-res.example"\ncells', 'vcenter = "vc-mgmt.example"\ncells', r"pool 'vdc-a' is of vc-res.example, and the resource"),
    ('[[organisation]]\nname = "beta"', '[[organisation]]\nname = "alpha"', r"organisation 'alpha': is described twice"),
    ('organisation = "beta"', 'organisation = "gamma"', r"vdc.organisation: no organisation named 'gamma'\n  Known: alpha, beta"),
    ('pool = "vdc-b"\n\n[[organisation-network', 'pool = "vdc-a"\n\n[[organisation-network', r"vdc 'vdc-b': pool 'vdc-a' is 'vdc-a' already"),
    ('pool = "vdc-b"\n\n[[organisation-network', 'pool = "vdc-c"\n\n[[organisation-network', r"vdc.pool: no pool named 'vdc-c'"),
    ('name = "net-a"\norganisation', 'name = "net-c"\norganisation', r"organisation-network.name: no portgroup named 'net-c'\n  Known: net-a"),
    ('edge = "edge-a"\n', 'edge = "edge-c"\n', r"organisation-network.edge: no vm named 'edge-c'"),
    ('edge = "edge-a"\n', 'edge = "db"\n', r"organisation-network 'net-a': its edge db is on 'VM Network'"),
    ('stop = "guestShutdown"', 'stop = "suspend"', r"'suspend' is not one of \['powerOff', 'guestShutdown'\]"),
    ('vapp = "shop"\norder = 0\n', "", r"vm-set 'store-#': has a stop action, and is in no vApp"),
    ('[[vdc]]\nname = "vdc-b"\norganisation = "beta"\npool = "vdc-b"\n', "", r"vm-set 'mail-#': is in vApp 'mail', and its pool 'vdc-b' is no VDC"),
    (TABLES['cloud = [{name = "vcloud.example", vcenter = "vc-res.example", cells = "cells", database = "records"}]\n'], "\n", r"organisation 'alpha': there is no cloud\n  Describe a \[\[cloud\]\]"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "said"), MISTAKES)
def test_a_mistake_is_one_error_with_file_and_line(written, good, bad, said):
    text = in_tables()
    written(text)
    assert good in text
    wrong = text.replace(good, bad, 1)
    with pytest.raises(InputError) as caught:
        written(wrong)
    assert re.search(said, str(caught.value)), str(caught.value)
    assert 0 < caught.value.line <= wrong.count("\n")
