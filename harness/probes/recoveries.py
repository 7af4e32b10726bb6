"""Recovery plans as an operator runs them: at the server of the recovery site, to the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.probes.failures import Absent, RecoveryUnreachable, Unmet
from harness.probes.operator import Operator
from harness.units import Instant

if TYPE_CHECKING:
    from harness.probes.recovery import RecoveryClient
    from harness.probes.recovery_views import PlanView, RunView, TaskView


class Recoveries:
    """What an operator does with recovery plans, and sees of them. A plan is found at the server that can run it."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def find(self, plan: str) -> tuple[RecoveryClient, PlanView]:
        """A plan as it is now, and the server of its recovery site.

        Raises ``RecoveryUnreachable`` where that does not answer, ``Absent``.
        """
        silent: RecoveryUnreachable | None = None
        for name in self._operator.place.srm:
            try:
                shown = self._operator.srm(name).plan(plan)
                if shown.state != "PROTECTING":
                    return self._operator.srm(name), shown
            except RecoveryUnreachable as error:
                silent = error.with_traceback(None)  # which leads to this frame, and so to itself
        if silent:
            raise silent
        raise Absent("recovery plan", plan, "this place", ())

    def look(self, plan: str) -> PlanView:
        """A plan as it is now."""
        return self.find(plan)[1]

    def test(self, plan: str, *, synchronise: bool = False) -> None:
        """Test a plan, and wait until the test stands. All these raise ``RecoveryRefusal`` where the plan stops."""
        self._run(plan, lambda server, known: server.test(known, synchronise=synchronise))

    def clean_up(self, plan: str) -> None:
        """Clean a test up."""
        self._run(plan, lambda server, known: server.clean_up(known))

    def recover(self, plan: str, *, planned: bool) -> None:
        """Run a plan: a planned migration, or a disaster recovery."""
        self._run(plan, lambda server, known: server.recover(known, planned=planned))

    def recover_at(self, server: str, plan: str, *, planned: bool) -> None:
        """The same at a server of one's choice."""
        client = self._operator.srm(server)
        self._follow(client, client.recover(client.plan(plan), planned=planned))

    def check_state(self, plan: str, state: str) -> None:
        """The plan is in that state, as the server of its recovery site shows it."""
        shown = self.look(plan).state
        if shown != state:
            raise Unmet(f"the recovery plan {plan}", state, [("its server", shown)])

    def check_history(self, plan: str, *modes: str) -> None:
        """The last runs of the plan were of these modes, and none of them stopped."""
        server, shown = self.find(plan)
        runs = server.history(shown)[-len(modes) :]
        if [(run.mode, run.error) for run in runs] != [(mode, "") for mode in modes]:
            told = ", ".join(f"{run.mode} {run.error}" for run in runs) or "none"
            raise Unmet(f"the runs of {plan}", " and ".join(modes), [("its server", told)])

    def check_reported(self, plan: str, group: str, moment: Instant) -> None:
        """The report of the plan's last run says that what it recovered of the group is of that moment."""
        expected = f"{group} as of {moment:%Y-%m-%dT%H:%M:%SZ}"
        said = [step.message for step in self.last_run(plan).steps if group in step.message]
        if not any(expected in each for each in said):
            raise Unmet(f"the report of {plan}", expected, [("it", "; ".join(said) or "nothing of it")])

    def reprotect(self, plan: str) -> None:
        """Protect what was recovered in the other direction."""
        self._run(plan, lambda server, known: server.reprotect(known))

    def last_run(self, plan: str) -> RunView:
        """What came of the last run of a plan; raises ``Absent`` where there was none."""
        server, shown = self.find(plan)
        history = server.history(shown)
        if not history:
            raise Absent("run", plan, server.name)
        return history[-1]

    def _run(self, plan: str, begin: Callable[[RecoveryClient, PlanView], TaskView]) -> None:
        server, shown = self.find(plan)
        self._follow(server, begin(server, shown))

    def _follow(self, server: RecoveryClient, task: TaskView) -> None:
        shown = [task]

        def ended() -> bool:
            shown.append(server.task(task))
            return shown[-1].ended

        why = f"{task.description} at {server.name}"
        self._operator.wait(ended, self._operator.limits.plans, why, asked=[server.name])
        server.check(shown[-1])
