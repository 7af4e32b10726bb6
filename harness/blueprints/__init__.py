"""What a lab is built of: environments as data, checked by a schema.

>>> from harness.blueprints import load_blueprint
>>> [host.name for host in load_blueprint("three-hosts").hosts]
['esx01.lab.example', 'esx02.lab.example', 'esx03.lab.example']
"""

from harness.blueprints.cloud import References, imported
from harness.blueprints.desktops import provisioned
from harness.blueprints.genesis import initial_world
from harness.blueprints.loading import check_blueprints, load_blueprint, shipped_blueprints
from harness.blueprints.model import (
    Blueprint,
    CenterPlan,
    ClusterPlan,
    GroupPlan,
    HostPlan,
    MachinePlan,
    PoolPlan,
    ServicePlan,
    SitePlan,
    SwitchPlan,
    VolumePlan,
)
from harness.blueprints.placing import place_all
from harness.blueprints.products import CloudPlan, DesktopPoolPlan, ViewPlan

__all__ = [
    "Blueprint",
    "CenterPlan",
    "CloudPlan",
    "ClusterPlan",
    "DesktopPoolPlan",
    "GroupPlan",
    "HostPlan",
    "MachinePlan",
    "PoolPlan",
    "References",
    "ServicePlan",
    "SitePlan",
    "SwitchPlan",
    "ViewPlan",
    "VolumePlan",
    "check_blueprints",
    "imported",
    "initial_world",
    "load_blueprint",
    "place_all",
    "provisioned",
    "shipped_blueprints",
]
