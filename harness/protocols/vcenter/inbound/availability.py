"""vSphere HA of a cluster: its settings, and how much of it is left."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

from harness.operations import availability
from harness.protocols.vcenter.construction import availability_settings
from harness.protocols.vcenter.decoding import decode
from harness.protocols.vcenter.inbound.desk import Arguments, Desk, Route, Routes
from harness.protocols.vcenter.link import Answer, Proceed, Question


def reconfigure(desk: Desk, question: Question) -> Answer:
    """ReconfigureComputeResource_Task: the world takes vSphere HA's switches first; afterwards all of its settings are shown."""
    cluster = desk.directory.clusters.name(question.this.value)
    settings = _das(question.args)
    if question.phase == "after":
        if settings and question.task and question.task["state"] == "success":
            _keep(desk, cluster, settings, merge=question.args.get("modify") is not False)
        return Proceed()
    known = desk.gateway.world.clusters[cluster]
    enabled, monitoring = settings.get("enabled"), settings.get("hostMonitoring")
    desk.gateway.perform(
        availability.configure,
        cluster,
        enabled=known.enabled if enabled is None else bool(enabled),
        monitored=known.monitored if monitoring is None else monitoring == "enabled",
    )
    return Proceed()


def _das(args: Arguments) -> dict[str, Any]:
    spec = args.get("spec") or {}
    return dict(spec.get("dasConfig") or {})


def _keep(desk: Desk, cluster: str, settings: dict[str, Any], *, merge: bool) -> None:
    """Vcsim keeps two of vSphere HA's settings; the rest is set beside it."""
    shown = desk.directory.clusters.object(cluster)
    config = desk.console.read(shown, "configurationEx")["configurationEx"]
    das = config.dasConfig if merge and config.dasConfig else vim.cluster.DasConfigInfo()
    given = decode({"_typeName": "ClusterDasConfigInfo", **settings})
    for info in given._GetPropertyList():
        if info.name in settings:
            setattr(das, info.name, getattr(given, info.name))
    desk.console.set(availability_settings(shown, config, das))


ROUTES: Routes = {
    "ReconfigureComputeResource_Task": Route("before,after", reconfigure),
}
