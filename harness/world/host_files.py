"""What happens to the files of a host's own file system."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records import replace
from harness.units import Instant
from harness.world.events import drop, put
from harness.world.hosts import Host, HostEvent, HostFile


@dataclass(frozen=True)
class HostFileWritten(HostEvent):
    """A file of the host's own file system was written."""

    path: str
    file: HostFile
    routine = True

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, files=put(host.files, self.path, self.file))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"wrote {self.path}"


@dataclass(frozen=True)
class HostFileRemoved(HostEvent):
    """A file of the host's own file system is gone."""

    path: str

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, files=drop(host.files, self.path))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"removed {self.path}"


@dataclass(frozen=True)
class HostLogged(HostEvent):
    """A line was added to a log of the host."""

    path: str
    line: str
    at: Instant

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        before = host.files.get(self.path)
        content = (before.content if before else b"") + self.line.encode() + b"\n"
        return replace(host, files=put(host.files, self.path, HostFile(content, self.at)))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.path}: {self.line}"


@dataclass(frozen=True)
class ConfigurationSaved(HostEvent):
    """The host packed its configuration to the boot device."""

    said = "saved its configuration"
    routine = True

    def change(self, host: Host) -> Host:
        """Only ``/etc`` is kept: logs live in memory."""
        return replace(host, saved={p: f for p, f in host.files.items() if p.startswith("/etc/")})


@dataclass(frozen=True)
class SavedFileReplaced(HostEvent):
    """A file of the saved configuration was replaced, or removed, behind the host's back."""

    path: str
    file: HostFile | None

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, saved=put(host.saved, self.path, self.file) if self.file else drop(host.saved, self.path))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"saved {self.path} {'replaced' if self.file else 'lost'}"
