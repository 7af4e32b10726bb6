"""A client of vCloud Director: what it shows of organisations, VDCs, vApps and VMs, and power for vApps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, TypeAlias
from urllib.parse import urlencode, urlsplit
from xml.etree.ElementTree import Element, ParseError

from harness.journal import ApiCall
from harness.markup import read_xml
from harness.probes.diary import Diary
from harness.probes.failures import Absent, CloudRefusal, CloudUnreachable
from harness.probes.https import Answer, HttpsClient, NoAnswerError, basic
from harness.probes.place import CloudAccess

VERSION = "1.5"
"""What it speaks where it can: every vCloud Director that the documents are about does. Later ones have dropped it."""
NAMESPACES = {
    "versions": "http://www.vmware.com/vcloud/versions",
    "": "http://www.vmware.com/vcloud/v1.5",
    "ovf": "http://schemas.dmtf.org/ovf/envelope/1",
    "vmext": "http://www.vmware.com/vcloud/extension/v1.5",
}
TOKEN = "x-vcloud-authorization"  # noqa: S105 - the name of the header that carries it
PAGE = 128
PowerAction: TypeAlias = Literal["powerOn", "powerOff", "shutdown"]
UNDEPLOY = """\
<?xml version="1.0" encoding="UTF-8"?>
<UndeployVAppParams xmlns="http://www.vmware.com/vcloud/v1.5"><UndeployPowerAction>default</UndeployPowerAction></UndeployVAppParams>
"""


@dataclass(frozen=True)
class VdcView:
    """An organisation VDC; ``pool`` is the MoRef of its resource pool, which system administrators alone see."""

    name: str
    organisation: str
    pool: str
    href: str


@dataclass(frozen=True)
class VAppView:
    """A vApp; ``status`` in the API's words: ``POWERED_ON``, ``POWERED_OFF``, ``MIXED``, ``UNKNOWN`` ..."""

    name: str
    vdc: str
    status: str
    count: int
    href: str


@dataclass(frozen=True)
class MachineView:
    """A VM; ``moref`` is where vCloud Director looks for it in vCenter, ``host`` where that shows it (empty: nowhere)."""

    name: str
    vapp: str
    status: str
    moref: str
    host: str
    href: str


@dataclass(frozen=True)
class StartStep:
    """A VM's place in the start order of its vApp, and what stopping the vApp does to it."""

    machine: str
    order: int
    stop: str


@dataclass(frozen=True)
class TaskView:
    """A task: ``status`` is ``running``, ``success`` or ``error``; ``error`` tells why, ``fault`` by a vSphere fault's name."""

    href: str
    operation: str
    status: str
    error: str = ""
    fault: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status not in {"queued", "running", "preRunning"}


class CloudClient:
    """Talks to one vCloud Director. Every call has a deadline, and a line in the diary where there is one.

    It logs in when first needed, and anew where its session has ended. Calls raise ``CloudUnreachable`` where nobody answers and
    ``CloudRefusal`` where what is asked is not done, or cannot be now (``SERVICE_UNAVAILABLE``).
    """

    def __init__(self, access: CloudAccess, diary: Diary | None = None) -> None:
        self.name = access.name
        self._access, self._diary = access, diary
        self._client = HttpsClient(access, access.url, access.identity, diary)
        self._token = self._version = ""

    def answers(self) -> bool:
        """Whether it works now, as a login tells where there is no session. Leaves no trace in the diary."""
        try:
            if self._token:
                self._ask("GET", "/api/session")
            else:
                self._log_in()
        except (CloudUnreachable, CloudRefusal):
            return False
        return True

    def organisations(self) -> list[str]:
        """The organisations that the user sees; that of the system administrators is ``System``."""
        return [found.attrib["name"] for found in self._call("GET", "/api/org").iterfind("Org", NAMESPACES)]

    def vdcs(self) -> list[VdcView]:
        """The organisation VDCs."""
        return [
            VdcView(found["name"], found["orgName"], self._pool(found["href"]), found["href"])
            for found in self._records("orgVdc")
        ]

    def vapps(self) -> list[VAppView]:
        """All vApps."""
        return [
            VAppView(found["name"], found["vdcName"], found["status"], int(found["numberOfVMs"]), found["href"])
            for found in self._records("vApp")
        ]

    def vapp(self, name: str) -> VAppView:
        """The vApp of that name; raises ``Absent``."""
        vapps = self.vapps()
        for vapp in vapps:
            if vapp.name == name:
                return vapp
        raise Absent("vApp", name, self.name, tuple(vapp.name for vapp in vapps))

    def machines(self, vapp: str = "") -> list[MachineView]:
        """All VMs, or those of one vApp, as a system administrator sees them."""
        found = self._records("adminVM", f"containerName=={vapp}" if vapp else "")
        return [
            MachineView(
                record["name"],
                record["containerName"],
                record["status"],
                record["moref"],
                record.get("hostName", ""),
                record["href"],
            )
            for record in found
            if record.get("isVAppTemplate") != "true"
        ]

    def start_order(self, vapp: VAppView) -> list[StartStep]:
        """The startup section of a vApp, in its order."""
        section = self._call("GET", f"{vapp.href}/startupSection/")
        name = f"{{{NAMESPACES['ovf']}}}"
        steps = [
            StartStep(item.attrib[f"{name}id"], int(item.attrib[f"{name}order"]), item.attrib[f"{name}stopAction"])
            for item in section.iterfind("ovf:Item", NAMESPACES)
        ]
        return sorted(steps, key=lambda step: step.order)

    def power(self, entity: VAppView | MachineView, action: PowerAction) -> TaskView:
        """Ask for power, all VMs of a vApp or one; the task is under way then. See :meth:`task` for what became of it."""
        return _task(self._call("POST", f"{entity.href}/power/action/{action}"))

    def stop(self, vapp: VAppView) -> TaskView:
        """Stop a vApp by its startup section: in the reverse order, and each VM by its stop action."""
        return _task(self._call("POST", f"{vapp.href}/action/undeploy", UNDEPLOY))

    def task(self, task: TaskView) -> TaskView:
        """A task as it is now."""
        return _task(self._call("GET", task.href))

    def check(self, task: TaskView) -> None:
        """Raises ``CloudRefusal`` for a task that failed."""
        if task.status == "error":
            raise CloudRefusal(self.name, task.operation, "task failed", task.error, task.fault)

    def close(self, *, farewell: bool = True) -> None:
        """Log out where it still answers, and hang up; without ``farewell`` just that."""
        if farewell and self._token:
            with suppress(CloudUnreachable):  # who is gone needs no farewell
                self._send("DELETE", "/api/session")
        self._token = ""
        self._client.close()

    def _pool(self, href: str) -> str:
        if not self._access.login.user.endswith("@System"):
            return ""
        shown = self._call("GET", href.replace("/api/vdc/", "/api/admin/vdc/"))
        return shown.findtext("VCloudExtension/vmext:VimObjectRef/vmext:MoRef", "", NAMESPACES)

    def _records(self, kind: str, wanted: str = "") -> Iterator[dict[str, str]]:
        """The records of a query, page by page."""
        query = {"type": kind, "format": "records", "pageSize": str(PAGE), **({"filter": wanted} if wanted else {})}
        address: str | None = f"/api/query?{urlencode(query)}"
        while address:
            page = self._call("GET", address)
            address = next(
                (each.attrib["href"] for each in page.iterfind("Link", NAMESPACES) if each.get("rel") == "nextPage"), None
            )
            yield from (dict(each.attrib) for each in page if each.tag.endswith("Record"))

    def _call(self, method: str, target: str, body: str = "") -> Element:
        began = self._diary.now() if self._diary else None
        answer = fault = ""
        path = _path(target)
        try:
            found = self._ask(method, path, body)
            answer = _summary(found)
        except CloudUnreachable as error:
            fault = error.silence
            raise
        except CloudRefusal as error:
            fault = error.fault or error.code
            raise
        finally:
            if self._diary and began:
                self._diary.record(ApiCall(self.name, path, method, "", answer, fault), began)
        return found

    def _ask(self, method: str, path: str, body: str = "") -> Element:
        if not self._token:
            self._log_in()
        answer = self._send(method, path, body)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._log_in()
            answer = self._send(method, path, body)
        return self._read(answer, f"{method} {path}")

    def _log_in(self) -> None:
        self._token = ""
        self._version = self._version or self._choose_version()
        login = self._access.login
        answer = self._send("POST", "/api/sessions", who=basic(login))
        self._read(answer, f"logging in as {login.user}")
        self._token = answer.headers.get(TOKEN, "")

    def _choose_version(self) -> str:
        """The version that the documents are about, or else the oldest that is offered; what is asked here is in all of them."""
        offered = self._read(self._send("GET", "/api/versions"), "asking which versions it speaks")
        found = [each.text or "" for each in offered.iterfind("versions:VersionInfo/versions:Version", NAMESPACES)]
        return VERSION if VERSION in found or not found else min(found, key=lambda each: [int(part) for part in each.split(".")])

    def _send(self, method: str, path: str, body: str = "", who: Mapping[str, str] | None = None) -> Answer:
        headers = {"Accept": f"application/*+xml;version={self._version}"} if self._version else {}
        if self._token:
            headers[TOKEN] = self._token
        if body:
            headers["Content-Type"] = "application/vnd.vmware.vcloud.undeployVAppParams+xml"
        try:
            return self._client.request(method, path, body.encode(), {**headers, **(who or {})})
        except NoAnswerError as error:
            raise CloudUnreachable(self.name, f"{method} {path}", error.silence, str(error)) from error

    def _read(self, answer: Answer, doing: str) -> Element:
        try:
            root = read_xml(answer.content)
        except (ParseError, ValueError) as error:
            raise CloudUnreachable(self.name, doing, "failed", f"HTTP {answer.status}, and no XML") from error
        if answer.is_error:
            told = root.attrib
            code = told.get("minorErrorCode", str(answer.status))
            raise CloudRefusal(self.name, doing, code, told.get("message", ""), told.get("vendorSpecificErrorCode", ""))
        return root


def _path(target: str) -> str:
    """Documents name each other by whole addresses; whom to ask is a matter of the place, as a cell may not know its own."""
    return urlsplit(target)._replace(scheme="", netloc="", fragment="").geturl()


def _task(found: Element) -> TaskView:
    error = found.find("Error", NAMESPACES)
    told = error.attrib if error is not None else {}
    reason, fault = told.get("message", ""), told.get("vendorSpecificErrorCode", "")
    return TaskView(found.attrib["href"], found.attrib.get("operation", ""), found.attrib["status"], reason, fault)


def _summary(found: Element) -> str:
    kind = found.tag.rpartition("}")[2]
    told = [f"{name} {found.attrib[name]}" for name in ("name", "status", "total") if name in found.attrib]
    return f"{kind}: {', '.join(told)}" if told else kind
