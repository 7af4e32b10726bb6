"""Whatever is tested, recovered, lost and cut, in any order: tests leave no trace, and what is recovered is one known moment."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.blueprints import Blueprint
from harness.errors import Refusal
from harness.operations import faults, recovery, replication
from harness.units import Instant, minutes
from harness.world.recovery import PlanState, StepState
from tests.world.recovery_scene import CG, PLAN, Sites, asynchronous, by_hosts, make_sites

FILE = "orders"
SITES = ("protected", "recovery")
BUSY = {state for state in PlanState if state.endswith(("_IN_PROGRESS", "_INPUT"))}

ACTIONS = st.lists(
    st.one_of(
        st.sampled_from(["write", "test", "cleanup", "planned", "disaster", "reprotect", "suspend", "resume", "cut", "mend"]),
        st.tuples(st.sampled_from(["lose", "restore"]), st.sampled_from(SITES)),
        st.tuples(st.just("pass"), st.sampled_from([1, 7, 16, 45])),
        st.tuples(st.just("interrupt"), st.integers(1, 25)),
    ),
    min_size=3,
    max_size=14,
)


class Play:
    """Acts on a scene, and keeps what was written at the side that is protected."""

    def __init__(self, sites: Sites) -> None:
        self.sites = sites
        self.written: list[tuple[Instant, bytes]] = []

    @property
    def server(self) -> str:
        return self.sites.group.recovery

    @property
    def protected(self) -> str:
        return self.sites.gateway.world.recovery_servers[self.sites.group.protected].site

    def do(self, action: object) -> None:
        name, *arguments = action if isinstance(action, tuple) else (action,)
        before = self.sites.plan
        with suppress(Refusal):
            getattr(self, f"_{name}")(*arguments)
        self.look(before.state)

    def look(self, before: PlanState) -> None:
        plan = self.sites.plan
        assert plan.current is None, "an action that has returned is over"
        assert plan.state not in BUSY
        if plan.runs:
            assert all(step.began for step in plan.runs[-1].steps if step.over)
            assert bool(plan.runs[-1].failure) is (StepState.FAILED in {step.state for step in plan.runs[-1].steps})
        if plan.state in {PlanState.RECOVERY_COMPLETE, PlanState.DISASTER_RECOVERY_COMPLETE} and before is not plan.state:
            assert self.sites.statuses() <= {"RECOVERY_SUCCEEDED", "RECOVERY_WARNING"}

    def _write(self) -> None:
        if self.sites.plan.state is PlanState.READY:
            content = b"%d" % len(self.written)
            self.sites.write("vcd-db", FILE, content, self.protected)
            self.written.append((self.sites.gateway.now, content))

    def _test(self) -> None:
        self._without_a_trace(lambda: self.sites.gateway.perform(recovery.run_test, self.server, PLAN))

    def _cleanup(self) -> None:
        self._without_a_trace(lambda: self.sites.gateway.perform(recovery.clean_up, self.server, PLAN))
        assert {lun.name for lun in self.sites.gateway.world.luns.values() if lun.name.startswith("snapshot")} == set()

    def _without_a_trace(self, act: Callable[[], None]) -> None:
        """No VM at the protected site notices; what replication brings meanwhile is of the other side."""
        world, site = self.sites.gateway.world, self.protected
        try:
            act()
        finally:
            now = self.sites.gateway.world
            for machine in world.machines.values():
                if world.hosts[machine.host].site == site and world.sites[site].up and world.hosts[machine.host].running:
                    assert (now.machines[machine.id].vmx, now.machines[machine.id].nics) == (machine.vmx, machine.nics)
                    assert now.machines[machine.id].running or not machine.running

    def _planned(self) -> None:
        fresh = self.sites.plan.state is PlanState.READY
        self.sites.gateway.perform(recovery.recover, self.server, PLAN, planned=True)
        if fresh and self.written:
            assert self.recovered() == self.written[-1][1], "a planned migration loses nothing"

    def _disaster(self) -> None:
        fresh, moment = self.sites.plan.state is PlanState.READY, self.moment()
        self.sites.gateway.perform(recovery.recover, self.server, PLAN, planned=False)
        held = [content for at, content in self.written if moment and at <= moment]
        if fresh and held:
            assert int(self.recovered() or b"-1") >= int(held[-1]), "what was completed is not lost"

    def moment(self) -> Instant | None:
        """What the recovery site holds now."""
        if CG in self.sites.gateway.world.replication:
            return self.sites.cg.held(self.sites.gateway.now)
        return self.sites.protected("vcd-db").completed

    def recovered(self) -> bytes | None:
        """The file as the recovered VM has it."""
        world = self.sites.gateway.world
        machine = world.machines[self.sites.protected("vcd-db").placeholder]
        place = world.readable(machine.host, machine.vmx.parent / FILE)
        return self.sites.gateway.store.read(place) if place and self.sites.gateway.store.size(place) else None

    def _reprotect(self) -> None:
        side = self.server
        self.sites.gateway.perform(recovery.reprotect, self.server, PLAN)
        assert self.sites.group.protected == side
        self.written.clear()

    def _suspend(self) -> None:
        self.sites.gateway.perform(replication.suspend, CG)

    def _resume(self) -> None:
        self.sites.gateway.perform(replication.resume, CG)

    def _cut(self) -> None:
        self.sites.gateway.perform(replication.switch_link, CG, up=False)

    def _mend(self) -> None:
        self.sites.gateway.perform(replication.switch_link, CG, up=True)

    def _lose(self, site: str) -> None:
        self.sites.gateway.perform(faults.lose_site, site)

    def _restore(self, site: str) -> None:
        self.sites.gateway.perform(faults.restore_site, site)

    def _pass(self, count: int) -> None:
        self.sites.pass_minutes(count)

    def _interrupt(self, count: int) -> None:
        """A recovery whose own site dies in the middle."""
        process = self.sites.gateway.begin(recovery.recover, self.server, PLAN, planned=False)
        self.sites.pass_minutes(count)
        site = self.sites.gateway.world.recovery_servers[self.server].site
        self.sites.gateway.perform(faults.lose_site, site)
        self.sites.pass_minutes(60)
        assert process.done
        self.sites.gateway.perform(faults.restore_site, site)
        self.sites.pass_minutes(20)


SCENES: dict[str, Callable[[Blueprint], Blueprint]] = {
    "synchronous": lambda blueprint: blueprint,
    "asynchronous, presented beforehand": asynchronous(minutes(15), "beforehand"),
    "vSphere Replication": by_hosts(minutes(15)),
}


@pytest.mark.parametrize("kind", SCENES)
@settings(max_examples=10)
@given(actions=ACTIONS)
def test_whatever_is_done_a_plan_ends_in_a_state_from_which_it_goes_on(kind, actions):
    with tempfile.TemporaryDirectory() as folder:
        play = Play(make_sites(Path(folder), SCENES[kind]))
        for action in actions:
            play.do(action)
        finish(play)
        sites = play.sites
        assert sites.plan.state in {PlanState.RECOVERY_COMPLETE}
        assert all(sites.gateway.world.machines[m.placeholder].running for m in sites.group.machines)
        assert not any(sites.gateway.world.machines[m.machine].running for m in sites.group.machines)


def finish(play: Play) -> None:
    """Mend everything, and bring what was begun to its end."""
    for site in SITES:
        play.do(("restore", site))
    for action in ("mend", "resume", ("pass", 45)):
        play.do(action)
    if play.sites.plan.state in {PlanState.TEST_COMPLETE, PlanState.TEST_INCOMPLETE, PlanState.CLEANUP_INCOMPLETE}:
        play.do("cleanup")
    if play.sites.plan.state is PlanState.REPROTECT_INCOMPLETE:
        play.do("reprotect")
    if play.sites.plan.state is not PlanState.RECOVERY_COMPLETE:
        play.do("planned")
