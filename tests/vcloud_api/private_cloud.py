"""A small place with vCloud Director: one management host, two hosts for tenants, two organisations."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import httpx

from harness.blueprints import load_blueprint
from harness.lab import Lab, open_lab
from harness.patience import STUCK
from harness.releases import load
from harness.simulators.process import ProcessSimulator
from harness.units import Credentials

BLUEPRINT = """\
name = "private-cloud"
vcenter = [{name = "vc-mgmt.example", datacenter = "management"}, {name = "vc-res.example", datacenter = "cloud"}]
service = [
    {name = "vc-res.example", kind = "vcenter"},
    {name = "cells", kind = "vcd-cell"},
    {name = "records", kind = "database"},
    {name = "edge-a", kind = "edge"},
]
cluster = [{name = "management", vcenter = "vc-mgmt.example"}, {name = "resource", vcenter = "vc-res.example", ha = true}]
pool = [{name = "vdc-a", cluster = "resource"}, {name = "vdc-b", cluster = "resource"}]
host = [
    {name = "mgmt.example", cluster = "management", address = "192.0.2.1"},
    {name = "esx-1.example", cluster = "resource", address = "192.0.2.11"},
    {name = "esx-2.example", cluster = "resource", address = "192.0.2.12"},
]
volume = [
    {label = "mgmt-vmfs", array = "array", size = 100, cluster = "management"},
    {label = "vmfs-1", array = "array", size = 100, cluster = "resource"},
    {label = "vmfs-2", array = "array", size = 100, cluster = "resource"},
]
cloud = [{name = "vcloud.example", vcenter = "vc-res.example", cells = "cells", database = "records"}]
organisation = [{name = "alpha"}, {name = "beta"}]
vdc = [{name = "vdc-a", organisation = "alpha", pool = "vdc-a"}, {name = "vdc-b", organisation = "beta", pool = "vdc-b"}]
organisation-network = [
    {name = "net-a", organisation = "alpha", edge = "edge-a"},
    {name = "net-b", organisation = "beta"},
]

[[switch]]
name = "dvs"
vcenter = "vc-res.example"
portgroup = [{name = "net-a"}, {name = "net-b"}]

[[vm]]
name = "vc-res"
host = "mgmt.example"
datastore = "mgmt-vmfs"
network = "VM Network"
serves = "vc-res.example"

[[vm]]
name = "cell01"
host = "mgmt.example"
datastore = "mgmt-vmfs"
network = "VM Network"
serves = "cells"

[[vm]]
name = "cell02"
host = "mgmt.example"
datastore = "mgmt-vmfs"
network = "VM Network"
serves = "cells"

[[vm]]
name = "db"
host = "mgmt.example"
datastore = "mgmt-vmfs"
network = "VM Network"
serves = "records"

[[vm]]
name = "edge-a"
host = "esx-1.example"
datastore = "vmfs-1"
network = "net-a"
pool = "vdc-a"
serves = "edge-a"

[[vm-set]]
name = "store-#"
count = 1
cluster = "resource"
datastores = ["vmfs-1"]
network = "net-a"
pool = "vdc-a"
vapp = "shop"
order = 0
stop = "guestShutdown"

[[vm-set]]
name = "web-#"
count = 2
cluster = "resource"
datastores = ["vmfs-1", "vmfs-2"]
network = "net-a"
pool = "vdc-a"
vapp = "shop"
order = 1

[[vm-set]]
name = "mail-#"
count = 2
on = 1
cluster = "resource"
datastores = ["vmfs-1", "vmfs-2"]
network = "net-b"
pool = "vdc-b"
vapp = "mail"
"""
NAMESPACES = {
    "": "http://www.vmware.com/vcloud/v1.5",
    "ovf": "http://schemas.dmtf.org/ovf/envelope/1",
    "vmext": "http://www.vmware.com/vcloud/extension/v1.5",
}


@contextmanager
def opened(folder: Path, release: str = "5.0") -> Iterator[Lab]:
    """A lab of it."""
    path = folder / "private-cloud.toml"
    path.write_text(BLUEPRINT)
    with open_lab(load_blueprint(path), load(release), ProcessSimulator(), 1) as lab:
        yield lab


class Caller:
    """Somebody with an HTTP client and no more; logged in where there is a login."""

    def __init__(self, url: str, login: Credentials | None = None, version: str = "1.5") -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        accept = {"Accept": f"application/*+xml;version={version}"}
        self.client = httpx.Client(base_url=url, verify=context, timeout=STUCK, headers=accept)
        if login:
            answer = self.client.post("/api/sessions", auth=(login.user, login.password))
            answer.raise_for_status()
            self.client.headers["x-vcloud-authorization"] = answer.headers["x-vcloud-authorization"]

    def get(self, path: str) -> ElementTree.Element:
        """The document there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return ElementTree.fromstring(answer.content)

    def find(self, kind: str, name: str) -> str:
        """The address of something, by the query service."""
        records = self.get(f"/api/query?type={kind}&pageSize=128")
        return next(record.attrib["href"] for record in records if record.get("name") == name and "href" in record.attrib)


def error(answer: httpx.Response) -> tuple[int, str, str]:
    """An error's status, code and message, each as the document tells it."""
    told = ElementTree.fromstring(answer.content)
    assert told.tag == "{http://www.vmware.com/vcloud/v1.5}Error"
    assert answer.headers["content-type"] == "application/vnd.vmware.vcloud.error+xml"
    assert int(told.attrib["majorErrorCode"]) == answer.status_code
    return answer.status_code, told.attrib["minorErrorCode"], told.attrib["message"]
