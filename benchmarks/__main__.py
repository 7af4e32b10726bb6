"""``make bench``: run every benchmark; 1 where a ratio is over its limit."""

from __future__ import annotations

import sys

from benchmarks import forms, labs, start

ROUNDS = 30
LAB_ROUNDS = 5

if __name__ == "__main__":
    sys.exit(max(start.run(ROUNDS), labs.run(LAB_ROUNDS), forms.run()))
