"""Blueprints as a person writes them: what ships is sound, and each mistake is one error with file and line."""

from __future__ import annotations

import re

import pytest

from harness.blueprints import load_blueprint
from harness.blueprints.loading import FOLDER
from harness.blueprints.model import ONLY_SITE
from harness.errors import InputError

SMALL = """\
name = "small"

[[site]]
name = "here"

[[site]]
name = "there"

[[vcenter]]
name = "vc-a.example"
datacenter = "a"
site = "here"

[[vcenter]]
name = "vc-b.example"
datacenter = "b"

[[service]]
name = "vc-b.example"
kind = "vcenter"

[[cluster]]
name = "management"
vcenter = "vc-a.example"

[[cluster]]
name = "cloud"
vcenter = "vc-b.example"

[[pool]]
name = "acme"
cluster = "cloud"

[[host]]
name = "mgmt1.example"
cluster = "management"
address = "192.0.2.1"
site = "here"

[[host]]
name = "esx1.example"
cluster = "cloud"
address = "192.0.2.2"
site = "here"

[[host]]
name = "esx2.example"
cluster = "cloud"
address = "192.0.2.3"
site = "here"

[[host]]
name = "esx3.example"
cluster = "cloud"
address = "192.0.2.4"
site = "there"
maintenance = true

[[volume]]
label = "mgmt-vmfs"
array = "array-a"
size = 10
cluster = "management"

[[volume]]
label = "vmfs01"
array = "array-a"
size = 11
cluster = "cloud"
site = "here"

[[volume]]
label = "vmfs02"
array = "array-a"
size = 10
cluster = "cloud"

[[switch]]
name = "dvs"
vcenter = "vc-b.example"

[[switch.portgroup]]
name = "tenants"

[[vm]]
name = "vc-b"
host = "mgmt1.example"
datastore = "mgmt-vmfs"
network = "VM Network"
serves = "vc-b.example"

[[vm-set]]
name = "web-##"
count = 5
on = 3
cluster = "cloud"
site = "here"
datastores = ["vmfs01", "vmfs02"]
network = "tenants"
pool = "acme"
vapp = "shop"
order = 2
"""


@pytest.fixture
def written(tmp_path):
    def load(text):
        file = tmp_path / "small.toml"
        file.write_text(text)
        return load_blueprint(file)

    return load


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.toml")))
def test_every_blueprint_that_ships_can_be_read(name):
    assert load_blueprint(name).name == name


def test_a_set_is_its_vms_spread_over_the_hosts_that_are_meant(written):
    found = written(SMALL)
    web = [m for m in found.machines if m.vapp == "shop"]
    assert [m.name for m in web] == ["web-01", "web-02", "web-03", "web-04", "web-05"]
    assert [m.host.partition(".")[0] for m in web] == ["esx1", "esx2", "esx1", "esx2", "esx1"]
    assert [m.datastore for m in web] == ["vmfs01", "vmfs02", "vmfs02", "vmfs01", "vmfs01"]
    assert [m.on for m in web] == [True, True, True, False, False]
    assert {(m.pool, m.order, m.network) for m in web} == {("acme", 2, "tenants")}


def test_a_volume_is_presented_by_cluster_and_site(written):
    hosts = {volume.label: [name.partition(".")[0] for name in volume.hosts] for volume in written(SMALL).volumes}
    assert hosts == {"mgmt-vmfs": ["mgmt1"], "vmfs01": ["esx1", "esx2"], "vmfs02": ["esx1", "esx2", "esx3"]}


def test_a_vcenter_that_a_vm_serves_stands_at_no_site(written):
    assert {c.name: c.site for c in written(SMALL).centers} == {"vc-a.example": "here", "vc-b.example": ""}


def test_a_blueprint_without_sites_has_one():
    found = load_blueprint("three-hosts")
    assert [site.name for site in found.sites] == [ONLY_SITE]
    assert {entry.site for entry in (*found.hosts, *found.centers)} == {ONLY_SITE}


def test_the_shipped_two_sites_are_large_enough_to_rehearse_in():
    found = load_blueprint("two-sites")
    tenants = [m for m in found.machines if m.vapp]
    resource = [host for host in found.hosts if host.cluster == "resource"]
    assert (len(tenants), sum(m.on for m in tenants)) == (60, 48)
    assert [(h.site, h.maintenance) for h in resource] == [("protected", False)] * 4 + [("recovery", True)] * 4
    production = [volume for volume in found.volumes if volume.array == "array-a"]
    assert not {name for volume in production for name in volume.hosts if "-b" in name}
    assert {m.host for m in tenants} == {h.name for h in resource if not h.maintenance}


def line_of(text, needle):
    return next(number for number, line in enumerate(text.splitlines(), start=1) if needle in line)


VMFS01 = 'size = 11\ncluster = "cloud"\nsite = "here"'
MISTAKES = [
    ('name = "there"', 'name = "here"', r"site 'here': is described twice"),
    ('site = "here"', 'site = "elsewhere"', r"vcenter.site: no site named 'elsewhere'\n  Known: here, there"),
    ('site = "here"', "", r"vcenter 'vc-a.example': at which site\?\n  Give it a site of: here, there"),
    ('datacenter = "b"', 'datacenter = "b"\nsite = "here"', r"vcenter 'vc-b.example': has a site, and is the service of VMs"),
    ("[[pool]]", '[[service]]\nname = "vc"\nkind = "vcenter"\n[[pool]]', r"service 'vc': is of kind vcenter, and there is no"),
    ('kind = "vcenter"', 'kind = "edge"', r"at which site\?"),
    ('kind = "vcenter"', 'kind = "magic"', r"'magic' is not one of \['vcenter', "),
    ('serves = "vc-b.example"', "", r"service 'vc-b.example': no VM serves it\n  Give a \[\[vm\]\] the line: serves = "),
    ('serves = "vc-b.example"', 'serves = "mail"', r"vm.serves: no service named 'mail'\n  Known: vc-b.example"),
    ('"acme"\ncluster = "cloud"', '"acme"\ncluster = "management"', r"vm 'web-01': pool 'acme' is of management, not of cloud"),
    ('pool = "acme"', 'pool = "globex"', r"vm-set.pool: no pool named 'globex'\n  Known: acme"),
    ('pool = "acme"\n', "", r"vm-set 'web-##': is in a vApp, and in no pool"),
    ('vapp = "shop"\n', "", r"vm-set 'web-##': has a start order, and is in no vApp"),
    ('name = "web-##"', 'name = "web"', r"vm-set.0.name: 'web' does not match"),
    ('name = "vc-b"', 'name = "web-03"', r"vm 'web-03': is described twice"),
    ('site = "here"\ndatastores', 'site = "there"\ndatastores', r"vm-set 'web-##': no host can run it"),
    (VMFS01, 'size = 11\nhosts = ["esx1.example"]', r"esx2.example does not see datastore 'vmfs01'"),
    (VMFS01, 'size = 11\nhosts = ["esx9.example"]', r"volume.hosts: no host named 'esx9.example'"),
    (VMFS01, 'size = 11\ncluster = "management"\nsite = "there"', r"volume 'vmfs01': is presented to no"),
    ('cluster = "management"\n\n[[volume]]', 'hosts = ["mgmt1.example"]\nsite = "here"\n\n[[volume]]', r"names its hosts twice"),
    ('host = "mgmt1.example"', 'host = "esx3.example"', r"is on, and esx3.example is in maintenance mode"),
    ('network = "VM Network"', 'network = "tenants"', r"mgmt1.example is not on the switch of 'tenants', which is of vc-b"),
    ('name = "tenants"', 'name = "tenants"\n[[switch.portgroup]]\nname = "tenants"', r"portgroup 'tenants': is described twice"),
    ('name = "management"\nvcenter', 'name = "cloud"\nvcenter', r"cluster 'cloud': is described twice\n  Names are unique"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "said"), MISTAKES)
def test_a_mistake_is_one_error_with_file_and_line(written, good, bad, said):
    assert SMALL.count(good) >= 1
    text = SMALL.replace(good, bad, 1)
    with pytest.raises(InputError) as caught:
        written(text)
    assert re.search(said, str(caught.value)), str(caught.value)
    assert caught.value.file
    assert 0 < caught.value.line <= text.count("\n")


def test_the_line_of_a_mistake_is_the_line_of_the_key(written):
    text = SMALL.replace('pool = "acme"', 'pool = "globex"', 1)
    with pytest.raises(InputError) as caught:
        written(text)
    assert caught.value.line == line_of(text, 'pool = "globex"')
