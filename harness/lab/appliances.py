"""The management APIs of a lab that are web applications, each at a door of its own.

Their packages are slow to import: only a lab that has such an API imports them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from harness.blueprints import Blueprint, CloudPlan, ViewPlan, imported, provisioned
from harness.gateway import Gateway
from harness.lab.access import ArrayAccess, BrokerAccess, CloudAccess, RecoveryAccess
from harness.lab.doors import Doors
from harness.operations import cloud as operations
from harness.operations import desktops
from harness.protocols.vcenter.seam import Seam
from harness.simulators.front_door import Passage
from harness.units import Credentials
from harness.world.aggregate import World
from harness.world.replication import Array
from harness.world.services import Service
from harness.world.sites import Site

if TYPE_CHECKING:
    from harness.protocols.web.server import WebServer

STORAGE = Credentials("admin", "Storage1!")
"""Who logs in to a lab's arrays. Nothing of value is behind this password."""
RECOVERY = Credentials("administrator@vsphere.local", "Recovery1!")
"""Who logs in to the servers of Site Recovery Manager at both sites. Nothing of value is behind this password either."""
CLOUD = Credentials("administrator@System", "vCloud1!")
"""Who logs in to a lab's vCloud Director as a system administrator; the passwords of both kinds of users are worth nothing."""
TENANT_PASSWORD = "Tenant1!"  # noqa: S105 - as said above
USER_PASSWORD = "Desktop1!"  # noqa: S105 - of all users of desktops; as said above
NOBODY = Credentials("LAB\\nobody", USER_PASSWORD)
"""Who logs in to View where no desktop is anybody's: nobody can."""


@dataclass(frozen=True)
class Appliances:
    """How the management APIs of a lab are reached, each by its name."""

    arrays: Mapping[str, ArrayAccess] = field(default_factory=dict)
    srm: Mapping[str, RecoveryAccess] = field(default_factory=dict)
    vcloud: Mapping[str, CloudAccess] = field(default_factory=dict)
    view: Mapping[str, BrokerAccess] = field(default_factory=dict)


def serve_appliances(blueprint: Blueprint, gateway: Gateway, seams: Sequence[Seam], doors: Doors, parts: ExitStack) -> Appliances:
    """The management APIs that a lab has, from one server, which ends with ``parts``.

    A release without vCloud Director or View has none, whatever the blueprint describes.
    """
    products, world = gateway.release.products, gateway.world
    cloud, view = blueprint.cloud if "vcd" in products else None, blueprint.view if "view" in products else None
    if not world.arrays and not world.recovery_servers and cloud is None and view is None:
        return Appliances()
    from harness.protocols.web.server import WebServer  # noqa: PLC0415 - see above

    server = WebServer()
    parts.callback(server.stop)
    under = {seam.name: seam for seam in seams}
    if cloud:
        gateway.perform(operations.record, imported(blueprint, cloud, under[cloud.center].references()))
    if view:
        gateway.perform(desktops.record, provisioned(view, under[view.center].references().machines))
    return Appliances(
        serve_arrays(gateway, server, doors),
        serve_recovery(gateway, server, doors),
        serve_cloud(gateway, cloud, under[cloud.center], server, doors) if cloud else {},
        serve_view(gateway, view, under[view.center], server, doors) if view else {},
    )


def serve_arrays(gateway: Gateway, server: WebServer, doors: Doors) -> dict[str, ArrayAccess]:
    """The management API of each array; it answers while its array is on."""
    from harness.protocols.web.server import OnDemand  # noqa: PLC0415 - see above

    served = {}
    for name, array in gateway.world.arrays.items():
        entrance = server.entrance(OnDemand(partial(_array_application, gateway, name)))
        served[name] = ArrayAccess(name, array.site, doors.add(entrance, _array(name), _as_array), STORAGE)
    return served


def _array_application(gateway: Gateway, array: str) -> object:
    from harness.protocols.array_api import make_application  # noqa: PLC0415 - see above

    return make_application(gateway, array, STORAGE)


def _array(name: str) -> Callable[[World], Array]:
    return lambda world: world.arrays[name]


def _as_array(array: Array) -> Passage:
    return "open" if array.on else "shut"


def serve_recovery(gateway: Gateway, server: WebServer, doors: Doors) -> dict[str, RecoveryAccess]:
    """The REST API of each server of Site Recovery Manager; it answers while its site is up."""
    if not gateway.world.recovery_servers:
        return {}
    from harness.protocols.web.server import OnDemand  # noqa: PLC0415 - see above

    served = {}
    for name, known in gateway.world.recovery_servers.items():
        entrance = server.entrance(OnDemand(partial(_recovery_application, gateway, name)))
        served[name] = RecoveryAccess(name, known.site, doors.add(entrance, _site(known.site), _as_site), RECOVERY)
    return served


def _recovery_application(gateway: Gateway, server: str) -> object:
    from harness.protocols.srm_api import make_application  # noqa: PLC0415 - see above

    return make_application(gateway, server, RECOVERY)


def _site(name: str) -> Callable[[World], Site]:
    return lambda world: world.sites[name]


def _as_site(site: Site) -> Passage:
    return "open" if site.up else "shut"


def serve_cloud(gateway: Gateway, plan: CloudPlan, seam: Seam, server: WebServer, doors: Doors) -> dict[str, CloudAccess]:
    """The vCloud API of a vCloud Director over the resource vCenter ``seam``; it answers while a cell runs."""
    from harness.protocols.web.server import OnDemand  # noqa: PLC0415 - see above

    tenants = {name: Credentials(f"admin@{name}", TENANT_PASSWORD) for name in plan.organisations}

    def application() -> object:
        from harness.protocols.vcloud_api import make_application  # noqa: PLC0415 - see above

        return make_application(gateway, plan.name, seam.reader(), [CLOUD, *tenants.values()])

    address = doors.add(server.entrance(OnDemand(application)), _cells(plan.name), _as_service)
    return {plan.name: CloudAccess(plan.name, address, CLOUD, tenants)}


def _cells(cloud: str) -> Callable[[World], Service]:
    return lambda world: world.services[world.clouds[cloud].cells]


def serve_view(gateway: Gateway, plan: ViewPlan, seam: Seam, server: WebServer, doors: Doors) -> dict[str, BrokerAccess]:
    """The broker of each connection server of a View over the desktop vCenter ``seam``; it answers while its VM serves it."""
    from harness.protocols.view_api import DOMAIN, make_application  # noqa: PLC0415 - see above

    names = [name for pool in plan.pools for name in pool.users.values()]
    users = {name: Credentials(name, USER_PASSWORD) for name in names}
    shown = {name: Credentials(f"{DOMAIN}\\{name}", USER_PASSWORD) for name in names}
    served = {}
    for name in plan.servers:
        entrance = server.entrance(make_application(gateway, plan.name, name, seam.reader(), users))
        address = doors.add(entrance, _service(name), _as_service)
        served[name] = BrokerAccess(name, address, next(iter(shown.values()), NOBODY), shown)
    return served


def _service(name: str) -> Callable[[World], Service]:
    return lambda world: world.services[name]


def _as_service(service: Service) -> Passage:
    return "open" if service.ready else "shut"
