from __future__ import annotations

from tests.command import call

__all__ = ["call"]
