"""The management of a NAS: exports in the place of LUNs, replicated and presented as these are."""

from __future__ import annotations

import httpx
import pytest

from harness.patience import STUCK
from harness.protocols.array_api import make_application
from harness.units import Address, Credentials
from tests.nas import nas_scene
from tests.web_server import port_of

LOGIN = Credentials("admin", "Storage1!")
SOURCE, TARGET = "nfs.nas-near.vol.desktops", "nfs.nas-far.vol.desktops"


@pytest.fixture
def scene(tmp_path):
    return nas_scene(tmp_path, "5.0")


@pytest.fixture
def far(scene, server):
    """A client of the recovery site's NAS."""
    address = Address("127.0.0.1", port_of(server, make_application(scene.gateway, "nas-far", LOGIN)))
    url = f"https://{address.host}:{address.port}/api/v1"
    with httpx.Client(base_url=url, auth=(LOGIN.user, LOGIN.password), verify=False, trust_env=False, timeout=STUCK) as client:
        yield client


def test_a_nas_shows_its_exports_and_where_it_serves_them(far):
    assert far.get("/array").json() == {
        "name": "nas-far", "site": "far", "kind": "nas", "address": "198.51.100.20", "presents": "beforehand",
    }  # fmt: skip
    (shown,) = far.get("/luns").json()
    assert (shown["name"], shown["path"], shown["device"]) == ("desktops", "/vol/desktops", TARGET)
    assert (shown["role"], shown["writable"], shown["presented"]) == ("target", False, ["esx03.lab.example"])
    assert far.get(f"/luns/{SOURCE}").status_code == 404


def test_breaking_makes_the_replica_writable_and_hosts_are_let_in(far, scene):
    group = far.post("/consistency-groups/cg-desktops/actions/break").json()
    assert (group["state"], group["pairs"]) == ("broken", [{"source": SOURCE, "target": TARGET}])
    assert far.get(f"/luns/{TARGET}").json()["writable"]
    shown = far.post(f"/luns/{TARGET}/actions/present", json={"hosts": ["esx01.lab.example"]}).json()
    assert shown["presented"] == ["esx01.lab.example", "esx03.lab.example"]
    assert far.post(f"/luns/{TARGET}/actions/mask", json={}).json()["presented"] == []
    assert scene.gateway.world.exports[TARGET].writable
