"""A client that is not ours reads and powers vApps: Apache Libcloud's driver for vCloud Director 1.5."""

from __future__ import annotations

import time
from types import SimpleNamespace

import libcloud.security
import pytest
from libcloud.compute.drivers import vcloud
from libcloud.compute.providers import get_driver
from libcloud.compute.types import NodeState, Provider

from harness.units import seconds
from tests.vcloud_api.private_cloud import opened


@pytest.fixture
def lab(tmp_path, monkeypatch):
    with opened(tmp_path) as lab:
        monkeypatch.setattr(libcloud.security, "VERIFY_SSL_CERT", False)
        waits = SimpleNamespace(sleep=lambda count: lab.pass_time(seconds(count)), time=time.time)
        monkeypatch.setattr(vcloud, "time", waits)
        yield lab


@pytest.mark.filterwarnings("ignore")
def test_libcloud_finds_vdcs_and_vapps_and_powers_them(lab):
    access = lab.vcloud["vcloud.example"]
    login = access.tenants["alpha"]
    driver = get_driver(Provider.VCLOUD)(
        login.user, login.password, host=access.address.host, port=access.address.port, api_version="1.5"
    )
    assert [vdc.name for vdc in driver.vdcs] == ["vdc-a"]
    (node,) = driver.list_nodes()
    assert (node.name, node.state) == ("shop", NodeState.RUNNING)
    assert {machine["name"]: machine["state"] for machine in node.extra["vms"]} == dict.fromkeys(
        ("store-1", "web-1", "web-2"), NodeState.RUNNING
    )
    assert driver.ex_power_off_node(node).state == NodeState.STOPPED
    assert driver.ex_power_on_node(node).state == NodeState.RUNNING
