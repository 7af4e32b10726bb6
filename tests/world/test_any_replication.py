"""Whatever is written, broken, cut and reversed, in any order: targets hold one moment of their sources, the last completed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import Refusal
from harness.operations import files, replication, storage, unresolved
from harness.physics.replication import targets
from harness.units import DeviceId, Instant
from harness.world.aggregate import World
from harness.world.events import Event
from harness.world.replication import GroupState, ReplicationGroup
from tests.world.replicas import GROUP, Contents, contents, directory, group, replicate
from tests.world.scene import NAMES, Scene, make_scene

A, _, C = NAMES
VOLUMES = ("vmfs01", "vmfs02")
FOREIGN = "foreign"


class Ledger:
    """What every LUN held at every moment, and the check of what the targets hold."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.history: list[tuple[Instant, dict[DeviceId, Contents]]] = []
        self.note()
        scene.gateway.listen(self.follow)

    def note(self) -> None:
        self.history.append((self.scene.gateway.now, {d: contents(self.scene, d) for d in self.scene.gateway.world.luns}))

    def follow(self, _events: list[Event], world: World) -> None:
        self.note()
        now = world.replication[GROUP]
        if now.mirrors:
            shown = self.history[-1][1]
            assert all(own(shown[pair.target]) == own(shown[pair.source]) for pair in now.pairs)
        elif now.state is not GroupState.BROKEN and now.completed is not None:
            assert self.held(now) in self.sources_at(now, now.completed)

    def held(self, now: ReplicationGroup) -> list[Contents]:
        return [self.history[-1][1][pair.target] for pair in now.pairs]

    def sources_at(self, now: ReplicationGroup, moment: Instant) -> list[list[Contents]]:
        """What the sources held at a moment, all of them together; where something happened in it, before and after."""
        last = max((n for n, (at, _) in enumerate(self.history) if at < moment), default=0)
        shown = [luns for at, luns in self.history[last:] if at <= moment]
        return [[luns[pair.source] for pair in now.pairs] for luns in shown]


def own(found: Contents) -> Contents:
    """Without what the world does not learn of before a group catches up."""
    return {path: what for path, what in found.items() if not path.startswith(FOREIGN)}


def ask(scene: Scene, operation: Callable[..., object], *args: object, **fields: object) -> None:
    with suppress(Refusal):
        scene.gateway.perform(operation, *args, **fields)  # type: ignore[arg-type]


def write_from_outside(scene: Scene, label: str, text: bytes) -> None:
    folder = directory(scene, scene.lun(label).device) / FOREIGN
    folder.mkdir(exist_ok=True)
    (folder / "file").write_bytes(text)


def use_replicas(scene: Scene) -> None:
    for device in targets(group(scene.gateway)):
        ask(scene, replication.make_writable, device)
        ask(scene, replication.present, device, [C])
        ask(scene, storage.rescan, C)
        ask(scene, unresolved.force_mount, C, scene.gateway.world.luns[device].vmfs.id, persistent=True)


def of_group(operation: Callable[..., object]) -> tuple[Callable[..., None], tuple[st.SearchStrategy[object], ...]]:
    return lambda scene: ask(scene, operation, GROUP), ()


def at(label: str, path: str) -> str:
    return f"/vmfs/volumes/{label}/{path}"


host, label, text = st.sampled_from((A, C)), st.sampled_from(VOLUMES), st.binary(max_size=2)
path = st.sampled_from(("note", "other", "folder/note"))
ACTS: dict[str, tuple[Callable[..., None], tuple[st.SearchStrategy[object], ...]]] = {
    "write": (lambda s, h, v, p, t: ask(s, files.write, h, at(v, p), t), (host, label, path, text)),
    "make folder": (lambda s, h, v: ask(s, files.make_folder, h, at(v, "folder")), (host, label)),
    "rename": (lambda s, h, v, p, q: ask(s, files.rename, h, at(v, p), at(v, q)), (host, label, path, path)),
    "remove": (lambda s, h, v, p: ask(s, files.remove, h, at(v, p)), (host, label, path)),
    "from outside": (write_from_outside, (label, text)),
    "use replicas": (use_replicas, ()),
    "suspend": of_group(replication.suspend),
    "resume": of_group(replication.resume),
    "synchronise": of_group(replication.synchronise),
    "break": of_group(replication.break_replication),
    "reverse": of_group(replication.reverse),
    "resynchronise": of_group(replication.resynchronise),
    "array": (
        lambda s, name, on: ask(s, replication.switch_array, name, on=on),
        (st.sampled_from(("array01", "array02")), st.booleans()),
    ),
    "line": (lambda s, up: ask(s, replication.switch_link, GROUP, up=up), (st.booleans(),)),
    "mask": (lambda s, v, h: ask(s, replication.mask, s.lun(v).device, [h]), (label, host)),
    "pass": (lambda s, span: s.pass_minutes(span), (st.sampled_from((0.5, 6, 16)),)),
}
STEPS = st.one_of([st.tuples(st.just(name), *arguments) for name, (_, arguments) in ACTS.items()])


@settings(max_examples=50)
@given(
    st.lists(STEPS, max_size=16),
    st.sampled_from(("synchronous", "asynchronous")),
    st.sampled_from(("beforehand", "by-procedure")),
)
def test_targets_hold_the_last_completed_moment_of_their_sources(history, mode, presents):
    with tempfile.TemporaryDirectory() as folder:
        scene = replicate(make_scene(Path(folder)), mode, presents)
        ledger = Ledger(scene)
        scene.add("web01")
        for name, *arguments in history:
            ACTS[name][0](scene, *arguments)
            ledger.note()
        scene.pass_minutes(16)
