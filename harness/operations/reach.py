"""Whether somebody who asks something of a host gets an answer."""

from __future__ import annotations

from harness.errors import Refusal
from harness.physics.laws import Laws
from harness.units import HostName
from harness.world.hosts import Host


def known_host(laws: Laws, name: HostName) -> Host:
    """The host; refuses ``NotFound`` where there is none."""
    host = laws.world.hosts.get(name)
    if host is None:
        raise Refusal("NotFound", name, f"no host {name}")
    return host


def running_host(laws: Laws, name: HostName) -> Host:
    """The host; refuses ``HostNotReachable`` while it does not run."""
    host = known_host(laws, name)
    if not host.running:
        raise Refusal("HostNotReachable", name, f"{name} does not answer")
    return host


def manageable_host(laws: Laws, name: HostName) -> Host:
    """The host; refuses ``HostNotReachable`` while hostd does not answer there."""
    host = running_host(laws, name)
    if not host.manageable:
        raise Refusal("HostNotReachable", name, f"hostd of {name} does not answer")
    return host
