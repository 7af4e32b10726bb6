"""One host of the simulated world as its shell sees it."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace

from harness.errors import LabError
from harness.gateway import Gateway
from harness.journal import TextShown
from harness.operations import files as operations
from harness.protocols.esxi_shell.host_view import HostView
from harness.protocols.esxi_shell.login import LoginStyle
from harness.protocols.esxi_shell.programs import FilesWithPrograms
from harness.protocols.esxi_shell.registry import Call
from harness.protocols.esxi_shell.simulated_files import SimulatedFiles
from harness.protocols.esxi_shell.tasks import HostTasks
from harness.protocols.esxi_shell.texts import Text
from harness.releases import Release
from harness.units import HostName, Instant, Provenance, Span
from harness.world.aggregate import World
from harness.world.hosts import Host

ROOT = "root"
SHELL_LOG = "/var/log/shell.log"
KEYS = "/etc/ssh/keys-root/authorized_keys"


class SimulatedHost:
    """A :class:`harness.protocols.esxi_shell.host_view.HostView` over the gateway.

    ``password`` is root's; ``keys`` are public keys that may log in as root beside those in ``authorized_keys`` on the host;
    ``programs`` are the paths of the commands, which show as files.
    """

    def __init__(
        self, gateway: Gateway, name: HostName, password: str, keys: str = "", programs: frozenset[str] = frozenset()
    ) -> None:
        self.gateway = gateway
        self._name, self._password, self._keys = name, password, keys
        self._shown: set[tuple[str, Provenance]] = set()
        self._lock = threading.Lock()
        self._processes: dict[str, int] = {}
        self.files = FilesWithPrograms(SimulatedFiles(gateway, name), programs)
        self.tasks = HostTasks()
        self.login = login_style(gateway.release)

    @property
    def name(self) -> HostName:
        """The host's name in the inventory."""
        return self._name

    @property
    def version(self) -> str:
        """See :class:`HostView`."""
        return self.release.product("esxi").version.value

    @property
    def host(self) -> Host:
        """The host as it is now."""
        return self.world.hosts[self._name]

    @property
    def world(self) -> World:
        """The world as it is now."""
        return self.gateway.world

    @property
    def release(self) -> Release:
        """The release that the host runs."""
        return self.gateway.release

    def now(self) -> Instant:
        """See :class:`HostView`."""
        return self.gateway.now

    def sleep(self, span: Span) -> None:
        """See :class:`HostView`."""
        self.gateway.pass_time(span)

    def check_password(self, user: str, password: str) -> bool:
        """See :class:`HostView`; root is the only user."""
        return user == ROOT and password == self._password

    def authorized_keys(self, user: str) -> str:
        """See :class:`HostView`."""
        if user != ROOT:
            return ""
        held = self.host.files.get(KEYS)
        return f"{self._keys}\n{held.content.decode('utf-8', 'replace')}" if held else self._keys

    def service_running(self, service: str) -> bool:
        """See :class:`HostView`."""
        host = self.host
        return host.running and service in host.agents

    def service_launched(self, service: str) -> bool:
        """Whether a service's process runs, even where it does not answer yet."""
        host = self.host
        return host.running and (service in host.agents or service in host.launched)

    def note_text(self, name: str, provenance: Provenance, source: str) -> None:
        """See :class:`HostView`; the journal gets each text of a host once."""
        with self._lock:
            known = (name, provenance) in self._shown
            self._shown.add((name, provenance))
        if not known:
            self.gateway.journal.record(TextShown(name, provenance, source))

    def log_shell_line(self, line: str) -> None:
        """See :class:`HostView`."""
        self.gateway.perform(operations.log, self._name, SHELL_LOG, line)

    def text_of(self, format_name: str) -> Text:
        """A format of the release as a text with its provenance; a style has its name as its words."""
        fact = self.release.format(format_name)
        return Text(f"format.{format_name}", str(fact.value), fact.provenance, fact.source)

    def style(self, format_name: str) -> str:
        """The style that the release gives for ``format_name``; that it was used is noted."""
        text = self.text_of(format_name)
        text.note_on(self)
        return text.words

    def process_of(self, service: str) -> int:
        """The process id of a service's watchdog: the same until the service, or the host, starts again."""
        boot = f"{service}/{self.host.boots}"
        with self._lock:
            return self._processes.setdefault(boot, drawn(f"{self._name}/{boot}", 2100, 3100))

    def renew_process(self, service: str) -> int:
        """The process id of a service that has just started again."""
        boot = f"{service}/{self.host.boots}"
        with self._lock:
            before = self._processes.get(boot, drawn(f"{self._name}/{boot}", 2100, 3100))
            self._processes[boot] = before + drawn(f"{self._name}/{boot}/{before}", 900, 2700)
            return self._processes[boot]


def simulated(host: HostView) -> SimulatedHost:
    """The simulated host behind a view: the product's commands need more than the shell does."""
    if not isinstance(host, SimulatedHost):
        raise LabError(f"ESXi shell of {host.name}", "the product's commands need a simulated host")
    return host


def host_of(call: Call) -> SimulatedHost:
    """The simulated host that a command runs on."""
    return simulated(call.host)


def login_style(release: Release) -> LoginStyle:
    """How hosts of a release greet and prompt. A small k and no total line in ``ls`` go with the old prompt (quoted, 5.0)."""
    motd = release.format("motd")
    words = "".join(f"{line}\n" for line in release.lines("motd"))
    greeting = Text("shell.motd", words, motd.provenance, motd.source)
    old = release.text("prompt") == "directory"
    style = LoginStyle("path" if old else "bracket", greeting, release.text("ssh-password-prompt"))
    return replace(style, size_suffixes="kMGT", totals=False) if old else style


def drawn(what: str, low: int, high: int) -> int:
    """A number from ``low`` to ``high`` that depends on ``what`` alone: for ids that nobody chose, the same in every run."""
    digest = hashlib.sha256(what.encode()).digest()
    return low + int.from_bytes(digest[:8], "big") % (high - low + 1)
