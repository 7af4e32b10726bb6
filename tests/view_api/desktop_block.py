"""A small place with View: a management block of two hosts, and a desktop block of two, with a third at the other site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.blueprints import Blueprint, load_blueprint
from harness.lab import Lab, open_lab
from harness.releases import load
from harness.simulators.process import ProcessSimulator

BLUEPRINT = """\
name = "desktop-block"
site = [{name = "a"}, {name = "b"}]
vcenter = [{name = "vc-mgmt.example", datacenter = "management", site = "a"}, {name = "vc-desk.example", datacenter = "desktops"}]
service = [
    {name = "vc-desk.example", kind = "vcenter"},
    {name = "view-cs01.example", kind = "connection-server"},
    {name = "view-cs02.example", kind = "connection-server"},
    {name = "view-composer", kind = "composer"},
    {name = "view-database", kind = "database"},
]
cluster = [
    {name = "management", vcenter = "vc-mgmt.example", ha = true},
    {name = "desktops", vcenter = "vc-desk.example", ha = true},
]
host = [
    {name = "mgmt-1.example", cluster = "management", address = "192.0.2.1", site = "a"},
    {name = "mgmt-2.example", cluster = "management", address = "192.0.2.2", site = "a"},
    {name = "esx-a1.example", cluster = "desktops", address = "192.0.2.11", site = "a"},
    {name = "esx-a2.example", cluster = "desktops", address = "192.0.2.12", site = "a"},
    {name = "esx-b1.example", cluster = "desktops", address = "198.51.100.11", site = "b", maintenance = true},
]
volume = [
    {label = "mgmt-vmfs", array = "array-a", size = 100, cluster = "management"},
    {label = "replica", array = "array-a", size = 100, cluster = "desktops", site = "a"},
    {label = "os-1", array = "array-a", size = 100, cluster = "desktops", site = "a"},
    {label = "os-2", array = "array-a", size = 100, cluster = "desktops", site = "a"},
    {label = "persistent", array = "array-a", size = 100, cluster = "desktops", site = "a"},
]
array = [{name = "array-a", site = "a"}, {name = "array-b", site = "b"}]

[[replication]]
name = "cg-desktops"
volumes = ["replica", "os-1", "os-2", "persistent"]
target = "array-b"
mode = "asynchronous"
interval = 15
cluster = "desktops"

[[view]]
name = "view.example"
vcenter = "vc-desk.example"
connection-servers = ["view-cs01.example", "view-cs02.example"]
composer = "view-composer"
database = "view-database"

[[desktop-pool]]
name = "office"
desktops = "desk-##"
count = 4
on = 3
users = "user-##"
assigned = 3
cluster = "desktops"
site = "a"
replica = "replica"
os = ["os-1", "os-2"]
persistent = ["persistent"]
network = "VM Network"

[[vm]]
name = "vc-desk"
host = "mgmt-1.example"
datastore = "mgmt-vmfs"
network = "VM Network"
serves = "vc-desk.example"

[[vm]]
name = "cs01"
host = "mgmt-1.example"
datastore = "mgmt-vmfs"
network = "VM Network"
serves = "view-cs01.example"

[[vm]]
name = "cs02"
host = "mgmt-2.example"
datastore = "mgmt-vmfs"
network = "VM Network"
serves = "view-cs02.example"

[[vm]]
name = "composer"
host = "mgmt-2.example"
datastore = "mgmt-vmfs"
network = "VM Network"
serves = "view-composer"

[[vm]]
name = "view-db"
host = "mgmt-2.example"
datastore = "mgmt-vmfs"
network = "VM Network"
serves = "view-database"
"""
LABELS = ("replica", "os-1", "os-2", "persistent")
NAMES = """\
nameserver = [{name = "dns-a.example", site = "a"}, {name = "dns-b.example", site = "b"}]
zone = [{name = "example", ttl = 300}]
record = [
    {name = "nas-a.example", type = "A", value = "192.0.2.100"},
    {name = "nas-b.example", type = "A", value = "198.51.100.100"},
    {name = "nas.example", type = "CNAME", value = "nas-a.example"},
]
"""
NAS = """array = [
    {name = "array-a", site = "a"},
    {name = "nas-a", site = "a", kind = "nas", address = "192.0.2.100"},
    {name = "nas-b", site = "b", kind = "nas", address = "198.51.100.100", presents = "beforehand"},
]
"""


def on_nas() -> str:
    """The same place with its desktops on NFS datastores by an alias."""
    lines = BLUEPRINT.splitlines(keepends=True)
    text = NAMES + "".join(line for line in lines if not any(f'label = "{label}"' in line for label in LABELS))
    text = text.replace('array = [{name = "array-a", site = "a"}, {name = "array-b", site = "b"}]\n', NAS)
    text = text.replace(
        'volumes = ["replica", "os-1", "os-2", "persistent"]\ntarget = "array-b"',
        f'volumes = {[f"vol-{label}" for label in LABELS]}\ntarget = "nas-b"',
    )
    for label in LABELS:
        text += f'\n[[export]]\nlabel = "vol-{label}"\narray = "nas-a"\npath = "/vol/{label}"\nsize = 100\n'
        text += (
            f'\n[[nfs]]\nlabel = "{label}"\nserver = "nas.example"\nshare = "/vol/{label}"\ncluster = "desktops"\nsite = "a"\n'
        )
    return text


def blueprint(folder: Path, text: str = BLUEPRINT) -> Blueprint:
    """The place, from a file in ``folder``."""
    path = folder / "desktop-block.toml"
    path.write_text(text)
    return load_blueprint(path)


@contextmanager
def opened(folder: Path, release: str = "5.0") -> Iterator[Lab]:
    """A lab of it."""
    with open_lab(blueprint(folder), load(release), ProcessSimulator(), 1) as lab:
        yield lab
