from __future__ import annotations

from tests.vcsim_lab import empty_lab, lab, stock, stock_binary

__all__ = ["empty_lab", "lab", "stock", "stock_binary"]
