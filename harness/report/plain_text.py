"""Showing any text safely: what a terminal, XML or a page cannot carry becomes a visible sign."""

from __future__ import annotations

from harness.report.vocabulary import Outcome

_SIGNS = {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)} | {0x7F: 0x2421}
_SIGNS |= dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF], 0xFFFD)
_SIGNS |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)

SYMBOLS: dict[Outcome, str] = {
    "passed": "✓",
    "failed": "✗",
    "skipped": "↷",
    "not_applicable": "–",
    "undefined": "?",
    "ambiguous": "≟",
    "error": "!",
    "teardown_error": "!",
    "timeout": "⧖",
    "crashed": "☠",
    "not_run": "○",
    "deselected": "·",
}


def visible(text: str) -> str:
    """``text`` with line ends made ``\\n`` and every control character, bidirectional override and non-character made visible."""
    return text.replace("\r\n", "\n").translate(_SIGNS)


def day(instant: str) -> str:
    """An instant of the record for people: ``2026-03-14 08:12:45 UTC``."""
    return instant.replace("T", " ").replace("Z", " UTC")


def shortened(text: str, lines: int = 400, characters: int = 40_000) -> str:
    """``text``, or its beginning with a line that says how much of it is left out here."""
    kept = "\n".join(text[:characters].splitlines()[:lines])
    left = len(text) - len(kept)
    return text if left <= 1 else f"{kept}\n[{left} more characters are in report.json]"
