"""What the tags of a scenario say: the requirements it shows, whether it is a twin, and whether an expression selects it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from cucumber_tag_expressions import TagExpressionError
from cucumber_tag_expressions import parse as parse_tags

from harness.errors import InputError

REQUIREMENT_TAG = re.compile(r"@(?P<id>[A-Z]+-\d+)")
TWIN_TAG = "@twin"
SKIP_TAG = "@skipped"


def requirement_ids(tags: Iterable[str]) -> tuple[str, ...]:
    """The requirement ids among ``tags``, in their order."""
    return tuple(match["id"] for tag in tags if (match := REQUIREMENT_TAG.fullmatch(tag)))


def is_twin(tags: Iterable[str]) -> bool:
    """Whether ``tags`` are those of a negative twin: ``@twin`` or ``@twin:<key>``."""
    return any(tag == TWIN_TAG or tag.startswith(f"{TWIN_TAG}:") for tag in tags)


def selects(expression: str) -> Callable[[Iterable[str]], bool]:
    """Whether the Cucumber tag expression selects given tags; an empty one selects everything. Raises `InputError` for none."""
    try:
        parsed = parse_tags(expression)
    except TagExpressionError as error:
        problem = " ".join(str(error).split())
        raise InputError("tags", problem, "Write for example '@VDS-05 and not @twin'.") from error
    return lambda tags: bool(parsed.evaluate(_with_families(tags)))


def _with_families(tags: Iterable[str]) -> set[str]:
    """``tags``, and for one like ``@twin:ha-off`` also its family ``@twin``."""
    return {part for tag in tags for part in (tag, tag.partition(":")[0])}
