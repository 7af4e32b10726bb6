"""Forced mounts: whose they are, and what a boot makes of them."""

from __future__ import annotations

import pytest

from harness.operations import files, storage, unresolved
from harness.world.hosts import CONFIG_STORE, ESX_CONF
from harness.world.storage import Mount
from harness.world.unresolved import Reason
from tests.world.copies import configuration, copied, cut, force, host, refused, restart, view, volume_of, with_copy
from tests.world.planting import add_copy
from tests.world.scene import NAMES

A, B, C = NAMES


@pytest.fixture(params=["5.0", "8.0"])
def scene(build, request):
    return with_copy(build(request.param))


def test_a_mount_is_the_hosts_own_and_is_not_made_twice(scene):
    force(scene, persistent=False)
    assert host(scene).mounts[volume_of(scene)] == Mount(volume_of(scene), copied(scene).device, forced=True, persistent=False)
    assert volume_of(scene) not in host(scene, C).mounts
    assert view(scene) == [(True, None, Reason.IN_USE)]
    assert view(scene, C) == [(False, None, Reason.IN_USE)]
    assert refused(scene, unresolved.force_mount, B, volume_of(scene), persistent=True) == "InvalidState"
    force(scene, C, persistent=False)


def test_a_mount_that_is_not_persistent_is_gone_after_a_boot(scene):
    before = configuration(scene)
    force(scene, persistent=False)
    assert configuration(scene) == before
    restart(scene)
    assert volume_of(scene) not in host(scene).mounts
    assert view(scene) == [(False, None, None)]


def test_a_persistent_mount_is_there_again_after_a_boot(scene):
    force(scene, persistent=True)
    restart(scene)
    assert host(scene).mounts[volume_of(scene)] == Mount(volume_of(scene), copied(scene).device, forced=True)


def test_a_persistent_mount_that_was_not_yet_saved_is_lost_with_the_power(scene):
    scene.pass_minutes(1)
    force(scene, persistent=True)
    cut(scene)
    assert volume_of(scene) not in host(scene).mounts
    force(scene, persistent=True)
    scene.pass_minutes(61)
    cut(scene)
    assert volume_of(scene) in host(scene).mounts


def test_a_copy_that_is_gone_or_read_only_at_boot_is_not_mounted(scene):
    force(scene, persistent=True)
    scene.gateway.perform(storage.set_access, copied(scene).device, writable=False)
    restart(scene)
    assert volume_of(scene) not in host(scene).mounts
    scene.gateway.perform(storage.set_access, copied(scene).device, writable=True)
    scene.gateway.perform(storage.present, copied(scene).device, frozenset())
    restart(scene)
    assert volume_of(scene) not in host(scene).mounts
    scene.gateway.perform(storage.present, copied(scene).device, frozenset({B}))
    scene.gateway.perform(storage.rescan, B)
    assert host(scene).mounts[volume_of(scene)].forced, "the entry is still there"


def test_a_boot_takes_the_original_where_it_has_returned_beside_the_copy(scene):
    force(scene, persistent=True)
    original = scene.lun("vmfs01").device
    scene.gateway.perform(storage.present, original, frozenset({A, B}))
    scene.gateway.perform(storage.rescan, B)
    assert host(scene).mounts[volume_of(scene)].device == copied(scene).device, "nothing is mounted twice"
    restart(scene)
    assert host(scene).mounts[volume_of(scene)] == Mount(volume_of(scene), original)
    assert view(scene) == [(False, Reason.ORIGINAL_ONLINE, None)]


def test_an_entry_that_is_left_behind_mounts_a_later_copy_as_well(scene):
    """Quoted as a warning: virtuallyhyper 2012-08-20."""
    force(scene, persistent=True)
    restart(scene)
    scene.gateway.perform(storage.present, copied(scene).device, frozenset())
    restart(scene)
    later = add_copy(scene.gateway, scene.lun("vmfs01"), frozenset({B, C}))
    for name in (B, C):
        scene.gateway.perform(storage.rescan, name)
    assert host(scene).mounts[volume_of(scene)].device == later.device
    assert volume_of(scene) not in host(scene, C).mounts, "it never mounted one persistently"


def test_an_unmount_takes_the_entry_away_and_nothing_else(scene):
    before = configuration(scene)
    force(scene, persistent=True)
    assert volume_of(scene) in configuration(scene)
    scene.gateway.perform(storage.unmount, B, volume_of(scene))
    assert volume_of(scene) not in configuration(scene)
    assert configuration(scene).startswith(before)
    scene.gateway.perform(storage.rescan, B)
    restart(scene)
    assert volume_of(scene) not in host(scene).mounts


def test_an_entry_that_somebody_writes_by_hand_counts(build):
    scene = build("5.0")
    copy = add_copy(scene.gateway, scene.lun("vmfs01"), frozenset({B}))
    scene.gateway.perform(storage.unmount, B, copy.vmfs.id)
    scene.gateway.perform(storage.present, scene.lun("vmfs01").device, frozenset({A, C}))
    line = f'/fs/vmfs[{copy.vmfs.id}]/forceMountedLvm/forceMount = "true"\n'
    scene.gateway.perform(files.write, B, ESX_CONF, line.encode(), append=True)
    scene.gateway.perform(storage.rescan, B)
    assert host(scene).mounts[copy.vmfs.id].device == copy.device


def test_a_store_that_cannot_be_read_names_no_volume(build):
    scene = build("8.0")
    for content in (b"junk", b"CONFIGSTORE\x01[]", b"CONFIGSTORE\x01{"):
        scene.gateway.perform(files.write, B, CONFIG_STORE, content)
        scene.gateway.perform(storage.rescan, B)
    assert not any(mount.forced for mount in host(scene).mounts.values())
