"""Whatever is asked and whatever breaks, in any order and all at once: no event breaks an invariant, and it can be repeated."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import Refusal
from harness.operations import availability, faults, files, hosts, machines, migration, registration, storage, unresolved
from harness.units import DeviceId, HostName, minutes, seconds
from harness.world.events import Event
from harness.world.hosts import DVS_DATABASE, HOSTD, VPXA
from harness.world.machines import DvBacking
from harness.world.storage import LunAccessSet
from harness.world.volume_files import FileMoved, FileRemoved, FilesWritten, FileWritten, FolderMade, ModeChanged
from tests.world.planting import add_copy
from tests.world.scene import NAMES, SWITCH, Scene, make_scene

VMS = ("web01", "web02", "web03")
host, vm, label = st.sampled_from(NAMES), st.sampled_from(VMS), st.sampled_from(("vmfs01", "vmfs02"))
agent = st.sampled_from((HOSTD, VPXA))


def ask(scene: Scene, operation: Callable[..., object], *args: object, **kwargs: object) -> None:
    """Ask, and let time pass until it is done; or go on at once, with the answer still to come."""
    with contextlib.suppress(Refusal):
        if scene.hasty:
            scene.asked.append(scene.gateway.begin(operation, *args, **kwargs))  # type: ignore[arg-type]
        else:
            scene.gateway.perform(operation, *args, **kwargs)  # type: ignore[arg-type]


def ask_vm(operation: Callable[..., object], **fixed: object) -> Callable[..., None]:
    """The VM, or one that is gone."""
    return lambda scene, name: ask(scene, operation, scene.known[name].id, **fixed)


def ask_host(operation: Callable[..., object], **fixed: object) -> Callable[..., None]:
    return lambda scene, name: ask(scene, operation, name, **fixed)


def mask(scene: Scene, where: str, name: HostName) -> None:
    ask(scene, storage.present, scene.lun(where).device, scene.lun(where).presented - {name})


def lose_port_file(scene: Scene, name: str) -> None:
    machine = scene.gateway.world.machines.get(scene.known[name].id)
    backing = machine.nics[0].backing if machine else None
    if isinstance(backing, DvBacking) and backing.port:
        ask(scene, files.remove, NAMES[1], scene.port_file(name).absolute)


def replicate(scene: Scene, where: str, name: HostName) -> None:
    """A host sees a copy of a volume as it is now, once; the next time it sees the first one again."""
    copy = next((lun for lun in scene.gateway.world.luns.values() if not lun.resolved), None)
    if copy is None:
        add_copy(scene.gateway, scene.lun(where), frozenset({name}))
    else:
        ask(scene, storage.present, copy.device, copy.presented | {name})


def change_access(scene: Scene, copies: bool, writable: bool) -> None:
    """All copies, or all originals."""
    for lun in scene.gateway.world.luns.values():
        if copies is not lun.resolved:
            ask(scene, storage.set_access, lun.device, writable=writable)


def power_on_all(scene: Scene, name: HostName) -> None:
    """Every VM of a host: those too that were registered from a copy besides."""
    for machine in scene.gateway.world.machines_on(name):
        ask(scene, machines.power_on, machine.id)


def watch_access() -> Callable[[list[Event], object], None]:
    """Watches that no LUN is written to while it is read-only."""
    read_only: set[DeviceId] = set()

    def watch(events: list[Event], _world: object) -> None:
        for event in events:
            if isinstance(event, LunAccessSet):
                (read_only.discard if event.writable else read_only.add)(event.device)
            elif isinstance(event, FileWritten | FilesWritten | FileRemoved | FileMoved | FolderMade | ModeChanged):
                assert event.device not in read_only, event.text

    return watch


def register(scene: Scene, name: str, target: HostName) -> None:
    known = scene.known[name]
    place = scene.gateway.world.machines.get(known.id, known).vmx
    ask(scene, registration.register_from_files, target, place)


def toggle(scene: Scene, name: str, group: str) -> None:
    """Connect or disconnect the vNIC, or put it on another port group."""
    machine = scene.gateway.world.machines.get(scene.known[name].id)
    if machine is None:
        return
    nic = machine.nics[0]
    changed = replace(nic, start_connected=not nic.start_connected)
    key = next((g.key for g in scene.gateway.world.switches[SWITCH].groups.values() if g.name == group), "")
    if key:
        changed = replace(nic, backing=DvBacking(SWITCH, key))
    ask(scene, machines.reconfigure, replace(machine, nics=(changed,)))


def mount(scene: Scene, name: HostName, where: str) -> None:
    ask(scene, storage.mount, name, scene.lun(where).vmfs.id)


def force(scene: Scene, name: HostName, where: str, persistent: bool) -> None:
    ask(scene, unresolved.force_mount, name, scene.lun(where).vmfs.id, persistent=persistent)


def resignature(scene: Scene, name: HostName, where: str) -> None:
    ask(scene, unresolved.resignature, name, scene.lun(where).vmfs.id)


def unmount(scene: Scene, name: HostName, where: str) -> None:
    ask(scene, storage.unmount, name, scene.lun(where).vmfs.id)


def hurry(scene: Scene, hasty: bool) -> None:
    scene.hasty = hasty


ACTS: dict[str, tuple[Callable[..., None], tuple[st.SearchStrategy[object], ...]]] = {
    "cut power": (ask_host(hosts.cut_power), (host,)),
    "isolate": (ask_host(faults.switch_link, up=False), (host,)),
    "end isolation": (ask_host(faults.switch_link, up=True), (host,)),
    "give power": (ask_host(hosts.give_power), (host,)),
    "reboot": (ask_host(hosts.reboot, force=True), (host,)),
    "shut down": (ask_host(hosts.shut_down, force=True), (host,)),
    "enter maintenance": (ask_host(hosts.enter_maintenance), (host,)),
    "exit maintenance": (ask_host(hosts.exit_maintenance), (host,)),
    "restart services": (ask_host(hosts.restart_services), (host,)),
    "rescan": (ask_host(storage.rescan), (host,)),
    "power on": (ask_vm(machines.power_on), (vm,)),
    "power off": (ask_vm(machines.power_off), (vm,)),
    "kill": (ask_vm(machines.kill, soft=False), (vm,)),
    "reset": (ask_vm(machines.reset), (vm,)),
    "migrate": (lambda s, name, target: ask(s, migration.migrate, s.known[name].id, target), (vm, host)),
    "move": (lambda s, name, where: ask(s, migration.move_storage, s.known[name].id, s.lun(where).vmfs.id), (vm, label)),
    "unregister": (ask_vm(machines.unregister), (vm,)),
    "register": (register, (vm, host)),
    "toggle": (toggle, (vm, st.sampled_from(("", "production", "ephemeral", "dynamic", "narrow")))),
    "mount": (mount, (host, label)),
    "force": (force, (host, label, st.booleans())),
    "resignature": (resignature, (host, label)),
    "unmount": (unmount, (host, label)),
    "stop agent": (lambda s, name, agent: ask(s, hosts.stop_agent, name, agent), (host, agent)),
    "start agent": (lambda s, name, agent: ask(s, hosts.start_agent, name, agent), (host, agent)),
    "lose the switch database": (ask_host(files.lose_saved, path=DVS_DATABASE, content=None), (host,)),
    "lose": (lambda s, where: ask(s, storage.lose, s.lun(where).device), (label,)),
    "bring back": (lambda s, where: ask(s, storage.bring_back, s.lun(where).device), (label,)),
    "present": (lambda s, where: ask(s, storage.present, s.lun(where).device, frozenset(NAMES)), (label,)),
    "mask": (mask, (label, host)),
    "lose port file": (lose_port_file, (vm,)),
    "replicate": (replicate, (label, host)),
    "access": (change_access, (st.booleans(), st.booleans())),
    "power on all": (power_on_all, (host,)),
    "vCenter": (lambda s, on: ask(s, availability.switch_center, "vc01.lab.example", on=on), (st.booleans(),)),
    "HA": (lambda s, on: ask(s, availability.configure, "cluster01", enabled=on), (st.booleans(),)),
    "black out": (lambda s: ask(s, faults.black_out, NAMES, list(s.gateway.world.luns)), ()),
    "pass": (lambda s, span: s.gateway.pass_time(seconds(span)), (st.sampled_from((1, 2, 4, 12, 19, 60, 360, 4200)),)),
    "hurry": (hurry, (st.booleans(),)),
}
STEPS = st.one_of([st.tuples(st.just(name), *arguments) for name, (_, arguments) in ACTS.items()])


def take(scene: Scene, step: tuple[str, ...]) -> None:
    """One step of a history; what the world refuses is part of it."""
    ACTS[step[0]][0](scene, *step[1:])


def live(history: list[tuple[str, ...]], seed: int) -> Scene:
    with tempfile.TemporaryDirectory() as folder:
        scene = make_scene(Path(folder), "5.0", ha=True, seed=seed)
        scene.gateway.listen(watch_access())
        for number, name in enumerate(VMS, start=1):
            scene.add(name, host=number, group="ephemeral" if number == 3 else "production")
        scene.known = dict(zip(VMS, scene.gateway.world.machines.values(), strict=True))
        for step in history:
            take(scene, step)
        scene.pass_minutes(40)
        assert all(p.error is None or isinstance(p.error, Refusal) for p in scene.asked), [p.error for p in scene.asked]
        return scene


@settings(max_examples=80)
@given(st.lists(STEPS, max_size=25))
def test_no_history_breaks_an_invariant(history):
    scene = live(history, seed=1)
    assert scene.gateway.now >= scene.gateway.release.epoch.value + minutes(40)


@settings(max_examples=15)
@given(st.lists(STEPS, max_size=10), st.integers(0, 2**31))
def test_the_same_seed_and_history_give_the_same_world(history, seed):
    assert live(history, seed).gateway.world == live(history, seed).gateway.world
