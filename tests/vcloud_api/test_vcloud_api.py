"""The vCloud API over real HTTPS, as a client sees it that knows no more than the public documentation."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from harness.lab import Lab
from harness.units import Credentials, minutes
from tests.vcloud_api.private_cloud import NAMESPACES, Caller, error, opened

UNDEPLOY = "<UndeployVAppParams xmlns='http://www.vmware.com/vcloud/v1.5'><UndeployPowerAction>{}</UndeployPowerAction></UndeployVAppParams>"


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[Lab]:
    with opened(tmp_path_factory.mktemp("cloud")) as lab:
        yield lab


@pytest.fixture
def own(tmp_path) -> Iterator[Lab]:
    with opened(tmp_path) as lab:
        yield lab


def access(lab: Lab):
    return lab.vcloud["vcloud.example"]


def administrator(lab: Lab) -> Caller:
    return Caller(access(lab).url, access(lab).login)


def tenant(lab: Lab, organisation: str) -> Caller:
    return Caller(access(lab).url, access(lab).tenants[organisation])


def names(root: ElementTree.Element, path: str) -> list[str]:
    return [found.attrib["name"] for found in root.iterfind(path, NAMESPACES)]


def test_anybody_may_ask_which_versions_are_spoken(lab):
    root = Caller(access(lab).url).get("/api/versions")
    inside = {"v": "http://www.vmware.com/vcloud/versions"}
    assert [found.text for found in root.iterfind("v:VersionInfo/v:Version", inside)] == ["1.5"]
    assert root.findtext("v:VersionInfo/v:LoginUrl", "", inside) == f"{access(lab).url}/api/sessions"


def test_a_login_gives_a_token_that_ends_with_the_logout(lab):
    caller = administrator(lab)
    session = caller.get("/api/session")
    assert (session.get("user"), session.get("org")) == ("administrator", "System")
    assert caller.client.delete("/api/session").status_code == 204
    assert error(caller.client.get("/api/org")) == (401, "UNAUTHORIZED", "no session: log in first")


@pytest.mark.parametrize("user, password", [("administrator@System", "no"), ("admin@beta", "vCloud1!"), ("admin", "Tenant1!")])
def test_a_wrong_login_is_refused(lab, user, password):
    answer = Caller(access(lab).url).client.post("/api/sessions", auth=(user, password))
    assert error(answer) == (401, "UNAUTHORIZED", "wrong user or password")
    assert "Basic" in answer.headers["www-authenticate"]


@pytest.mark.parametrize("header", ["", "Basic !!", "Basic " + base64.b64encode(b"nocolon").decode(), "Bearer x"])
def test_a_login_that_is_none_is_an_error_and_no_more(lab, header):
    answer = Caller(access(lab).url).client.post("/api/sessions", headers={"Authorization": header} if header else {})
    assert error(answer)[:2] == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("accept", ["*/*", "application/*+xml;version=5.1", "application/*+xml"])
def test_a_version_must_be_asked_for_that_is_spoken(lab, accept):
    answer = administrator(lab).client.get("/api/org", headers={"Accept": accept})
    assert error(answer)[:2] == (406, "NOT_ACCEPTABLE")
    assert "version=1.5" in error(answer)[2]


def test_what_vcloud_director_5_1_speaks_it_speaks_beside_1_5(tmp_path):
    with opened(tmp_path, "5.1") as lab:
        for version, kind in (("1.5", "OrgNetwork"), ("5.1", "OrgVdcNetwork")):
            caller = Caller(access(lab).url, access(lab).login, version)
            organisation = caller.get(caller.find("organization", "alpha"))
            network = next(found for found in organisation.iterfind("Link", NAMESPACES) if found.get("name") == "net-a")
            answer = caller.client.get(network.attrib["href"])
            assert answer.headers["content-type"].endswith(f"version={version}")
            assert ElementTree.fromstring(answer.content).tag.endswith(f"}}{kind}")


def test_from_organisations_one_comes_by_links_to_vdcs_vapps_and_vms(lab):
    caller = administrator(lab)
    organisations = caller.get("/api/org")
    assert names(organisations, "Org") == ["System", "alpha", "beta"]
    alpha = caller.get(next(o.attrib["href"] for o in organisations if o.get("name") == "alpha"))
    assert names(alpha, "Link") == ["vdc-a", "net-a"]
    vdc = caller.get(next(link.attrib["href"] for link in alpha.iterfind("Link", NAMESPACES) if link.get("name") == "vdc-a"))
    assert names(vdc, "ResourceEntities/ResourceEntity") == ["shop"]
    assert names(vdc, "AvailableNetworks/Network") == ["net-a"]
    vapp = caller.get(vdc.find("ResourceEntities/ResourceEntity", NAMESPACES).attrib["href"])
    assert (vapp.get("status"), vapp.get("deployed")) == ("4", "true")
    assert names(vapp, "Children/Vm") == ["store-1", "web-1", "web-2"]
    machine = caller.get(vapp.find("Children/Vm", NAMESPACES).attrib["href"])
    assert machine.get("status") == "4"
    assert machine.findtext("VCloudExtension/vmext:VmVimInfo/vmext:VmVimObjectRef/vmext:MoRef", "", NAMESPACES).startswith("vm-")
    up = [link.attrib["href"] for link in machine.iterfind("Link", NAMESPACES) if link.get("rel") == "up"]
    assert up == [vapp.get("href")]


def test_what_a_document_links_to_is_there_or_is_an_action(lab):
    caller = administrator(lab)
    for start in ("/api/session", "/api/org", "/api/query", *(caller.find("adminVApp", name) for name in ("shop", "mail"))):
        root = caller.get(start)
        for found in (element for element in root.iter() if "href" in element.attrib):
            if not found.get("rel", "").startswith(("power:", "undeploy")):
                assert caller.client.get(found.attrib["href"]).status_code == 200, found.attrib


def test_a_startup_section_says_order_and_stop_actions(lab):
    caller = administrator(lab)
    section = caller.get(f"{caller.find('vApp', 'shop')}/startupSection/")
    ovf = f"{{{NAMESPACES['ovf']}}}"
    told = [
        tuple(item.get(f"{ovf}{key}") for key in ("id", "order", "stopAction"))
        for item in section.iterfind("ovf:Item", NAMESPACES)
    ]
    assert told == [("store-1", "0", "guestShutdown"), ("web-1", "1", "powerOff"), ("web-2", "1", "powerOff")]


def test_a_vdc_shows_its_resource_pool_to_administrators_alone(lab):
    caller = administrator(lab)
    address = caller.find("orgVdc", "vdc-a").replace("/vdc/", "/admin/vdc/")
    pool = caller.get(address).findtext("VCloudExtension/vmext:VimObjectRef/vmext:MoRef", "", NAMESPACES)
    assert pool.startswith("resgroup-")
    assert error(tenant(lab, "alpha").client.get(address))[:2] == (403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN")


def test_a_query_comes_in_pages_and_can_be_filtered(lab):
    caller = administrator(lab)
    page = caller.get("/api/query?type=adminVM&pageSize=2")
    seen = names(page, "AdminVMRecord")
    while (link := page.find("Link[@rel='nextPage']", NAMESPACES)) is not None:
        page = caller.get(link.attrib["href"])
        seen += names(page, "AdminVMRecord")
    assert page.get("total") == "5"
    assert seen == ["store-1", "web-1", "web-2", "mail-1", "mail-2"]
    off = caller.get("/api/query?type=vm&filter=(containerName==mail;status==POWERED_OFF)")
    assert names(off, "VMRecord") == ["mail-2"]
    assert names(caller.get("/api/query?type=vApp&filter=status==MIXED"), "VAppRecord") == ["mail"]


@pytest.mark.parametrize(
    "query, code",
    [("type=nothing", 400), ("type=vm&filter=name=gt=1", 400), ("type=vm&page=0", 400), ("type=vm&format=references", 400)],
)
def test_a_query_that_is_none_is_told_so(lab, query, code):
    assert error(administrator(lab).client.get(f"/api/query?{query}"))[:2] == (code, "BAD_REQUEST")


def test_a_tenant_sees_and_powers_what_is_its_organisation_s(own):
    caller, other = tenant(own, "alpha"), administrator(own).find("vApp", "mail")
    assert names(caller.get("/api/org"), "Org") == ["alpha"]
    assert names(caller.get("/api/query?type=vm"), "VMRecord") == ["store-1", "web-1", "web-2"]
    for refused in (caller.client.get(other), caller.client.post(f"{other}/power/action/powerOff")):
        assert error(refused)[:2] == (403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN")
    assert error(caller.client.get("/api/query?type=adminVM"))[:2] == (403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN")
    machine = caller.get(caller.find("vm", "web-1"))
    assert machine.find("VCloudExtension", NAMESPACES) is None
    task = caller.client.post(f"{caller.find('vApp', 'shop')}/power/action/powerOff")
    assert task.status_code == 202
    assert error(tenant(own, "beta").client.get(task.headers["location"]))[:2] == (403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN")


def test_a_task_runs_while_time_passes_and_its_vapp_is_busy_meanwhile(own):
    caller = administrator(own)
    shop = caller.find("vApp", "shop")
    answer = caller.client.post(f"{shop}/power/action/powerOff")
    task = ElementTree.fromstring(answer.content)
    assert (answer.status_code, task.get("status"), task.get("operationName")) == (202, "running", "vappPowerOff")
    assert answer.headers["location"] == task.get("href")
    assert error(caller.client.post(f"{shop}/power/action/powerOff"))[:2] == (400, "BUSY_ENTITY")
    assert error(caller.client.post(f"{caller.find('vm', 'web-1')}/power/action/powerOff"))[:2] == (400, "BUSY_ENTITY")
    own.pass_time(minutes(1))
    done = caller.get(task.attrib["href"])
    assert done.get("status") == "success"
    assert done.attrib["startTime"] < done.attrib["endTime"]
    assert caller.get(shop).get("status") == "8"


def test_one_vm_of_a_vapp_is_powered_by_itself(own):
    caller = administrator(own)
    caller.client.post(f"{caller.find('vm', 'mail-2')}/power/action/powerOn").raise_for_status()
    own.pass_time(minutes(1))
    assert caller.get(caller.find("vApp", "mail")).get("status") == "4"


def test_links_offer_the_actions_that_make_sense(lab):
    caller = administrator(lab)

    def offered(kind: str, name: str) -> set[str]:
        links = caller.get(caller.find(kind, name)).iterfind("Link", NAMESPACES)
        return {link.attrib["rel"] for link in links} - {"up"}

    off = {"power:powerOff", "power:shutdown", "undeploy"}
    assert offered("vApp", "shop") == off
    assert offered("vApp", "mail") == off | {"power:powerOn"}
    assert offered("vm", "mail-2") == {"power:powerOn"}


def test_an_undeploy_goes_by_the_startup_section_where_it_is_asked_to(own):
    caller = administrator(own)
    shop = caller.find("vApp", "shop")
    caller.client.post(f"{shop}/action/undeploy", content=UNDEPLOY.format("default")).raise_for_status()
    own.pass_time(minutes(5))
    stopped = [e.record for e in own.journal.entries() if getattr(e.record, "kind", "") == "MachineStopped"]
    assert [record.subject for record in stopped] == ["web-1", "web-2", "store-1"]


@pytest.mark.parametrize(
    "body, told",
    [
        ("<no", "no XML"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "no XML"),
        (UNDEPLOY.format("force"), "not with 'force'"),
    ],
)
def test_an_undeploy_that_cannot_be_understood_changes_nothing(lab, body, told):
    caller = administrator(lab)
    answer = caller.client.post(f"{caller.find('vApp', 'shop')}/action/undeploy", content=body)
    assert error(answer)[:2] == (400, "BAD_REQUEST")
    assert told in error(answer)[2]


def test_what_is_not_there_is_told_without_saying_whether_it_is(lab):
    caller = administrator(lab)
    for path in ("/api/org/x", "/api/vdc/x", "/api/network/x", "/api/vApp/vapp-x", "/api/vApp/vm-x", "/api/task/x"):
        assert error(caller.client.get(path))[:2] == (403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN"), path
    assert error(caller.client.get("/api/nothing"))[:2] == (404, "NOT_FOUND")
    assert error(caller.client.put("/api/org"))[:2] == (405, "METHOD_NOT_ALLOWED")
    assert error(caller.client.post(f"{caller.find('vApp', 'shop')}/power/action/suspend"))[:2] == (404, "NOT_FOUND")


def test_what_is_refused_at_once_tells_the_vsphere_fault(lab):
    caller = administrator(lab)
    answer = caller.client.post(f"{caller.find('vApp', 'shop')}/power/action/powerOn")
    assert error(answer)[:2] == (400, "BAD_REQUEST")
    assert ElementTree.fromstring(answer.content).get("vendorSpecificErrorCode") == "InvalidPowerState"


def test_users_and_passwords_do_not_show(lab):
    assert repr(access(lab)).count("1!") == 0
    assert not any(secret in str(entry) for entry in lab.journal.entries() for secret in ("vCloud1!", "Tenant1!"))
    assert isinstance(access(lab).login, Credentials)
