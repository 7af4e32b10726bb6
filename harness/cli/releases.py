"""``blackstart releases``: which releases there are, and what is known of one."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.units import number_of

if TYPE_CHECKING:
    from harness.releases.explanation import Difference, Explained, Explanation, Plain

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

WIDTH = 100
"""A value that is longer, or a list, is shown by its size; --json has it whole."""

DESCRIPTION = """\
List the releases that can be rehearsed, or explain one: its products and builds,
what differs from the release before it, which known defects it has, what it can,
and how well all of that is known."""

EPILOG = """\
words:
  documented    a recovery document was written for the release
  extrapolated  none was: the documents' procedure runs on what is known of the release
  quoted        read word for word in a public source
  stated        a named source says so in prose
  assumed       ours; a verdict that rests on it says so

examples:
  blackstart releases                  all of them, oldest first
  blackstart releases 6.7              one
  blackstart releases 6.7 --json       every value, with its source
  blackstart validate --release 6.7    rehearse it; --release all for every one

A release is one data file: docs/adding-a-release.md says how to add one.
"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand to ``subparsers``."""
    parser = subparsers.add_parser(
        "releases",
        help="list the releases that can be rehearsed, or explain one",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("release", nargs="?", metavar="RELEASE", help="the one to explain; without it, all are listed")
    parser.add_argument("--json", action="store_true", dest="as_json", help="for a program: all values and sources")
    parser.set_defaults(run=tell_releases)


def tell_releases(arguments: argparse.Namespace) -> int:
    """Print what was asked for; `InputError` for a release that is not known."""
    from harness.releases import names  # noqa: PLC0415 - nothing that --help needs
    from harness.releases.explanation import explain  # noqa: PLC0415

    chosen = [explain(name) for name in ([arguments.release] if arguments.release else names())]
    if arguments.as_json:
        plain = [each.plain() for each in chosen]
        sys.stdout.write(json.dumps(plain[0] if arguments.release else plain, indent=2, ensure_ascii=False) + "\n")
    else:
        lines = _one(chosen[0]) if arguments.release else _all(chosen)
        sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _all(explanations: Sequence[Explanation]) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("RELEASE", "STANDING", "DEFECTS", "QUOTED", "STATED", "ASSUMED", "PRODUCTS")]
    for each in explanations:
        defects = sum(fact.value is True for fact in each.defects)
        counts = (str(each.totals[word]) for word in ("quoted", "stated", "assumed"))
        rows.append((each.name, each.standing, str(defects), *counts, each.title))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [cell.rjust(width) if column in (2, 3, 4, 5) else cell.ljust(width)
                 for column, (cell, width) in enumerate(zip(row[:-1], widths, strict=True))]  # fmt: skip
        yield "  ".join((*cells, row[-1]))
    yield ""
    yield "blackstart releases RELEASE explains one; blackstart releases --help says what the words mean."


def _one(each: Explanation) -> Iterator[str]:
    standing = "a recovery document was written for it" if each.standing == "documented" else "no document was written for it"
    yield f"Release {each.name}: {each.title}"
    yield f"  {each.standing}: {standing}"
    yield from _section("Products", [_product(fact) for fact in each.products])
    if each.before:
        changes = [_difference(change) for change in each.differences if change.section not in ("products", "absent", "epoch")]
        yield from _section(f"What differs from {each.before}, beside products", changes)
    yield from _section("Known defects", [_truth(fact, "has it", "does not have it") for fact in each.defects])
    yield from _section("Capabilities", [_truth(fact, "yes", "no") for fact in each.capabilities])
    counts = [
        f"{section:14}" + ", ".join(f"{count} {word}" for word, count in words.items() if count)
        for section, words in each.counts.items()
    ]
    total = ", ".join(f"{count} {word}" for word, count in each.totals.items())
    yield from _section("How well it is known", [*counts, f"{'in all':14}{total}"])


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield ""
    yield title
    yield from (f"  {line}" for line in lines or ["nothing"])


def _product(fact: Explained) -> str:
    if fact.section == "absent":
        return f"{fact.name}: none ({fact.provenance}: {fact.source})"
    return f"{fact.name}: {fact.value} ({fact.provenance}: {fact.source})"


def _truth(fact: Explained, yes: str, no: str) -> str:
    return f"{fact.name}: {yes if fact.value else no} ({fact.provenance}: {fact.source})\n      {fact.meaning}"


def _difference(change: Difference) -> str:
    unit = {"timings": " s", "schedules": " min"}.get(change.section, "")
    before, now = _shown(change.before, unit), _shown(change.now, unit)
    values = f"{before} -> {now}" if before != now else f"{now} with other words"
    return f"{change.section}.{change.name}: {values} ({change.provenance}: {change.source})\n      {change.meaning}"


def _shown(value: Plain | None, unit: str) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        text = ", ".join(f"{each:g}" if isinstance(each, float) else each for each in value)
        return text + unit if len(text) <= WIDTH else number_of(len(value), "line")
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return (text + unit if len(text) <= WIDTH else f"{len(text)} characters") or "nothing"
