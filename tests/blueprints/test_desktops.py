# ruff: noqa: E501 - a mistake and what is said of it are one line
"""View and its pools of desktops as a blueprint describes them, and what View knows when a lab starts."""

from __future__ import annotations

import pytest

from harness.blueprints import load_blueprint, provisioned
from harness.errors import InputError
from harness.world.desktops import Desktop
from tests.view_api.desktop_block import BLUEPRINT

CLUSTERS = """    {name = "desktops", vcenter = "vc-desk.example", ha = true},
"""


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "ours.toml"
        path.write_text(text)
        return load_blueprint(path)

    return write


def test_a_pool_is_a_replica_and_desktops_that_take_turns_with_hosts_and_datastores(written):
    blueprint = written(BLUEPRINT)
    plans = {plan.name: plan for plan in blueprint.machines}
    replica = plans["replica-office"]
    assert (replica.host, replica.datastore, replica.on, replica.clone) == ("esx-a1.example", "replica", False, None)
    desks = [plans[f"desk-0{number}"] for number in (1, 2, 3, 4)]
    assert [plan.host for plan in desks] == ["esx-a1.example", "esx-a2.example"] * 2
    assert [plan.datastore for plan in desks] == ["os-1", "os-1", "os-2", "os-2"]
    assert [plan.on for plan in desks] == [True, True, True, False]
    assert {(plan.clone.replica, plan.clone.persistent, plan.serves) for plan in desks if plan.clone} == {
        ("replica-office", "persistent", "office")
    }
    assert ("office", "desktop") in {(service.name, service.kind) for service in blueprint.services}


def test_view_knows_its_desktops_by_moref_and_their_users(written):
    blueprint = written(BLUEPRINT)
    assert blueprint.view
    view = provisioned(blueprint.view, {plan.name: f"vm-{index}" for index, plan in enumerate(blueprint.machines)})
    [pool] = view.pools
    assert [(desktop.name, desktop.user) for desktop in pool.desktops] == [
        ("desk-01", "user-01"),
        ("desk-02", "user-02"),
        ("desk-03", "user-03"),
        ("desk-04", ""),
    ]
    assert view.assigned_to("user-02") == [(pool, Desktop("desk-02", "vm-7", "user-02"))]
    assert view.assigned_to("") == []
    assert view.servers == ("view-cs01.example", "view-cs02.example")


@pytest.mark.parametrize(
    "line, instead, complaint",
    [
        ('database = "view-database"', 'database = "nowhere"', r"toml:44: view 'view.example': no service named 'nowhere'\n  Of kind database: view-database"),
        ('composer = "view-composer"', 'composer = "view-database"', r"toml:43: view 'view.example': 'view-database' is of kind database, not composer"),
        ('"view-cs02.example"]', '"view-cs03.example"]', r"toml:42: view 'view.example': no service named 'view-cs03.example'\n  Of kind connection-server: view-cs01.example, view-cs02.example"),
        ('vcenter = "vc-desk.example"\nconn', 'vcenter = "vc-none.example"\nconn', r"toml:41: view.vcenter: no vcenter named 'vc-none.example'"),
        ('replica = "replica"', 'replica = "os-9"', r"toml:55: desktop-pool.replica: no datastore named 'os-9'"),
        ('replica = "replica"', 'replica = "mgmt-vmfs"', r"toml:55: vm 'replica-office': esx-a1.example does not see datastore 'mgmt-vmfs'"),
        ('persistent = ["persistent"]', 'persistent = ["mgmt-vmfs"]', r"toml:57: vm 'desk-01': esx-a1.example does not see datastore 'mgmt-vmfs'"),
        ('os = ["os-1", "os-2"]', 'os = ["mgmt-vmfs"]', r"toml:56: vm 'desk-01': esx-a1.example does not see datastore 'mgmt-vmfs'"),
        ('cluster = "desktops"\nsite = "a"\nreplica', 'cluster = "desktops"\nsite = "b"\nreplica', r"toml:53: desktop-pool 'office': no host can run it"),
        ('cluster = "desktops"\nsite = "a"\nreplica', 'cluster = "management"\nreplica', r"vm 'replica-office': mgmt-1.example does not see datastore 'replica'"),
        ('desktops = "desk-##"', 'desktops = "desk"', r"toml:48: .*'desk' does not match"),
        ("assigned = 3", "assigned = 5", r"toml:52: desktop-pool 'office': has 4 desktops, and assigns 5"),
        ('name = "office"', 'name = "view-composer"', r"toml:47: desktop-pool 'view-composer': has the name of a service or of another pool"),
        ('name = "vc-desk"\n', 'name = "desk-01"\n', r"vm 'desk-01': is described twice"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_line(written, line, instead, complaint):
    assert BLUEPRINT.count(line) >= 1
    with pytest.raises(InputError, match=complaint):
        written(BLUEPRINT.replace(line, instead, 1))


def test_pools_need_a_view_and_its_vcenter(written):
    start, end = BLUEPRINT.index("[[view]]"), BLUEPRINT.index("[[desktop-pool]]")
    with pytest.raises(InputError, match=r"desktop-pool 'office': there is no View\n  Describe a \[\[view\]\]"):
        written(BLUEPRINT[:start] + BLUEPRINT[end:])
    with pytest.raises(InputError, match=r"is of vc-desk.example, and the vCenter of the desktops is vc-mgmt.example"):
        written(BLUEPRINT.replace('vcenter = "vc-desk.example"\nconn', 'vcenter = "vc-mgmt.example"\nconn'))
