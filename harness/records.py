"""Records with some of their fields changed: the one way in which the next version of anything in the world is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace as replace  # so that types are checked by the fields of each record
else:

    def replace(record, /, **changes):
        """A copy of a frozen dataclass, with other values in the fields that are named.

        What ``dataclasses.replace`` answers, ten times as fast: the copy takes all fields over at once, and nothing is
        initialised again. So it is for records without slots that need no ``__post_init__``, as those of the world are.
        """
        fresh = object.__new__(type(record))
        object.__setattr__(fresh, "__dict__", vars(record) | changes)
        return fresh
