"""Which scenarios a release has, by tag."""

from __future__ import annotations

import pytest

from harness.errors import InputError
from harness.releases import applies, load

DEFECT = "ports-lost-when-storage-is-late"


@pytest.mark.parametrize(
    ("tags", "name", "runs"),
    [
        ([], "5.0", True),
        (["@VDS-05", "@twin:ha-off"], "5.0", True),
        ([f"@defect:{DEFECT}"], "5.0", True),
        ([f"@defect:{DEFECT}"], "5.1", False),
        ([f"@without-defect:{DEFECT}"], "5.0", False),
        ([f"@without-defect:{DEFECT}"], "5.0-716794", True),
        (["@capability:vmcp"], "5.1", False),
        (["@capability:vmcp"], "6.7", True),
        (["@without-capability:vmcp"], "5.1", True),
        (["@without-capability:vmcp"], "6.7", False),
        (["@product:view"], "5.0", True),
        (["@product:view"], "7.0", True),
        (["@product:view"], "8.0", False),
        (["@product:vcd"], "9.0", False),
        (["@without-capability:vmcp", f"@defect:{DEFECT}"], "5.1", False),
        (["@without-capability:vmcp", f"@defect:{DEFECT}"], "5.0", True),
    ],
)
def test_a_release_has_a_scenario_when_all_its_conditions_hold(tags: list[str], name: str, runs: bool) -> None:
    assert (applies(tags, load(name)) is None) is runs


def test_the_reason_names_the_datum_and_how_well_it_is_known() -> None:
    assert applies([f"defect:{DEFECT}"], load("5.1")) == (
        f"release 5.1 does not have the defect {DEFECT} (stated: longwhitevclouds 2012-02-27, updated)"
    )


def test_the_last_release_with_linked_clones_is_told_with_its_source() -> None:
    assert [applies(["@capability:view-composer"], load(name)) for name in ("5.0", "5.0-716794", "5.1", "6.7", "7.0")] == [
        None
    ] * 5
    reason = applies(["@capability:view-composer"], load("8.0"))
    assert reason is not None
    assert "quoted: View API reference: View Composer is no longer supported from Horizon version 2012 onwards" in reason


def test_an_absent_product_names_who_says_so() -> None:
    assert applies(["@product:view"], load("8.0")) == (
        "release 8.0 does not have the product view "
        "(quoted: View API reference: View Composer is no longer supported from Horizon 2012 on)"
    )


@pytest.mark.parametrize("tag", ["@defect:nothing", "@without-capability:nothing", "@product:nothing"])
def test_a_name_that_no_release_knows_is_an_error_and_never_silent(tag: str) -> None:
    with pytest.raises(InputError, match="nothing"):
        applies([tag], load("5.0"))
