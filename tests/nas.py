"""The blueprint ``nas-sites.toml`` of the tests: its names, and what operators do there, in short."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.gateway import Gateway
from harness.operations import names, replication
from harness.world.names import Record, Zone
from harness.world.storage import NasVolume
from tests.world.scene import Scene, make_scene

SOURCE = Path(__file__).parent / "nas-sites.toml"
ALIAS, NEAR, FAR = "nas.lab.example", "198.51.100.10", "198.51.100.20"
VOLUME = NasVolume("nfs01", ALIAS, "/vol/desktops")


def nas_scene(folder: Path, release: str, *, ha: bool = False) -> Scene:
    """The blueprint as a world in motion, whose replication is under way."""
    scene = make_scene(folder, release, ha=ha, source=SOURCE)
    scene.gateway.perform(replication.begin)
    return scene


def alias_to(gateway: Gateway, target: str) -> None:
    """Point the alias of the NAS elsewhere, as the world has it."""

    def edit(zone: Zone) -> tuple[Record, ...]:
        return tuple(replace(r, value=target) if r.name == ALIAS else r for r in zone.records)

    gateway.perform(names.change, "lab.example", edit)
