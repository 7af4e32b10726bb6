"""Comparing two reports as files: the forms that ``blackstart compare`` writes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from harness.report.archive import find_record, read_record
from harness.report.change import Comparison
from harness.report.comparison import compare
from harness.report.judgement import conclude
from harness.report.manifest import digest


def compare_reports(before: Path, after: Path) -> Comparison:
    """What the report ``after`` says otherwise than ``before``: each its directory or its record.

    What was seen is compared, whatever a record says of it. Raises `InputError`, with file and line or place, for what is
    missing, cut short, or of another version or shape.
    """
    paths = [find_record(each) for each in (before, after)]
    records = [conclude(read_record(path)) for path in paths]
    return compare(records[0], records[1], (digest(paths[0]), digest(paths[1])))


def to_comparison_json(comparison: Comparison) -> str:
    """``comparison`` as JSON text, as ``$defs/comparison`` in the schema of a record describes it."""
    return json.dumps(asdict(comparison), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
