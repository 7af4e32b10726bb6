"""A comparison as one offline HTML page; the same one gives the same bytes."""

from __future__ import annotations

from harness.report.change import Comparison
from harness.report.comparison_words import (
    KIND_WORDS,
    SIGNS,
    STATE_WORDS,
    conclusion,
    headings,
    in_order,
    side_line,
    step_lines,
    step_outcome,
    summary,
)
from harness.report.page import templates

TONES = {"broken": "bad", "not_run": "bad", "removed": "odd", "fixed": "good", "now_run": "good", "changed": "odd"}


def to_comparison_page(comparison: Comparison) -> str:
    """``comparison`` as HTML text."""
    return (
        templates()
        .get_template("comparison.html")
        .render(
            comparison=comparison,
            conclusion=conclusion(comparison),
            counted=[(kind, KIND_WORDS[kind], count) for kind, count in in_order(comparison.counts) if count],
            signs=SIGNS,
            tones=TONES,
            words=STATE_WORDS,
            headings=headings,
            side_line=side_line,
            step_lines=step_lines,
            step_outcome=step_outcome,
            summary=summary,
        )
    )
