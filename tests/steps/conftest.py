from __future__ import annotations

from steps.conftest import pytest_pycollect_makemodule

__all__ = ["pytest_pycollect_makemodule"]
