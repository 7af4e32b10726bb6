"""Blackstart's vCenter simulator: where its program and the recipe of its container image are."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def binary() -> Path:
    """The program, built when this package was installed."""
    return HERE / "bin" / "vcsim"


def dockerfile() -> Path:
    """The recipe of an image that holds the program and nothing else; it expects ``vcsim`` beside it."""
    return HERE / "Dockerfile"
