"""The run as an EPUB: features and results for an e-reader, without transcripts (those are in the page and the record).

mkepub stamps a book with the moment of its making and a random identity; both are replaced here by the run's own, so that the
same record gives the same bytes.
"""

from __future__ import annotations

import io
import re
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import mkepub
from markupsafe import escape

from harness.report import accounting, comparison_words
from harness.report.facts import meanings
from harness.report.model import Record
from harness.report.page import chapters_of, counted, ledger_of, showings_of, templates, traces_of
from harness.report.plain_text import visible
from harness.report.recovery_time import merged_parts, provenance_of, recovered, tally

EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)
MIMETYPE = "mimetype"
TIMES = {"tally": tally, "provenance_of": provenance_of, "merged_parts": merged_parts}
MODIFIED = re.compile(rb'(<meta property="dcterms:modified">)[^<]*')


def to_book(record: Record) -> bytes:
    """``record`` as the bytes of an EPUB 3 book; the same record gives the same bytes."""
    environment = record.environment
    named = ", ".join(part for part in (record.title, record.change) if part)
    title = escape(visible(f"{named or 'Blackstart'}: release {record.release.name}"))  # mkepub escapes it in one place of three
    book = mkepub.Book(title=title, author="Blackstart", published=environment.started[:10])
    book.uuid = uuid.uuid5(uuid.NAMESPACE_URL, f"blackstart:{record.release.name}:{environment.started}:{environment.commit}")
    book.set_stylesheet(files("harness.report").joinpath("templates/book.css").read_text(encoding="utf-8"))
    with book.tempdir, tempfile.TemporaryDirectory() as scratch:  # a fork that is interrupted has nobody else to remove them
        _fill(book, record)
        path = Path(scratch) / "report.epub"
        book.save(path)
        return _settled(path, environment.started)


def _fill(book: mkepub.Book, record: Record) -> None:
    for title, page in _pages(record, templates().get_template("book.xhtml").module):
        book.add_page(title, page)


def _pages(record: Record, parts: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 (the macros of a template)
    """The pages of the book, each with its title in the contents."""
    yield "Verdict", parts.overview(record, counted(record), accounting)
    found, left_out = accounting.findings(record), accounting.omissions(record.scenarios)
    if found or left_out:
        yield "Findings, and what was not looked at", parts.findings(found, left_out, accounting)
    for chapter in chapters_of(record):
        yield _text(chapter.feature.name or chapter.feature.file), parts.chapter(chapter)
    yield "Requirements", parts.requirements(traces_of(record), showings_of(record))
    if times := recovered(record.scenarios):
        yield "Recovery times, simulated", parts.times(times, TIMES)
    yield "What has changed", parts.since(record, comparison_words)
    yield "What this does not prove", parts.reach(record.scope)
    yield "What is assumed", parts.ledger(ledger_of(record.facts), record.ledger, meanings())


def _text(words: str) -> str:
    return str(escape(visible(words)))


def _settled(path: Path, started: str) -> bytes:
    """The book at ``path`` with its files in order and with one time of change, the run's own."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(made, "w") as target:
        for name in sorted(source.namelist(), key=lambda name: (name != MIMETYPE, name)):
            content = MODIFIED.sub(rb"\g<1>" + started.encode("ascii"), source.read(name))
            entry = zipfile.ZipInfo(name, EPOCH_OF_ZIP)
            entry.compress_type = zipfile.ZIP_STORED if name == MIMETYPE else zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return made.getvalue()
