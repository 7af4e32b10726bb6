"""The files in which a host keeps its distributed switches, written on a change and at times: ``dvsdata.db`` and port files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.physics import portfiles
from harness.physics.effects import After, Effects, Trigger
from harness.physics.laws import Laws
from harness.units import DeviceId, HostName
from harness.world.host_files import HostFileWritten
from harness.world.host_power import HostBooted
from harness.world.hosts import DVS_DATABASE, HOSTD, Host, HostFile
from harness.world.network import DVSDATA
from harness.world.proxies import HostPort, ProxySwitch
from harness.world.storage import VolumePath
from harness.world.volume_files import FileRemoved, FilesWritten, FileWritten


def keep_syncing(laws: Laws, event: HostBooted) -> Effects:
    """A running host refreshes its files every five minutes (quoted, D1)."""
    yield After("network.sync", event.host, Sync(event.host, laws.world.hosts[event.host].boots))


@dataclass(frozen=True)
class Sync(Trigger):
    """The five-minute refresh of ``dvsdata.db`` and of the port files of running VMs."""

    host: HostName
    boot: int

    def fire(self, laws: Laws) -> Effects:
        """Hostd does it; while it is down nothing is refreshed."""
        host = laws.world.hosts[self.host]
        if not host.running or host.boots != self.boot:
            return
        if HOSTD in host.agents:
            yield write_database(laws, self.host)
            yield from _write_port_files(laws, host)
        yield After("network.sync", self.host, self)


def _write_port_files(laws: Laws, host: Host) -> Effects:
    """The files of all ports that are in use, those on one volume at once."""
    written: dict[DeviceId, dict[str, bytes]] = {}
    for proxy in host.proxies.values():
        for port in [p for p in proxy.ports.values() if p.linked]:
            if place := _port_file(laws, host.name, port.persist):
                written.setdefault(place.device, {})[place.path] = _port_state(laws, proxy, port)
    for device, files in written.items():
        yield FilesWritten(device, files, laws.now)


def write_database(laws: Laws, name: HostName) -> HostFileWritten:
    """The host's ``dvsdata.db`` as it is written now."""
    content = portfiles.write_switches(laws.world.hosts[name].proxies)
    return HostFileWritten(name, DVS_DATABASE, HostFile(content, laws.now, 0o600))


def write_port_file(laws: Laws, name: HostName, proxy: ProxySwitch, port: HostPort) -> Iterator[FileWritten]:
    """The host writes a port file to where the port says it is kept, if it reaches that volume."""
    path = _port_file(laws, name, port.persist)
    if path:
        yield FileWritten(path.device, path.path, _port_state(laws, proxy, port), laws.now)


def _port_state(laws: Laws, proxy: ProxySwitch, port: HostPort) -> bytes:
    packets = int((laws.now - laws.release.epoch.value).total_seconds())
    return portfiles.write_port(port, proxy.mtu, packets)


def drop_port_file(laws: Laws, name: HostName, persist: str) -> Effects:
    """The host removes a port file, and the folders that are empty without it."""
    path = _port_file(laws, name, persist)
    if path is None:
        return
    yield FileRemoved(path.device, path.path)
    for folder in (path.parent, path.at(DVSDATA)):
        if laws.store.is_folder(folder) and not laws.store.entries(folder):
            yield FileRemoved(folder.device, folder.path)


def _port_file(laws: Laws, name: HostName, persist: str) -> VolumePath | None:
    """Where a host writes the port file that a port's ``persist`` names; None where it cannot."""
    file = laws.world.locate(name, persist) if persist else None
    return laws.world.writable(name, file) if file else None
