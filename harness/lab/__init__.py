"""The composition root: a blueprint, a release and a seed become a running lab."""

from harness.lab.access import ArrayAccess, BrokerAccess, CenterAccess, CloudAccess, HostAccess, NameAccess, RecoveryAccess
from harness.lab.beginnings import Beginnings
from harness.lab.composition import open_lab
from harness.lab.laboratory import Lab

__all__ = [
    "ArrayAccess",
    "Beginnings",
    "BrokerAccess",
    "CenterAccess",
    "CloudAccess",
    "HostAccess",
    "Lab",
    "NameAccess",
    "RecoveryAccess",
    "open_lab",
]
