"""How the next version of a record is made, and what every record of the world keeps to for it."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from functools import cached_property

import pytest

import harness.world
from harness.records import replace
from harness.units import DeviceId, VolumeId
from harness.world.aggregate import World
from harness.world.storage import Mount


def records() -> list[type]:
    modules = [importlib.import_module(f"harness.world.{found.name}") for found in pkgutil.iter_modules(harness.world.__path__)]
    return [k for m in modules for k in vars(m).values() if dataclasses.is_dataclass(k) and k.__module__ == m.__name__]


@pytest.mark.parametrize(
    ("record", "changes"),
    [
        pytest.param(Mount(VolumeId("4f00"), DeviceId("naa.1")), {"persistent": False}, id="one field"),
        pytest.param(
            Mount(VolumeId("4f00"), DeviceId("naa.1"), forced=True), {"volume": "4f01", "device": "naa.2"}, id="several"
        ),
        pytest.param(World(), {"hosts": {}}, id="to an equal value"),
        pytest.param(World(), {}, id="none"),
    ],
)
def test_a_changed_record_is_what_dataclasses_make_of_it(record: World | Mount, changes: dict[str, object]) -> None:
    made = replace(record, **changes)

    assert made == dataclasses.replace(record, **changes)
    assert type(made) is type(record)


def test_the_record_before_the_change_stays_as_it_was() -> None:
    before = Mount(VolumeId("4f00"), DeviceId("naa.1"))

    after = replace(before, forced=True)

    assert (before.forced, after.forced) == (False, True)
    with pytest.raises(dataclasses.FrozenInstanceError):
        after.forced = False  # type: ignore[misc]  # what it checks


@pytest.mark.parametrize("record", records(), ids=lambda record: record.__name__)
def test_records_of_the_world_are_frozen_and_hold_their_fields_alone(record: type) -> None:
    assert record.__dataclass_params__.frozen
    assert not hasattr(record, "__post_init__"), "a changed record is not initialised again"
    assert not [c for c in record.__mro__ if vars(c).get("__slots__")], (
        "a changed record takes over the __dict__ of the one before"
    )
    assert not [n for c in record.__mro__ for n, v in vars(c).items() if isinstance(v, cached_property)], "it would be taken over"
