# ruff: noqa: E501 - a mistake and what is said of it are one line
"""Site Recovery Manager as a blueprint describes it."""

from __future__ import annotations

import re

import pytest

from harness.blueprints import load_blueprint
from harness.blueprints.loading import FOLDER
from harness.errors import InputError
from harness.units import minutes
from harness.world.recovery import Prompt, ProtectionKind

TEXT = (FOLDER / "two-sites.toml").read_text(encoding="utf-8")
BY_HOSTS = "management by vSphere Replication"
VMS = 'vms = ["vcd-db", "vc-res", "vsm01", "vcd-cell01", "vcd-cell02"]'
KIND = 'kind = "ABR"\nsrm = "srm-a.lab.example"'
GROUP = 'replication = "cg-management"'


@pytest.fixture
def written(tmp_path):
    def load_text(text, *variations):
        path = tmp_path / "ours.toml"
        path.write_text(text)
        return load_blueprint(path, *variations)

    return load_text


def test_the_shipped_two_sites_protect_the_vms_that_run_the_cloud_the_database_first():
    found = load_blueprint("two-sites")
    (group,), (plan,) = found.protection, found.recovery_plans
    assert group.kind is ProtectionKind.ABR
    assert (plan.name, plan.groups) == ("management", ("pg-management",))
    assert sorted(plan.priorities, key=lambda name: plan.priorities[name]) == [
        "vcd-db",
        "vc-res",
        "vsm01",
        "vcd-cell01",
        "vcd-cell02",
    ]
    assert set(group.machines) == {vm.name for vm in found.machines if vm.host.startswith("mgmt")}


def test_a_variation_protects_them_by_vsphere_replication():
    (group,) = load_blueprint("two-sites", BY_HOSTS).protection
    assert (group.kind, group.replication, group.target) == (ProtectionKind.HBR, "", "vr-b")
    assert set(group.objectives.values()) == {minutes(15)}


def test_a_vm_has_an_objective_of_its_own_and_a_plan_has_prompts(written):
    text = TEXT.replace("rpo = 15", "rpo = 15\nrpo-of = { vcd-db = 5 }")
    text = text.replace(
        "priorities = {", '[[recovery-plan.prompt]]\ntext = "Go on?"\nbefore = 2\n\n[recovery-plan.priorities]\nno = 1 #'
    )
    with pytest.raises(InputError, match="'no' is in none of its groups"):
        written(text, BY_HOSTS)
    found = written(text.replace("no = 1 #", "vcd-db = 1 #"), BY_HOSTS)
    assert found.protection[0].objectives["vcd-db"] == minutes(5)
    assert found.protection[0].objectives["vc-res"] == minutes(15)
    assert found.recovery_plans[0].prompts == (Prompt("Go on?", 2),)


MISTAKES = [
    ('name = "srm-b.lab.example"', 'name = "srm-a.lab.example"', r"srm 'srm-a.lab.example': is described twice"),
    ('vcenter = "vc-mgmt-b.lab.example"\nplaceholders', 'vcenter = "vc-x.lab.example"\nplaceholders', r"srm.vcenter: no vcenter named 'vc-x.lab.example'"),
    ('vcenter = "vc-mgmt-b.lab.example"\nplaceholders', 'vcenter = "vc-res.lab.example"\nplaceholders', r"vc-res.lab.example has no site\n  Name a vCenter that no VM runs"),
    ('vcenter = "vc-mgmt-b.lab.example"\nplaceholders', 'vcenter = "vc-mgmt-a.lab.example"\nplaceholders', r"srm 'srm-b.lab.example': is at protected, where srm-a.lab.example is"),
    ('placeholders = "placeholder-b"', 'placeholders = "placeholder-a"', r"no host of vc-mgmt-b.lab.example there sees datastore 'placeholder-a'"),
    ('placeholders = "placeholder-b"', 'placeholders = "placeholder-c"', r"srm.placeholders: no datastore named 'placeholder-c'"),
    (KIND, 'kind = "VVOL"\nsrm = "srm-a.lab.example"', r"'VVOL' is not one of \['ABR', 'HBR'\]"),
    (KIND, 'kind = "ABR"\nsrm = "srm-c.lab.example"', r"protection-group.srm: no srm named 'srm-c.lab.example'"),
    (KIND, 'kind = "ABR"\nsrm = "srm-b.lab.example"', r"vm 'vcd-db' is not in vc-mgmt-b.lab.example, through which srm-b.lab.example works"),
    (KIND, 'kind = "HBR"\nsrm = "srm-a.lab.example"', r"replication is for groups of kind ABR|HBR needs: target"),
    (VMS, 'vms = ["vcd-db", "vcd-db"]', r"vm 'vcd-db' is in pg-management already"),
    (VMS, 'vms = ["vcd-db", "nobody"]', r"protection-group.vms: no vm named 'nobody'"),
    (GROUP, 'replication = "cg-tenants"', r"vm 'vcd-db' is on mgmt-vmfs01, which cg-tenants does not replicate"),
    (GROUP, 'replication = "cg-x"', r"protection-group.replication: no replication named 'cg-x'"),
    (GROUP, "", r"protection-group 'pg-management': ABR needs: replication"),
    (GROUP, GROUP + "\nrpo = 15", r"rpo is for groups of kind HBR\n  Leave it out"),
    ('groups = ["pg-management"]', 'groups = ["pg"]', r"recovery-plan.groups: no protection-group named 'pg'\n  Known: pg-management"),
    ("priorities = { vcd-db = 1,", "priorities = { vcd-db = 6,", r"6 is greater than the maximum of 5"),
    ("priorities = { vcd-db = 1,", "priorities = { edge-acme = 1,", r"recovery-plan 'management': 'edge-acme' is in none of its groups"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "said"), MISTAKES)
def test_a_mistake_is_one_error_with_file_and_line(written, good, bad, said):
    assert TEXT.count(good) == 1
    text = TEXT.replace(good, bad)
    with pytest.raises(InputError) as caught:
        written(text)
    assert re.search(said, str(caught.value)), str(caught.value)
    assert caught.value.file
    assert 0 < caught.value.line <= text.count("\n")


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('target = "vr-b"', 'target = "placeholder-b"', r"datastore 'placeholder-b' is for placeholders, or seen by no host"),
        ('target = "vr-b"', 'target = "mgmt-vmfs01"', r"seen by no host of vc-mgmt-b.lab.example at its site"),
        ("rpo = 15", "rpo = 15\nrpo-of = { edge-acme = 5 }", r"'edge-acme' is none of its VMs"),
    ],
)
def test_a_mistake_of_vsphere_replication_too(written, good, bad, said):
    with pytest.raises(InputError, match=said):
        written(TEXT.replace(good, bad), BY_HOSTS)
