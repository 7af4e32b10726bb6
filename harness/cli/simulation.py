"""The options of whatever brings simulated sites up: for which release, where vcsim runs, from which seed."""

from __future__ import annotations

import argparse

from harness.cli.release_profiles import DEFAULT_RELEASE


def add_release(parser: argparse.ArgumentParser, about: str) -> None:
    """Add ``--release``; ``about`` is what its help says."""
    parser.add_argument("--release", default=DEFAULT_RELEASE, metavar="R", help=about)


def add_simulator(parser: argparse.ArgumentParser) -> None:
    """Add ``--simulator``."""
    parser.add_argument(
        "--simulator",
        choices=("auto", "container", "process"),
        default="auto",
        help="where vcsim runs; auto takes containers where a Docker engine answers",
    )


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add ``--seed``."""
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of every choice in the lab (default: 0)")
