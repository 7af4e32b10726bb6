"""How long a person waits for what a release takes its time for: the release's own timings, with a margin.

A limit is never part of a verdict: what is waited for either comes within it, or does not come.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.releases import Release
from harness.units import Span, minutes

MARGIN = 2
"""Twice what the release data adds up to."""


@dataclass(frozen=True)
class Limits:
    """Spans of the place's own time."""

    boot: Span
    agents: Span
    connection: Span
    restarts: Span
    """vSphere HA has made all its attempts to restart the VMs of a failed host."""
    protection: Span
    services: Span
    """What runs in VMs answers, a vCenter Server among it."""
    plans: Span
    """A recovery plan has come to its end."""
    copies: Span
    """Arrays have copied a consistency group anew."""
    names: Span
    """Hosts have forgotten to where a name led: no release's matter, but that of the zone."""


def limits_of(release: Release) -> Limits:
    """The limits that fit a release."""
    took = release.duration
    attempts = max(release.schedule("ha.restart-attempts").value)
    detection = took("ha.restart-after-master-failure") + took("ha.dead-with-heartbeat-datastores")
    return Limits(
        boot=MARGIN * (took("host.shutdown") + took("host.boot") + took("host.hostd-start") + took("host.vpxa-start")),
        agents=MARGIN * (took("agents.services-restart") + took("agents.hostd-ready") + took("agents.vpxa-ready")),
        connection=MARGIN * (took("vcenter.not-responding") + took("vcenter.heartbeat")),
        restarts=attempts + MARGIN * (detection + took("machine.power-on")) + minutes(5),
        protection=MARGIN * (took("ha.agent-start") + took("ha.elected") + took("ha.protect")) + minutes(1),
        plans=MARGIN * (5 * took("recovery.ready-limit") + took("replication.resynchronise")),
        services=MARGIN * max(span.value for name, span in release.timings.items() if name.startswith("service.")),
        names=MARGIN * minutes(60),
        copies=MARGIN * (took("replication.resynchronise") + took("replication.transfer")),
    )
