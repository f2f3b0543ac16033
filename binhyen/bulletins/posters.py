"""A4 posters as PDF, to print and hang up: a bulletin, or the way into a group, each with its QR code."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Any

from binhyen.bulletins.media_texts import BulletinText
from binhyen.bulletins.rules import split_blocks
from binhyen.kit.pdf_fonts import PDF_BOLD, PDF_PLAIN, register_pdf_fonts

_MARGIN = 57  # points: 20 mm
_PICTURE_WIDTH, _PICTURE_HEIGHT = 470, 250  # points
_QR_SIZES = (280, 220, 160, 110)  # points, 100 to 40 mm: the largest that stays on the page
_JADE = "#0b4a3c"
_SIZES = ((300, 21), (700, 17))  # up to so many characters: size of the text in points
_LONG_TITLE = 50  # characters
_SMALLEST_SIZE = 12  # a longer text stays on one page
SCAN_BULLETIN = "Quét mã để xem bản mới nhất"
SCAN_GROUP = "Quét mã để vào nhóm"
GROUP_POSTER_NOTE = (
    "Vào nhóm là đồng ý với nội quy trên. Nhóm là nơi ai cũng đọc được. "
    "Tin tố giác, chuyện riêng: xin nhắn riêng cho công an. "
    "Nguy hiểm gọi 113, cháy gọi 114, cấp cứu gọi 115."
)


def render_bulletin_poster(text: BulletinText, *, picture: bytes | None = None) -> bytes:
    """Return the A4 poster of a bulletin as PDF, always in Vietnamese; `picture`: a JPEG of our own encoder."""
    size = next((size for limit, size in _SIZES if len(text.text) <= limit), _SMALLEST_SIZE)
    parts = [
        _build_text(text.topic.upper(), PDF_BOLD, 16, color=_JADE),
        _build_text(text.title, PDF_BOLD, 32 if len(text.title) <= _LONG_TITLE else 24, before=6),
        *(_build_pictures(picture) if picture else []),
    ]
    for block in split_blocks(text.text):
        lines = [f"• {item}" for item in block.items] if block.items else [block.text]
        parts += [_build_text(line, PDF_PLAIN, size, before=6, indent=14 if block.items else 0) for line in lines]
    return _render(text.title, parts, Foot(text.link, SCAN_BULLETIN, text.unit_name))


def render_group_poster(*, name: str, area: str, unit: str, link: str, rules: Sequence[str]) -> bytes:
    """Return the A4 poster that leads into a group: its purpose, its rules, the QR code of its join link."""
    parts = [
        _build_text("KẾT NỐI BÌNH YÊN", PDF_BOLD, 18, color=_JADE),
        _build_text(name, PDF_BOLD, 38, before=6),
        _build_text(area, PDF_PLAIN, 20, before=4),
        *(_build_text(line, PDF_PLAIN, 12, before=5) for line in rules),
        _build_text(GROUP_POSTER_NOTE, PDF_BOLD, 12, before=12),
    ]
    return _render(name, parts, Foot(link, SCAN_GROUP, unit))


@dataclass(frozen=True, slots=True)
class Foot:
    """The lower part of a poster: QR code of a link, its label, the unit."""

    link: str
    label: str
    unit: str


def _render(title: str, parts: Sequence[Any], foot: Foot) -> bytes:
    """Render with the largest QR code that leaves everything on one page; else with the smallest one."""
    data = b""
    for qr_size in _QR_SIZES:
        data, pages = _render_pages(title, [*parts, *_build_foot(foot, qr_size)])
        if pages == 1:
            break
    return data


def _render_pages(title: str, parts: Sequence[Any]) -> tuple[bytes, int]:
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    stream = BytesIO()
    margins = dict.fromkeys(("topMargin", "bottomMargin", "leftMargin", "rightMargin"), _MARGIN)
    document = SimpleDocTemplate(stream, pagesize=A4, title=title, author="Bình Yên", **margins)
    document.build(list(parts))
    return stream.getvalue(), document.page


def _build_foot(foot: Foot, qr_size: int) -> list[Any]:
    """Return the QR code with its link and the unit, kept together on a page."""
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.platypus import KeepTogether, Spacer

    code = QrCodeWidget(foot.link, barLevel="M", barBorder=3, barWidth=qr_size, barHeight=qr_size)
    drawing = Drawing(qr_size, qr_size, code)
    texts = [
        _build_text(foot.label, PDF_BOLD, 18),
        _build_text(foot.link, PDF_PLAIN, 13),
        _build_text(foot.unit, PDF_BOLD, 18, before=8),
    ]
    return [Spacer(1, 12), KeepTogether([drawing, *texts])]


def _build_pictures(data: bytes) -> list[Any]:
    """Return the picture at the width of the text, at most a third of the page high; none for a damaged file."""
    from PIL import UnidentifiedImageError
    from reportlab.lib.utils import ImageReader
    from reportlab.platypus import Image

    try:
        width, height = ImageReader(BytesIO(data)).getSize()
    except (UnidentifiedImageError, OSError):
        return []  # the words of the poster matter more
    scale = min(_PICTURE_WIDTH / width, _PICTURE_HEIGHT / height)
    return [Image(BytesIO(data), width * scale, height * scale, hAlign="LEFT")]


def _build_text(
    text: str, font: str, size: float, *, before: float = 0, indent: float = 0, color: str = "#000000"
) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    register_pdf_fonts()
    style = ParagraphStyle(
        f"{font}-{size}",
        fontName=font,
        fontSize=size,
        leading=size * 1.4,
        leftIndent=indent,
        firstLineIndent=-indent,
        spaceBefore=before,
        textColor=color,
        splitLongWords=1,
    )
    return Paragraph(escape(text), style)
