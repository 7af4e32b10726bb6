# ruff: noqa: E501 - a mistake and what is said of it are one line
"""Names, exports and NFS datastores as a blueprint describes them, and as a lab starts with them."""

from __future__ import annotations

import re

import pytest

from harness.blueprints import initial_world, load_blueprint
from harness.errors import InputError
from harness.physics.chance import Chance
from harness.physics.nas import configured
from harness.releases import load
from harness.world.invariants import check
from tests.nas import SOURCE, VOLUME

TEXT = SOURCE.read_text()


@pytest.fixture
def written(tmp_path):
    def load_text(text):
        path = tmp_path / "nas.toml"
        path.write_text(text)
        return load_blueprint(path)

    return load_text


@pytest.mark.parametrize("release", ["5.0", "8.0"])
def test_the_world_begins_with_names_exports_and_mounts_that_outlast_a_boot(release):
    facts = load(release)
    world = initial_world(load_blueprint(SOURCE), facts, Chance(1))
    check(world)
    assert {zone.name: len(zone.records) for zone in world.zones.values()} == {"lab.example": 3}
    assert [record.ttl for record in world.zones["lab.example"].records] == [600, 600, 300]
    assert {server.name: server.site for server in world.nameservers.values()} == {
        "dns-near.lab.example": "near", "dns-far.lab.example": "far",
    }  # fmt: skip
    assert {export.array: (export.path, export.writable, sorted(export.presented)) for export in world.exports.values()} == {
        "nas-near": ("/vol/desktops", True, ["esx01.lab.example", "esx02.lab.example", "esx03.lab.example"]),
        "nas-far": ("/vol/desktops", False, ["esx03.lab.example"]),
    }
    first, third = world.hosts["esx01.lab.example"], world.hosts["esx03.lab.example"]
    assert first.mounts[VOLUME.id].device == "nfs.nas-near.vol.desktops"
    assert VOLUME.id not in third.mounts
    assert (configured(facts, first), first.saved) == ([VOLUME], first.files)


def test_vms_can_be_placed_on_an_nfs_datastore(written):
    vm = '\n[[vm]]\nname = "vm1"\nhost = "{}"\ndatastore = "nfs01"\nnetwork = "production"\n'
    assert written(TEXT + vm.format("esx01.lab.example")).machines[0].datastore == "nfs01"
    with pytest.raises(InputError, match="does not see datastore 'nfs01'") as caught:
        written(TEXT + vm.format("esx03.lab.example"))
    assert caught.value.remedy == "It is mounted by: esx01.lab.example, esx02.lab.example"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('name = "dns-far.lab.example", site = "far"', 'name = "dns-near.lab.example", site = "far"', "nameserver 'dns-near.lab.example': is described twice"),
        ('name = "dns-far.lab.example", site = "far"', 'name = "dns-far.lab.example"', "nameserver 'dns-far.lab.example': at which site?"),
        ('name = "dns-far.lab.example", site = "far"', 'name = "dns-far.lab.example", site = "moon"', "nameserver.site: no site named 'moon'"),
        ('nameserver = [{ name = "dns-near.lab.example", site = "near" }, { name = "dns-far.lab.example", site = "far" }]\n', "", "zone 'lab.example': no server serves it"),
        ('zone = [{ name = "lab.example", ttl = 600 }]', 'zone = [{ name = "other.example" }]', "record 'nas-near.lab.example': is in no zone"),
        ('name = "nas-far.lab.example"', 'name = "nas.lab.example"', "record 'nas.lab.example': an alias has no other record"),
        ('type = "CNAME"', 'type = "A"', "record 'nas.lab.example': 'nas-near.lab.example' is no address, and the type is A"),
        ('value = "nas-near.lab.example"', 'value = "198.51.100.10"', "record 'nas.lab.example': '198.51.100.10' is an address, and the type is CNAME"),
        ('value = "nas-near.lab.example"', 'value = "nowhere.lab.example"', "nfs 'nfs01': nas.lab.example leads to no address, which is no NAS's"),
        ('address = "198.51.100.20"\n', "", "array 'nas-far': is a NAS, and has no address"),
        ('name = "array01"\n', 'name = "array01"\naddress = "198.51.100.1"\n', "array 'array01': has an address, and is no NAS"),
        ('address = "198.51.100.20"', 'address = "198.51.100.10"', "array 'nas-far': 198.51.100.10 is the address of nas-near already"),
        ('array = "array01"', 'array = "nas-near"', "volume 'vmfs01': nas-near is a NAS"),
        ('array = "nas-near"', 'array = "array01"', "export 'desktops': array01 is no NAS"),
        ('array = "nas-near"', 'array = "moon"', "export.array: no array named 'moon'"),
        ('label = "desktops"', 'label = "vmfs01"', "export 'vmfs01': is described twice"),
        ('label = "nfs01"', 'label = "vmfs01"', "nfs 'vmfs01': is described twice"),
        ('share = "/vol/desktops"', 'share = "/vol/none"', "nfs 'nfs01': nas-near does not export /vol/none"),
        ("size = 200\n", 'size = 200\nsite = "far"\n', "nfs 'nfs01': esx01.lab.example has it mounted, and nas-near does not let it mount /vol/desktops"),
        ('target = "nas-far"', 'target = "array01"', "replication 'cg-desktops': 'desktops' cannot be replicated to array01, which is of another kind"),
        ('volumes = ["desktops"]', 'volumes = ["vmfs01"]', "replication 'cg-desktops': 'vmfs01' cannot be replicated to nas-far, which is of another kind"),
        ('[[record]]\nname = "nas-near', '[[export]]\nlabel = "x"\narray = "nas-far"\npath = "/vol/desktops"\nsize = 1\n\n[[record]]\nname = "nas-near', "replication 'cg-desktops': nas-far exports /vol/desktops already: x"),
        ('path = "/vol/desktops"', 'path = "vol"', "'vol' does not match"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_and_line(written, old, new, says):
    assert old in TEXT
    with pytest.raises(InputError) as caught:
        written(TEXT.replace(old, new, 1))
    assert re.search(re.escape(says), str(caught.value)), str(caught.value)
    assert (caught.value.file.name, caught.value.line > 0) == ("nas.toml", True)
