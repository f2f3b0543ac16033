"""Pages of the user guide. Public: instructions only, the same for everybody."""

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from binhyen.guide.content import GUIDE_URL, Guide, Task, get_guide_of_role, load_guides
from binhyen.kit.pdf_fonts import PDF_BOLD, PDF_PLAIN, register_pdf_fonts
from binhyen.people.models import Officer
from binhyen.people.view_auth import OfficerRequest, require_sign_in

# A guide as a PDF for paper: tasks with numbered steps and pictures.

PICTURES = Path(settings.BASE_DIR) / "binhyen" / "ui" / "static" / "ui" / "guide"
_SIZE, _TASK_SIZE, _TITLE_SIZE = 12, 14, 20  # points
_PICTURE_WIDTH, _PICTURE_HEIGHT = 380, 270  # points, at most
_MARGIN = 57  # points: 20 mm


@lru_cache(maxsize=32)
def render_guide_pdf(slug: str) -> bytes:
    """Return the guide as an A4 PDF. Kept in memory: it changes with the program only. Raises KeyError."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    guide = load_guides()[slug]
    register_pdf_fonts()
    stream = BytesIO()
    margins = dict.fromkeys(("topMargin", "bottomMargin", "leftMargin", "rightMargin"), _MARGIN)
    document = SimpleDocTemplate(stream, pagesize=A4, title=guide.title, author="Bình Yên", **margins)
    document.build(list(_list_parts(guide)))
    return stream.getvalue()


def _list_parts(guide: Guide) -> Iterator[Any]:
    from reportlab.platypus import KeepTogether

    yield _build_text(guide.title, PDF_BOLD, _TITLE_SIZE)
    yield _build_text(guide.about, PDF_PLAIN, _SIZE)
    for task in guide.tasks:
        yield KeepTogether(list(_list_task_parts(task)))


def _list_task_parts(task: Task) -> Iterator[Any]:
    from reportlab.platypus import Image, Spacer

    yield _build_text(task.title, PDF_BOLD, _TASK_SIZE, before=14)
    for number, step in enumerate(task.steps, start=1):
        yield _build_text(f"{number}. {step}", PDF_PLAIN, _SIZE, indent=16)
    for note in task.notes:
        yield _build_text(note, PDF_PLAIN, _SIZE, before=4)
    picture = PICTURES / f"{task.picture}.png"
    if task.picture and picture.exists():
        yield Spacer(1, 6)
        yield Image(str(picture), width=_PICTURE_WIDTH, height=_PICTURE_HEIGHT, kind="proportional")


def _build_text(text: str, font: str, size: float, *, indent: float = 0, before: float = 2) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        f"{font}-{size}",
        fontName=font,
        fontSize=size,
        leading=size * 1.45,
        leftIndent=indent,
        firstLineIndent=-indent,
        spaceBefore=before,
    )
    return Paragraph(escape(text), style)


@require_safe
def show_guides(request: HttpRequest) -> HttpResponse:
    """List the guides; the reader's own first."""
    first_guide = get_guide_of_role(request.user.role if isinstance(request.user, Officer) else "")
    guides = sorted(load_guides().values(), key=lambda guide: guide is not first_guide)
    return render(request, "guide/list.html", {"guides": guides})


@require_safe
def show_guide(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "guide/guide.html", {"guide": _find_guide(slug), "list_url": GUIDE_URL})


@require_safe
def download_guide(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the guide as PDF."""
    guide = _find_guide(slug)
    return HttpResponse(render_guide_pdf(guide.slug), content_type="application/pdf")


@require_sign_in()
def show_first_steps(request: OfficerRequest) -> HttpResponse:
    """Show the first three steps of the officer's role, at their first sign-in."""
    guide = get_guide_of_role(request.user.role)
    if guide is None:
        return HttpResponseRedirect(GUIDE_URL)
    return render(request, "guide/first_steps.html", {"guide": guide, "name": request.user.name})


def _find_guide(slug: str) -> Guide:
    guide = load_guides().get(slug)
    if guide is None:
        raise Http404
    return guide
