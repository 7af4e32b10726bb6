"""Which consequences each kind of event has. One table, so that a reader sees what follows from what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

from harness.physics import (
    availability,
    hosts,
    machines,
    nas,
    network,
    protection,
    replication,
    restarts,
    services,
    sites,
    storage,
    switch_files,
)
from harness.physics.effects import Effects
from harness.physics.laws import Laws
from harness.world import hosts as host_events
from harness.world import machines as machine_events
from harness.world import mounts as mount_events
from harness.world import replication as replication_events
from harness.world import storage as storage_events
from harness.world import volume_files as file_events
from harness.world.agents import AgentLaunched, AgentStarted, AgentStopped
from harness.world.availability import AvailabilityConfigured, CenterEvent, MasterElected
from harness.world.events import Event
from harness.world.host_power import HostBooted, HostBooting, HostPowerLost, HostShutDown
from harness.world.services import ServiceStarted, ServiceStopped
from harness.world.sites import SiteLost, SiteReturned
from harness.world.unresolved import VolumeResignatured

Rule = tuple[ModuleType, str]

RULES: Mapping[type[Event], tuple[Rule, ...]] = {
    HostBooting: ((hosts, "begin_boot"),),
    HostBooted: ((hosts, "keep_saving"), (switch_files, "keep_syncing"), (availability, "start_agent")),
    HostPowerLost: (
        (machines, "lose_power"),
        (hosts, "notice_silence"),
        (availability, "lose_agent"),
    ),
    HostShutDown: ((hosts, "notice_silence"), (availability, "lose_agent")),
    AgentLaunched: ((hosts, "begin_agent"),),
    AgentStarted: ((network, "load_at_agent_start"), (hosts, "speak_again"), (availability, "join")),
    AgentStopped: ((hosts, "notice_silence"), (availability, "agent_stopped")),
    host_events.ManagementLinkSwitched: ((hosts, "link_switched"), (availability, "link_switched")),
    host_events.MaintenanceEntered: ((availability, "lose_agent"),),
    host_events.MaintenanceLeft: ((availability, "leave_maintenance"),),
    host_events.HostMoved: ((availability, "host_moved"),),
    host_events.ConnectionChanged: ((hosts, "resynchronise"),),
    CenterEvent: ((hosts, "vcenter_switched"),),
    mount_events.VolumeMounted: ((restarts, "storage_appeared"),),
    storage_events.LunLost: ((replication, "lun_switched"),),
    storage_events.LunReturned: (
        (storage, "announce_target"),
        (nas, "server_returned"),
        (restarts, "lun_improved"),
        (replication, "lun_switched"),
    ),
    storage_events.LunAccessSet: ((restarts, "lun_improved"),),
    storage_events.LunPresented: ((restarts, "lun_improved"),),
    file_events.FileWritten: ((replication, "mirror"),),
    file_events.FilesWritten: ((replication, "mirror"),),
    file_events.FolderMade: ((replication, "mirror"),),
    file_events.ModeChanged: ((replication, "mirror"),),
    file_events.FileRemoved: ((replication, "mirror"),),
    file_events.FileMoved: ((replication, "mirror"),),
    file_events.FilesNoticed: ((replication, "mirror"),),
    VolumeResignatured: ((replication, "mirror"),),
    replication_events.ArraySwitched: ((replication, "array_switched"),),
    replication_events.LinkSwitched: ((replication, "link_switched"),),
    replication_events.GroupStateChanged: ((replication, "keep_replicating"),),
    machine_events.MachineRegistered: ((machines, "keep_vmx"),),
    machine_events.MachineChanged: ((machines, "keep_vmx"),),
    machine_events.MachineUnregistered: ((restarts, "settle"),),
    machine_events.MachineStarted: (
        (restarts, "settle"),
        (machines, "begin_run"),
        (protection, "protect_soon"),
        (services, "start_soon"),
    ),
    machine_events.MachineStopped: ((network, "unlink_all"), (protection, "machine_stopped"), (services, "stop")),
    AvailabilityConfigured: ((availability, "configured"),),
    MasterElected: ((restarts, "take_over_soon"),),
    ServiceStarted: ((services, "switch_center"),),
    ServiceStopped: ((services, "switch_center"),),
    SiteLost: ((sites, "go_dark"),),
    SiteReturned: ((sites, "come_back"),),
}
"""For each kind of event the rules that follow from it, in order; a rule is looked up in its module when it is needed."""


def consequences(laws: Laws, event: Event) -> Effects:
    """What follows at once from ``event``, and the timers that it sets."""
    for module, name in RULES.get(type(event), ()):
        rule: Callable[[Laws, Event], Effects] = getattr(module, name)
        yield from rule(laws, event)
