"""Binds all features: each scenario becomes a test."""

from __future__ import annotations

from pathlib import Path

from pytest_bdd import scenarios

from harness.report.seams import feature_directories

scenarios(*feature_directories(Path(__file__).parent.parent / "features"))
