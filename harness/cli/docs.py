"""``blackstart docs``: the features, the procedures and the newest reports as a site to read."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.shipped import shipped

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

DESCRIPTION = """\
Make the living documentation: procedures as chapters, features with what the newest
report of each release saw of them and when, requirements, releases, vocabulary.
Needs Sphinx: pip install 'blackstart[docs]', or `make docs` in a clone."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand to ``subparsers``."""
    parser = subparsers.add_parser(
        "docs",
        help="make a site of the features, the procedures and the newest reports",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--reports", type=Path, metavar="DIR", help="what validate wrote (default: reports, where it has written there)"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("site"), metavar="DIR", help="where the site goes (default: %(default)s)"
    )
    parser.set_defaults(run=make_docs)


def make_docs(arguments: argparse.Namespace) -> int:
    """Make the site and say where it is."""
    from harness.handbook.pages import Material, write_pages  # noqa: PLC0415 - slow to import, and nothing that --help needs
    from harness.handbook.sightings import find_reports, gather  # noqa: PLC0415
    from harness.handbook.site import build_site  # noqa: PLC0415
    from harness.releases import load, names  # noqa: PLC0415
    from harness.report.archive import prepare_directory  # noqa: PLC0415
    from harness.report.plan import make_plan  # noqa: PLC0415
    from harness.requirements import load_requirements  # noqa: PLC0415

    features = shipped("features")
    reports = find_reports(arguments.reports)
    plan = make_plan([features])
    evidence = gather(reports, names(), plan)
    vocabulary = (features / "README.md").read_text(encoding="utf-8")
    prepare_directory(arguments.output)
    material = Material(plan, load_requirements(), [load(name) for name in names()], evidence, vocabulary)
    with tempfile.TemporaryDirectory(prefix="blackstart-docs-") as scratch:
        pages = Path(scratch, "pages")
        write_pages(material, pages)
        build_site(pages, arguments.output, Path(scratch))
    sys.stdout.write(f"{arguments.output / 'index.html'}\n")
    return 0
