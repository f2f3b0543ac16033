"""Screens of the user guide, with its real content."""

from typing import Any

from binhyen.guide.content import get_guide_of_role, load_guides
from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, URLS


def build_guide_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return name → (template, context)."""
    public = {"shell": PageFrame(), "urls": URLS, "now": NOW}
    guide = get_guide_of_role("OFFICER")
    return {
        "guide-list": ("guide/list.html", {**public, "guides": list(load_guides().values())}),
        "guide": ("guide/guide.html", {**public, "guide": guide, "list_url": "/huong-dan"}),
        "guide-first": (
            "guide/first_steps.html",
            {**public, "shell": OFFICER, "guide": guide, "name": "Lê Quang Dũng"},
        ),
    }
