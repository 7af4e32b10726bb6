"""What a View knows when a lab starts: its desktops by the MoRefs that the desktop vCenter gave them, and their users."""

from __future__ import annotations

from collections.abc import Mapping

from harness.blueprints.products import ViewPlan
from harness.world.desktops import Desktop, DesktopPool, View


def provisioned(plan: ViewPlan, machines: Mapping[str, str]) -> View:
    """The View of ``plan`` once all its desktops are made; ``machines`` are the MoRefs of the desktop vCenter by name."""
    return View(
        plan.name,
        plan.center,
        plan.servers,
        plan.composer,
        plan.database,
        tuple(
            DesktopPool(
                pool.name,
                machines[pool.replica],
                tuple(Desktop(name, machines[name], pool.users.get(name, "")) for name in pool.desktops),
            )
            for pool in plan.pools
        ),
    )
