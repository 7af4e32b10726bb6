"""The VMs that run the cloud, recovered by hand: what a recovery plan does, where there is none."""

from __future__ import annotations

from harness.probes.hosts import Hosts
from harness.probes.machines import Machines
from harness.probes.operator import Operator
from harness.probes.replicas import Replicas


class Management:
    """What an operator does to have the management VMs run at another site."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def recover(self, group: str, at: str, awaited: str) -> None:
        """Mount the replicas of a group on all hosts of the vCenter Server ``at``, and register and start what lies there.

        Ends when the vCenter Server ``awaited``, which is among it, answers and knows which of its hosts do.
        """
        replicas, hosts = Replicas(self._operator), self._operator.at(at).hosts
        replicas.take(group, hosts)
        replicas.rescan(hosts)  # vCenter learns of what was mounted on a host when the host is scanned
        for label in replicas.labels(group):
            Machines(self._operator).start_all(label, hosts[0])
        Hosts(self._operator).await_center(awaited)
