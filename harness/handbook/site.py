"""Sphinx, run on the pages: a site to read offline, with a search of its own."""

from __future__ import annotations

import io
from pathlib import Path

from harness.errors import BlackstartError
from harness.handbook.pages import STATIC, STYLE

SETTINGS = {
    "project": "Blackstart",
    "extensions": ["myst_parser"],
    "myst_enable_extensions": ["colon_fence"],
    "myst_heading_anchors": 0,
    "html_theme": "furo",
    "html_title": "Blackstart",
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_show_sphinx": False,
    "html_use_index": False,
    "html_static_path": [STATIC],
    "html_css_files": [STYLE.name],
    "smartquotes": False,  # it makes -- a dash: no option could be copied from a page
    "suppress_warnings": ["myst.header"],
    "templates_path": [],
}


NAMES = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="This page">',
}
"""What the theme leaves without a level or a name that a screen reader could tell, and what stands there instead."""


class SiteFailed(BlackstartError):
    """Sphinx could not make the site, or warned: a link or a page of ours is wrong."""


def build_site(pages: Path, output: Path, scratch: Path) -> None:
    """Make ``output`` from the Markdown in ``pages``. Raises `SiteFailed` with what Sphinx says."""
    from sphinx.application import Sphinx  # noqa: PLC0415 - only `blackstart docs` needs it

    warnings = io.StringIO()
    application = Sphinx(
        srcdir=pages,
        confdir=None,
        outdir=output,
        doctreedir=scratch / "doctrees",
        buildername="html",
        confoverrides=SETTINGS,
        status=None,
        warning=warnings,
        freshenv=True,
    )
    application.build()
    for page in output.rglob("*.html"):
        page.write_text(_named(page.read_text(encoding="utf-8")), encoding="utf-8")
    if application.statuscode or warnings.getvalue():
        raise SiteFailed(f"the site is not whole:\n{warnings.getvalue().strip()}")


def _named(page: str) -> str:
    for bare, named in NAMES.items():
        page = page.replace(bare, named)
    return page
