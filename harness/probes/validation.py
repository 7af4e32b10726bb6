"""The checking steps of a fail-over: what a person looks at before going on, and what is found amiss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from harness.probes.failures import Absent, CenterUnreachable, Unmet
from harness.probes.hosts import Hosts
from harness.probes.looks import HOSTS_AND_DATASTORES
from harness.probes.operator import Operator
from harness.probes.running import Running
from harness.probes.storage import reached


class Validation:
    """Looks, notes what is amiss, and leaves it to others what comes of it."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def machines(self, names: Sequence[str], center: str) -> None:
        """Each of these VMs runs on a host of the vCenter Server, and in the time that services take what they serve answers."""
        if not names:
            raise Absent("VM", "", "what was noted")
        running = Running(self._operator, self._operator.at(center).hosts).by_host()
        self._note([f"{name} does not run at {center}" for name in names if name not in running])
        for session in self._operator.centers:
            if session.name.partition(".")[0] in names and self._comes(session.answers, session.name):
                Hosts(self._operator).await_knowledge(session)
        for cloud in self._operator.place.vcloud:
            self._comes(self._operator.cloud(cloud).answers, cloud)
        for server in self._operator.place.view:
            self._comes(self._operator.broker(server).answers, server)

    def datastores(self, labels: Sequence[str], hosts: Sequence[str]) -> None:
        """Each of these datastores is accessible on each of the hosts, as their vCenter Server and their shells show it."""
        try:
            self._note(list(self._inaccessible(labels, hosts)))
        except CenterUnreachable as error:
            self._note([f"{error.name.partition('.')[0]} does not answer"])

    def check_clean(self) -> None:
        """Nothing was found by the last one of each kind, and there was one."""
        if not self._operator.notes.validations or self._operator.notes.findings:
            raise Unmet("what was validated", "nothing amiss", [("the operator", self._told())])

    def check_found(self, finding: str) -> None:
        """That was found."""
        if finding not in self._operator.notes.findings:
            raise Unmet("what was validated", finding, [("the operator", self._told())])

    def _inaccessible(self, labels: Sequence[str], hosts: Sequence[str]) -> Iterator[str]:
        names = [self._operator.host_name(host) for host in hosts]
        seen = self._operator.around(names[0]).look(HOSTS_AND_DATASTORES)
        shown = {label: seen.datastores[label].accessible for label in labels if label in seen.datastores}
        read = {
            name: reached(self._operator.shell(name), [label for label, accessible in shown.items() if accessible.get(name)])
            for name in names
        }
        for label in labels:
            for name in names:
                if label not in read[name]:
                    yield f"{label} is not accessible on {name.partition('.')[0]}"

    def _comes(self, answers: Callable[[], bool], name: str) -> bool:
        came = self._operator.place.wait_for(answers, self._operator.limits.services, f"{name} answers")
        if not came:
            self._operator.notes.findings.append(f"{name.partition('.')[0]} does not answer")
        return came

    def _note(self, findings: list[str]) -> None:
        self._operator.notes.validations += 1
        self._operator.notes.findings += findings

    def _told(self) -> str:
        return "; ".join(self._operator.notes.findings) or f"nothing amiss, {self._operator.notes.validations} validations"
