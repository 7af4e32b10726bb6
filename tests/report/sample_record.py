"""A realistic record, built by hand: what the tests of the writers render, and what a picture of the page can be made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from harness.report.judgement import conclude
from harness.report.model import Document, Environment, Feature, Problem, Product, Record, Release, Requirement, Twin
from harness.report.scenario import Attempt, Entry, Phase, ScenarioResult, StepResult
from harness.report.scope import read_scope
from harness.report.vocabulary import Outcome, StepStatus
from harness.units import EPOCH

FILE = "features/network/restart_after_host_failure.feature"
BEHAVIOUR = "After its host fails, a VM runs on another host, connected, on the same port"
LISTING = """\
/vmfs/volumes/502e8a75-d04a58db-431a-000c29d33d34/.dvsData:
drwxr-xr-x    1 root     root           420 Feb  9 09:05 6d 8b 2e 50 3c d3 50 4a-ad dd b5 30 2f b1 0c aa
-rw-------    1 root     root           152 Feb  9 09:05 106
-rw-------    1 root     root           152 Feb  9 09:05 107
"""


def at(seconds: float) -> str:
    return (EPOCH + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def entry(kind: str, seconds: float, /, **data: object) -> Entry:
    span = float(data.get("span", 0)) if kind in ("time", "duration") else 0.0  # type: ignore[arg-type]
    return Entry(kind, at(seconds - span), at(seconds), seconds / 1000, data)  # type: ignore[arg-type]


def command(seconds: float, host: str, line: str, output: str = "", status: int = 0, errors: str = "") -> Entry:
    return entry("command", seconds, host=host, line=line, output=output, errors=errors, status=status)


def call(seconds: float, target: str, method: str, arguments: str = "", answer: str = "", fault: str = "") -> Entry:
    fields = {"server": "vc01", "target": target, "method": method, "arguments": arguments, "answer": answer, "fault": fault}
    return entry("call", seconds, **fields)


def event(seconds: float, kind: str, subject: str, text: str, site: str = "siteA") -> Entry:
    return entry("event", seconds, kind=kind, subject=subject, text=text, site=site)


def step(keyword: str, text: str, line: int, *entries: Entry, status: StepStatus = "passed", error: str = "") -> StepResult:
    return StepResult(keyword, text, line, "", status, error, 0.031 + line / 1000, entries)


SOURCE = "Epping, VDS construct"
SYNCHRONISED = (
    entry("time", 301, span=300.0, why="the hosts write their port files every 5 minutes"),
    entry("duration", 301, name="vds.sync", subject="esx01", span=300.0, provenance="quoted", source=SOURCE),
    command(301, "esx01", "ls -lR /vmfs/volumes/vmfs01/.dvsData", LISTING),
    entry("text", 301, name="ls.listing", provenance="quoted", source=SOURCE),
)
FAILED = (
    entry("fault", 301, subject="esx01", what="its power is cut", mended=False),
    event(304, "HostLost", "esx01", "no heartbeat over the network"),
    event(316, "HostFailed", "esx01", "declared failed by the master esx02"),
    entry("duration", 316, name="ha.dead", subject="esx01", span=15.0, provenance="stated", source="HA deepdive"),
    event(318, "VmRestarted", "web01", "started on esx02 with port 106"),
    entry("duration", 348, name="vm.boot", subject="web01", span=30.0, provenance="assumed", source="our assumption"),
)
LOOKED_AT = (
    command(351, "esx02", "esxcli network vm port list -w 8842", "   Port ID: 50331655\n   DVPort ID: 106\n"),
    command(351, "esx02", "esxcli network vm port list -w 1", "", 1, "Error: no world 1"),
    call(351, "web01", "QueryAvailableDvsSpec", "", "", "vmodl.fault.NotSupported"),
    entry("text", 351, name="esxcli.port-list", provenance="assumed", source="our words"),
)


def restart(line: int = 14) -> tuple[StepResult, ...]:
    """The steps of a VM that HA restarts with its port."""
    return (
        step("Given", "a cluster of three hosts", 6, event(0, "LabStarted", "lab", "3 hosts, 1 vCenter, 2 VMFS volumes")),
        step("And", 'vSphere HA is "on"', 7, call(1, "cluster01", "ReconfigureComputeResource_Task", "dasConfig.enabled=true")),
        step("And", "the hosts synchronize their port files", 9, *SYNCHRONISED),
        step("When", '"esx01" loses its power', line, *FAILED),
        step("Then", '"web01" runs on another host than "esx01"', line + 1, call(350, "web01", "runtime.host", "", "esx02")),
        step("And", '"web01" has the same port as before', line + 2, *LOOKED_AT),
    )


def attempt(outcome: Outcome, reason: str = "") -> Attempt:
    """What has to be seen of a scenario so that it is judged to be ``outcome``."""
    status = "passed" if outcome in ("passed", "crashed", "teardown_error", "not_run", "deselected") else outcome
    phases = [Phase("setup", "passed", "", 0.2), Phase("call", status, reason, 0.2), Phase("teardown", "passed", "", 0.012)]
    if outcome == "teardown_error":
        phases[2] = Phase("teardown", "error", reason, 0.012)
    began = outcome not in ("not_run", "deselected")
    seen = phases[:1] if outcome == "crashed" else phases if began else []
    return Attempt(outcome != "deselected", 0, True, began, outcome == "crashed", 0, tuple(seen))


def tags_of(outcome: Outcome, *, twin: bool) -> tuple[str, ...]:
    return ("@VDS-05", *(["@twin:port-file-missing"] if twin else []), *(["@left-out"] if outcome == "deselected" else []))


def scenario(name: str, line: int, outcome: Outcome = "passed", **changes: object) -> ScenarioResult:
    reason = str(changes.get("reason", ""))
    fields: dict[str, object] = {
        "key": f"{FILE}:{line}",
        "file": FILE,
        "line": line,
        "feature": "vSphere HA restarts a VM on its distributed port",
        "rule": BEHAVIOUR,
        "name": name,
        "description": "",
        "tags": tags_of(outcome, twin=bool(changes.get("twin"))),
        "requirements": ("VDS-05",),
        "twin": False,
        "skip_reason": reason if changes.get("declared") else "",
        "expires": "",
        "attempt": attempt(outcome, reason),
        "outcome": outcome,
        "reason": "",
        "declared": False,
        "worker": "main",
        "wall": 0.412,
        "steps": restart(line + 1) if outcome == "passed" else (),
        "cleanup": (event(352, "LabStopped", "lab", "no process and no directory is left"),),
    }
    return ScenarioResult(**(fields | changes))  # type: ignore[arg-type]


def failing(line: int) -> ScenarioResult:
    reason = "web01 has no network connection: port 106 is invalid on esx01\n  at steps/network.py:88"
    steps = (
        *restart(line)[:3],
        step("Then", '"web01" has a network connection', line + 2, status="failed", error=reason),
        step("And", "nothing else has changed", line + 3, status="not_run"),
    )
    other = "features/network/storage_after_host.feature"
    rule = "A VM with a static port gets no network connection on a host that booted before its storage"
    changes: dict[str, object] = {"file": other, "key": f"{other}:{line}", "rule": rule, "requirements": ("VDS-06",)}
    changes |= {"feature": "Hosts that boot before their storage", "tags": ("@VDS-06",), "steps": steps, "reason": reason}
    return scenario("Waiting does not cure it", line, "failed", **changes)


GOOD = (
    scenario("A VM comes back with its port", 15),
    scenario("A VM comes back when a host leaves maintenance mode", 24),
    scenario("Without its port file a VM is not restarted", 37, twin=True),
    scenario("VMCP takes part", 49, "not_applicable", reason="5.0 has no VMCP (capability vmcp, quoted)"),
    scenario("The array reverses by itself", 58, "skipped", reason="the array cannot", declared=True, expires="2031-06-30"),
)
BAD = (
    scenario("A step that nobody wrote", 66, "undefined", reason="no step definition matches this step"),
    scenario("The lab does not start", 74, "error", reason="vcsim: did not start\n  Install it."),
    failing(44),
)


def sample(*, failed: bool = False, scenarios: tuple[ScenarioResult, ...] | None = None) -> Record:
    """A run of a few scenarios; ``failed`` adds one of each bad ending."""
    listed = scenarios if scenarios is not None else (*GOOD, *(BAD if failed else ()))
    problems = (Problem("pytest met an internal error (status 3): no space left"),) if failed and scenarios is None else ()
    tags = "not @left-out" if any("@left-out" in each.tags for each in listed) else ""
    features = tuple(dict.fromkeys(Feature(each.file, each.feature, PREFACE) for each in listed))
    environment = replace(ENVIRONMENT, tags=tags)
    return conclude(replace(EMPTY, environment=environment, features=features, scenarios=listed, problems=problems))


PREFACE = "When a host fails, the host that starts its VMs again has never seen their ports. It reads them from the port files."
PRODUCTS = (
    Product("VMware ESXi", "5.0.0", "469512"),
    Product("VMware vCenter Server", "5.0.0", "455964"),
    Product("VMware vCloud Director", "1.5"),
)
REQUIREMENTS = (
    Requirement(
        id="VDS-05",
        text="vSphere HA uses the port file to restart a VM with a dvPort: after its host fails the VM runs on another host, "
        "connected, on the same port.",
        document="D1",
        section="what is in the folder",
        provenance="quoted",
        twins=(
            Twin(
                "port-file-missing",
                "The port file is removed: no restart.",
                "event",
                "VmFailoverFailed",
                "VmFailoverFailed names it",
            ),
            Twin(
                "ha-off", "vSphere HA is off: nothing restarts.", "event", "HostConnectionLostEvent", "no host failure is posted"
            ),
        ),
    ),
    Requirement(
        "VDS-06", "VMs powered on after late storage get no network, and waiting does not cure it.", "D1", "the end", "quoted"
    ),
    Requirement("VDS-11", "A Storage vMotion leaves no port file.", "D1", "", "stated", absence="5.1 does not have the defect"),
    Requirement("ALL-02", "The API and the shell agree.", "D1", "", "assumed", evidence="tests"),
)
ENVIRONMENT = Environment(
    simulator="process",
    seed=7,
    workers=2,
    strict=False,
    tags="",
    command="blackstart validate --release 5.0 --simulator process --seed 7 --workers 2",
    platform="Linux 6.1 x86_64",
    commit="44146aef3c0d2f5a8c7e4b1d9a6f3e2c1b0a9d8e",
    dirty=True,
    started="2026-03-14T08:12:45Z",
    wall=42.7,
    software={"python": "3.11.2", "pytest": "9.2.0", "pytest-bdd": "9.0.1", "pyvmomi": "9.1.1.0"},
    digests={FILE: "ab" * 32, "steps/network.py": "cd" * 32},
    facts={"simulator": "process", "vcsim": "0.52.0"},
)
EMPTY = Record(
    change="",
    title="",
    release=Release("5.0", "documented", PRODUCTS, "vSphere 5.0 with vCloud Director 1.5, Site Recovery Manager 5.0 and View 5"),
    environment=ENVIRONMENT,
    documents=(Document("D1", "Digging deeper into the VDS construct"),),
    requirements=REQUIREMENTS,
    features=(),
    scenarios=(),
    scope=read_scope(),
    problems=(),
    procedures=(),
)
"""A record that nothing was run for yet."""
