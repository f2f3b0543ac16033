"""A guide as a PDF for paper: tasks with numbered steps and pictures."""

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings

from binhyen.guide.content import Guide, Task, load_guides

PICTURES = Path(settings.BASE_DIR) / "binhyen" / "ui" / "static" / "ui" / "guide"
_PLAIN, _BOLD = "guide-plain", "guide-bold"
_SIZE, _TASK_SIZE, _TITLE_SIZE = 12, 14, 20  # points
_PICTURE_WIDTH, _PICTURE_HEIGHT = 380, 270  # points, at most
_MARGIN = 57  # points: 20 mm


@lru_cache(maxsize=32)
def render_guide_pdf(slug: str) -> bytes:
    """Return the guide as an A4 PDF. Kept in memory: it changes with the program only. Raises KeyError."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    guide = load_guides()[slug]
    _register_fonts()
    stream = BytesIO()
    margins = dict.fromkeys(("topMargin", "bottomMargin", "leftMargin", "rightMargin"), _MARGIN)
    document = SimpleDocTemplate(stream, pagesize=A4, title=guide.title, author="Bình Yên", **margins)
    document.build(list(_list_parts(guide)))
    return stream.getvalue()


def _register_fonts() -> None:
    import fontpkg
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, weight in ((_PLAIN, 400), (_BOLD, 700)):
        pdfmetrics.registerFont(TTFont(name, str(fontpkg.path("be-vietnam-pro", weight=weight, style="normal"))))


def _list_parts(guide: Guide) -> Iterator[Any]:
    from reportlab.platypus import KeepTogether

    yield _build_text(guide.title, _BOLD, _TITLE_SIZE)
    yield _build_text(guide.about, _PLAIN, _SIZE)
    for task in guide.tasks:
        yield KeepTogether(list(_list_task_parts(task)))


def _list_task_parts(task: Task) -> Iterator[Any]:
    from reportlab.platypus import Image, Spacer

    yield _build_text(task.title, _BOLD, _TASK_SIZE, before=14)
    for number, step in enumerate(task.steps, start=1):
        yield _build_text(f"{number}. {step}", _PLAIN, _SIZE, indent=16)
    for note in task.notes:
        yield _build_text(note, _PLAIN, _SIZE, before=4)
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
