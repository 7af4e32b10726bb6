"""Whatever is repointed, mounted, lost and booted, in any order: a mount leads where its name led within its time to live."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import Refusal
from harness.operations import hosts, machines, nas, replication
from harness.units import DeviceId, HostName, Instant, minutes
from harness.world.aggregate import World
from harness.world.events import Event
from harness.world.mounts import VolumeMounted
from harness.world.names import ZoneChanged, address_of
from tests.nas import ALIAS, FAR, NEAR, VOLUME, alias_to, nas_scene
from tests.world.scene import NAMES, Scene

TIME_TO_LIVE = minutes(5)
FAR_EXPORT = DeviceId("nfs.nas-far.vol.desktops")


class Ledger:
    """Where the alias led and when, and the check of every mount by it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.led: list[tuple[Instant, str]] = [(scene.gateway.now, NEAR)]
        scene.gateway.listen(self.follow)

    def follow(self, events: list[Event], world: World) -> None:
        now = self.scene.gateway.now
        for event in events:
            if isinstance(event, ZoneChanged):
                self.led.append((now, address_of(world, ALIAS)))
            elif isinstance(event, VolumeMounted) and event.mount.nas:
                asked = event.mount.nas.host
                address = world.arrays[world.exports[event.mount.device].array].address
                assert address in ({asked} if asked != ALIAS else self.believable(now)), (address, self.led)

    def believable(self, now: Instant) -> set[str]:
        """The addresses that the alias had at some moment of its time to live until now."""
        ends = [*(at for at, _ in self.led[1:]), now]
        return {address for (_, address), end in zip(self.led, ends, strict=True) if end >= now - TIME_TO_LIVE}


def ask(scene: Scene, operation: Callable[..., object], *arguments: object, **named: object) -> None:
    with suppress(Refusal):
        scene.gateway.perform(operation, *arguments, **named)  # type: ignore[arg-type]


def mount_anew(scene: Scene, name: HostName) -> None:
    ask(scene, nas.remove, name, "nfs01")
    ask(scene, nas.add, name, VOLUME)


host = st.sampled_from(NAMES)
site = st.sampled_from(("near", "far"))
ACTS: dict[str, tuple[Callable[..., object], tuple[st.SearchStrategy[object], ...]]] = {
    "nothing": (lambda s: None, ()),
    "mount by address": (lambda s, h: ask(s, nas.add, h, replace(VOLUME, label="other", host=FAR)), (host,)),
    "remove": (lambda s, h: ask(s, nas.remove, h, "nfs01"), (host,)),
    "restore": (lambda s, h: ask(s, nas.restore, h), (host,)),
    "nas": (lambda s, which, on: ask(s, replication.switch_array, f"nas-{which}", on=on), (site, st.booleans())),
    "cut": (lambda s, h: ask(s, hosts.cut_power, h), (host,)),
    "give": (lambda s, h: ask(s, hosts.give_power, h), (host,)),
    "power on": (lambda s: ask(s, machines.power_on, s.machine("desk1").id), ()),
    "power off": (lambda s: ask(s, machines.power_off, s.machine("desk1").id), ()),
}
ROUNDS = st.tuples(
    st.one_of([st.tuples(st.just(name), *arguments) for name, (_, arguments) in ACTS.items()]),
    site,
    st.sampled_from((0, 3, 6)),
    host,
)
"""Something happens, the alias is repointed, time passes, and a host mounts by it."""


@settings(max_examples=40)
@given(st.lists(ROUNDS, max_size=10))
def test_a_mount_leads_where_its_name_led_within_its_time_to_live(rounds):
    with tempfile.TemporaryDirectory() as folder:
        scene = nas_scene(Path(folder), "5.1", ha=True)
        scene.gateway.perform(replication.break_replication, "cg-desktops")
        scene.gateway.perform(replication.present, FAR_EXPORT, NAMES)
        Ledger(scene)
        scene.add("desk1", 1, "nfs01")
        for (name, *arguments), led, span, mounting in rounds:
            ACTS[name][0](scene, *arguments)
            alias_to(scene.gateway, f"nas-{led}.lab.example")
            scene.pass_minutes(span)
            mount_anew(scene, mounting)
        scene.pass_minutes(6)
