"""What happens to the devices that a host knows and the volumes that it has mounted."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records import replace
from harness.units import DeviceId, VolumeId
from harness.world.events import drop, put
from harness.world.hosts import HOSTD, Host, HostEvent
from harness.world.storage import Mount


@dataclass(frozen=True)
class DevicesFound(HostEvent):
    """The host knows exactly these devices."""

    devices: frozenset[DeviceId]

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, devices=self.devices)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"sees {len(self.devices)} device(s)"


@dataclass(frozen=True)
class VolumeMounted(HostEvent):
    """The host mounted a volume."""

    mount: Mount

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        late = host.late | {self.mount.volume} if HOSTD in host.agents else host.late
        return replace(host, mounts=put(host.mounts, self.mount.volume, self.mount), late=late)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        kind = "persistently by force" if self.mount.persistent else "by force until the next boot"
        nas = self.mount.nas
        return (
            f"mounted {self.mount.volume} from {self.mount.device}{f', {kind}' if self.mount.forced else ''}"
            f"{f', as {nas.label}: {nas.share} of {nas.host}' if nas else ''}"
        )


@dataclass(frozen=True)
class VolumeUnmounted(HostEvent):
    """The host unmounted a volume."""

    volume: VolumeId

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, mounts=drop(host.mounts, self.volume))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"unmounted {self.volume}"


@dataclass(frozen=True)
class StorageReported(HostEvent):
    """The host told vCenter which volumes it has mounted."""

    said = "reported its storage to vCenter"

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, reported=dict(host.mounts))
