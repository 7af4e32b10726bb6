"""Release profiles as the report shows them: the one place where the command line meets the release data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.report.model import Release

DEFAULT_RELEASE = "5.0"
"""The release that most of the documents were written for."""


def release_names() -> tuple[str, ...]:
    """The names of all release profiles."""
    from harness import releases  # noqa: PLC0415 - nothing that --help needs

    return releases.names()


def describe_release(name: str) -> Release:
    """The release ``name`` as plain data for a report. Raises `InputError` for an unknown one."""
    from harness import releases  # noqa: PLC0415 - see release_names
    from harness.report.model import Product, Release  # noqa: PLC0415

    profile = releases.load(name)
    products = tuple(
        Product(each.name, each.version.value, str(each.build.value) if each.build else "") for each in profile.products.values()
    )
    return Release(profile.name, profile.standing, products, profile.title)
