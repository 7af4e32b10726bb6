"""Small looks at one vCenter Server: what is asked for often, and what is noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyVmomi import vim

from harness.probes.hardware import BACKING, SECOND_NIC
from harness.probes.session import Session, Wanted
from harness.units import number_of
from harness.vmomi.lines import Row

CONNECTIONS: Wanted = {vim.HostSystem: ("name", "runtime.connectionState")}
RUNNING: Wanted = {**CONNECTIONS, vim.VirtualMachine: ("name", "runtime.host", "runtime.powerState")}
FIRST_LOOK: Wanted = {
    **CONNECTIONS,
    vim.DistributedVirtualSwitch: ("name", "uuid"),
    vim.VirtualMachine: ("name", BACKING, SECOND_NIC),
}


@dataclass(frozen=True)
class FirstLook:
    """How each host is connected, the identifiers of distributed switches, and where each VM with a single vNIC is connected.

    All by names. The last is the distributed port, empty on a standard switch.
    """

    connections: Mapping[str, str]
    switches: Mapping[str, str]
    ports: Mapping[str, str]

    def __str__(self) -> str:
        hosts = "\n".join(f"{name}: {state}" for name, state in self.connections.items())
        switches = number_of(len(self.switches), "distributed switch", "distributed switches")
        return f"{hosts}\n{switches}, {number_of(len(self.ports), 'VM')} with a single vNIC"


def read_first_look(session: Session) -> FirstLook:
    """What is noted of a place at first."""
    return session.read(FIRST_LOOK, _first_look)


def read_connections(session: Session) -> dict[str, str]:
    """How each host is connected, by its name: little to read, for looks that are repeated."""
    return session.read(CONNECTIONS, _connections)


def read_running(session: Session) -> dict[str, str] | None:
    """By the name of each VM that is on, its host; None where not all hosts are connected: what is shown of these may be old."""
    return session.read(RUNNING, _running)


def _first_look(rows: list[Row]) -> FirstLook:
    switches = [row.values for row in rows if isinstance(row.ref, vim.DistributedVirtualSwitch)]
    single = [row.values for row in rows if BACKING in row.values and SECOND_NIC not in row.values]
    ports = {str(values["name"]): getattr(values[BACKING], "port", None) for values in single}
    return FirstLook(
        connections=_connections(rows),
        switches={str(values["name"]): str(values["uuid"]) for values in switches},
        ports={name: str(port.portKey or "") if port else "" for name, port in ports.items()},
    )


def _connections(rows: list[Row]) -> dict[str, str]:
    hosts = [row.values for row in rows if isinstance(row.ref, vim.HostSystem)]
    return {str(values["name"]): str(values["runtime.connectionState"]) for values in hosts}


def _running(rows: list[Row]) -> dict[str, str] | None:
    hosts = {row.ref: row.values for row in rows if isinstance(row.ref, vim.HostSystem)}
    if any(values["runtime.connectionState"] != "connected" for values in hosts.values()):
        return None
    machines = [row.values for row in rows if isinstance(row.ref, vim.VirtualMachine)]
    on = [values for values in machines if values["runtime.powerState"] == "poweredOn"]
    return {str(values["name"]): str(hosts[values["runtime.host"]]["name"]) for values in on}
