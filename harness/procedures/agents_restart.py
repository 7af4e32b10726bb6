"""The restart of the management agents after a black start (D1, VDS-08).

Hosts that came up before their storage have lost the ports of their VMs: what is powered on then gets no network connection.
``services.sh restart`` after the storage is back and before the power-on cures that, and VMs that run keep running.
"""

from __future__ import annotations

import shlex

from harness.errors import InputError
from harness.probes.failures import Unmet
from harness.probes.hosts import AGENTS, UPTIME
from harness.probes.listings import read_blocks
from harness.probes.looks import HOSTS_ALONE, WITHOUT_HARDWARE
from harness.probes.machines import PROCESSES
from harness.probes.storage import VOLUMES
from harness.procedures.job import Job
from harness.procedures.model import Check, Choice, Notes, Procedure, Step
from harness.procedures.site_file import SiteFile
from harness.units import number_of

MARK = "/tmp/blackstart-agents-restarted"  # noqa: S108 - on the host, in its memory: a reboot takes it away
"""Left on a host by the command line that restarts its agents, once they are restarted; it holds the run's name."""
WITH_VCENTER: Choice = ("vcenter", "up")
LONGEST_RESTART = 300.0
"""Wall seconds for ``services.sh restart``."""
LIST_WITHOUT_HOSTD = PROCESSES.replace("esxcli", "localcli")
"""Lists the VMs that run even where hostd does not answer, which may be why somebody restarts it."""


def _every_host(site: SiteFile) -> list[str]:
    return site.host_names()


def _every_vcenter(site: SiteFile) -> list[str]:
    return [center.name for center in site.of_kind("vcenter")]


def see_vcenter(job: Job) -> str:
    """The vCenter Server answers."""
    return f"{number_of(len(job.operator.at(job.subject).look(HOSTS_ALONE).hosts), 'host')} in its inventory"


def see_host(job: Job) -> str:
    """The host answers over SSH."""
    return job.operator.shell(job.subject).run("vmware -v").succeeded().output.strip()


def see_datastores(job: Job) -> str:
    """The host reads each of its datastores."""
    shell, wanted = job.operator.shell(job.subject), needed_datastores(job)
    answers = {label: shell.run(f"ls {VOLUMES}/{shlex.quote(label)}/") for label in wanted}
    missing = [f"{label} ({answer.said.strip()})" for label, answer in answers.items() if answer.status]
    if missing:
        raise Unmet(job.subject, f"{', '.join(wanted)} mounted", [("ls", f"no {', no '.join(missing)}")])
    return ", ".join(wanted) or "it needs none"


def needed_datastores(job: Job) -> list[str]:
    """Those that the site file names for the host and, with vCenter, those that hold VMs of the host.

    Raises ``InputError`` where neither names any: nobody could say whether the storage is back.
    """
    described = job.site.host(job.subject).datastores
    wanted = set(described or ())
    if job.chosen[WITH_VCENTER[0]] == WITH_VCENTER[1]:
        machines = job.operator.around(job.subject).look(WITHOUT_HARDWARE).machines.values()
        wanted |= {machine.datastore for machine in machines if machine.host == job.subject}
    if described is None and not wanted:
        remedy = 'Name them in its [[host]] table: datastores = ["..."], or [] for a host that needs none.'
        raise InputError(f"host {job.subject}", "nothing says which datastores it needs", remedy, job.site.path)
    return sorted(wanted)


def running_worlds(job: Job) -> dict[str, str]:
    """The world ids of the VMs that run on the host, by name."""
    listed = job.operator.shell(job.subject).run(LIST_WITHOUT_HOSTD).succeeded().output
    return {block[""]: block["World ID"] for block in read_blocks(listed)}


def note_worlds(job: Job) -> Notes:
    """The VMs that run before the restart."""
    return {"worlds": running_worlds(job)}


def restart_agents(job: Job) -> None:
    """Restart all management services, and leave the mark when that has succeeded."""
    line = f"{AGENTS} && echo {job.run} > {MARK}"
    job.operator.shell(job.subject).run(line, LONGEST_RESTART).succeeded()


def see_mark(job: Job) -> str:
    """The mark on the host is of this run."""
    found = job.operator.shell(job.subject).run(f"cat {MARK}").output.strip()
    if found != job.run:
        raise Unmet(job.subject, f"{AGENTS} ended well in this run ({job.run})", [(MARK, found or "nothing")])
    return f"{MARK} holds {found}"


def see_hostd(job: Job) -> str:
    """A command that needs hostd succeeds."""
    return f"up for {job.operator.shell(job.subject).run(UPTIME).succeeded().output.strip()} us"


def see_same_worlds(job: Job) -> str:
    """Each VM that ran before runs in the same world."""
    before, now = job.noted["worlds"], running_worlds(job)
    if not isinstance(before, dict) or before.items() - now.items():
        raise Unmet(job.subject, f"running on: {_listed(before)}", [(LIST_WITHOUT_HOSTD, _listed(now))])
    return _listed(before)


def _listed(worlds: object) -> str:
    pairs = worlds.items() if isinstance(worlds, dict) else ()
    return ", ".join(f"{name} in world {world}" for name, world in sorted(pairs)) or "no VM"


def see_connected(job: Job) -> str:
    """The host is connected in vCenter."""
    seen = job.operator.around(job.subject).look(HOSTS_ALONE).host(job.subject)
    if seen.connection != "connected":
        raise Unmet(job.subject, "connected", [("vCenter", seen.connection)])
    return str(seen)


def remove_mark(job: Job) -> None:
    """Nothing of the run stays on the host."""
    job.operator.shell(job.subject).run(f"rm -f {MARK}").succeeded()


def see_no_mark(job: Job) -> str:
    """There is no mark on the host."""
    if not job.operator.shell(job.subject).run(f"ls {MARK}").status:
        raise Unmet(job.subject, "no mark", [("ls", MARK)])
    return f"no {MARK}"


ANSWERS = Check(
    "{subject} answers over SSH",
    see_host,
    "Power the host on, or start SSH at its console (DCUI: Troubleshooting Options, Enable SSH). Then go on with --resume.",
    within="boot",
)
MOUNTED = Check(
    "{subject} has its datastores mounted",
    see_datastores,
    "Bring the storage back, then run esxcfg-rescan -A on {subject}. A restart before that would change nothing (VDS-08). "
    "Then go on with --resume.",
)
RESTARTED = Check(
    f"{AGENTS} ended well on {{subject}}",
    see_mark,
    "Run it by hand on {subject} and read what it says. Then go on with --resume.",
)
HOSTD = Check(
    "hostd answers on {subject}",
    see_hostd,
    "Look into /var/log/hostd.log on {subject}, and run /etc/init.d/hostd restart. Then go on with --resume.",
    within="agents",
)
KEPT_RUNNING = Check(
    "the VMs of {subject} have kept running",
    see_same_worlds,
    "The restart stops no VM: look in vCenter's events for who did. To go on without them, remove the state and begin anew.",
)
CONNECTED = Check(
    "vCenter shows {subject} as connected",
    see_connected,
    "Run /etc/init.d/vpxa restart on {subject}, or reconnect the host in vCenter. Then go on with --resume.",
    within="connection",
    only=WITH_VCENTER,
)
UNMARKED = Check("nothing of this run is left on {subject}", see_no_mark, f"Remove {MARK} on {{subject}} by hand.")

STEPS = (
    Step(
        "vcenter-answers",
        "vCenter shows its inventory.",
        needs=("vcenters",),
        each=_every_vcenter,
        only=WITH_VCENTER,
        after=(
            Check(
                "{subject} answers",
                see_vcenter,
                "Start it. Where it is itself a VM that waits for this restart, say --branch vcenter=down.",
                within="connection",
            ),
        ),
    ),
    Step(
        "restart-agents",
        "Restart the management agents of {subject}, now that its datastores are back; its VMs keep running.",
        needs=("hosts", "vcenters"),
        each=_every_host,
        before=(ANSWERS, MOUNTED),
        remember=note_worlds,
        act=restart_agents,
        otherwise="Log in to {subject} and run services.sh restart by hand to see what it says. Then go on with --resume.",
        after=(RESTARTED, HOSTD, KEPT_RUNNING, CONNECTED),
    ),
    Step(
        "tidy-up",
        "Remove the sign of this run from {subject}.",
        each=_every_host,
        act=remove_mark,
        otherwise=f"Remove {MARK} on {{subject}} by hand; it is gone with the next reboot in any case.",
        after=(UNMARKED,),
    ),
)

AGENTS_RESTART = Procedure(
    "agents-restart",
    "Restart the management agents of every host after a black start, so that VMs get their network connections (VDS-08).",
    STEPS,
    branches={"vcenter": ("up", "down")},
)
