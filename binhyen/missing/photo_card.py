"""The card of a missing person as a picture to share and as a page to print, drawn from the fields of the appeal.

PNG: 1080 pixels wide, readable on a phone. PDF: one page of A4. Both carry the day on which copies must be deleted.
"""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

from binhyen.kit.pdf_fonts import PDF_BOLD, PDF_PLAIN, register_pdf_fonts

_WIDTH, _MARGIN, _QR_SIZE, _PHOTO_HEIGHT = 1080, 60, 280, 620
_GREEN, _INK, _SOFT = (11, 74, 60), (20, 20, 20), (90, 90, 90)
_TITLE_SIZE, _LABEL_SIZE, _TEXT_SIZE, _SMALL_SIZE = 58, 30, 40, 30
_PDF_TITLE, _PDF_LABEL, _PDF_TEXT, _PDF_SMALL = 26, 11, 15, 11


@dataclass(frozen=True, slots=True)
class Card:
    """The texts of a card. `facts`: label and value; `photo`: JPEG of our own encoder; `ending`: when to delete it."""

    title: str
    facts: tuple[tuple[str, str], ...]
    call: str
    link: str
    ending: str
    photo: bytes | None = None


@lru_cache(maxsize=8)
def _load_font(size: int, weight: int) -> Any:
    import fontpkg
    from PIL import ImageFont

    return ImageFont.truetype(str(fontpkg.path("be-vietnam-pro", weight=weight, style="normal")), size)


def _wrap(text: str, font: Any, width: float) -> list[str]:
    """Break a text into lines that fit; a longer word stands alone."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _draw_qr(text: str, size: int) -> Any:
    import qrcode
    from PIL import Image

    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    picture = Image.new("L", (len(rows), len(rows)))
    picture.putdata([0 if is_dark else 255 for row in rows for is_dark in row])
    return picture.resize((size, size), Image.Resampling.NEAREST)


def render_card_png(card: Card) -> bytes:
    from PIL import Image, ImageDraw

    width = _WIDTH - 2 * _MARGIN
    texts: list[tuple[str, Any, Any, int]] = []  # text, font, colour, space after
    for label, value in card.facts:
        texts.append((label, _load_font(_LABEL_SIZE, 400), _SOFT, 0))
        texts += [
            (line, _load_font(_TEXT_SIZE, 700), _INK, 0) for line in _wrap(value, _load_font(_TEXT_SIZE, 700), width)
        ]
        texts.append(("", None, None, 16))
    photo = Image.open(BytesIO(card.photo)).convert("RGB") if card.photo else None
    if photo is not None:
        photo.thumbnail((width, _PHOTO_HEIGHT))
    title_font = _load_font(_TITLE_SIZE, 700)
    title = _wrap(card.title, title_font, width)
    band = 2 * 36 + len(title) * (_TITLE_SIZE + 14)
    body = sum(gap if font is None else int(font.size * 1.4) for _, font, _, gap in texts)
    height = band + (photo.height + 40 if photo else 0) + body + _QR_SIZE + 3 * 40
    picture = Image.new("RGB", (_WIDTH, height), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, _WIDTH, band), fill=_GREEN)
    y = 36
    for line in title:
        pen.text((_MARGIN, y), line, font=title_font, fill="white")
        y += _TITLE_SIZE + 14
    y = band + 40
    if photo is not None:
        picture.paste(photo, ((_WIDTH - photo.width) // 2, y))
        y += photo.height + 40
    for text, font, colour, gap in texts:
        if font is not None:
            pen.text((_MARGIN, y), text, font=font, fill=colour)
            y += int(font.size * 1.4)
        y += gap
    picture.paste(_draw_qr(card.link, _QR_SIZE), (_MARGIN, y))
    x, small = _MARGIN + _QR_SIZE + 40, _load_font(_SMALL_SIZE, 400)
    shrink = min(1.0, (_WIDTH - x - _MARGIN) / small.getlength(card.link))  # a link is never broken
    fitting = _load_font(int(_SMALL_SIZE * shrink), 400)
    for text, font in ((card.call, _load_font(_SMALL_SIZE, 700)), (card.link, fitting), (card.ending, small)):
        for line in _wrap(text, font, _WIDTH - x - _MARGIN):
            pen.text((x, y), line, font=font, fill=_INK)
            y += int(_SMALL_SIZE * 1.4)
        y += 10
    stream = BytesIO()
    picture.save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def render_card_pdf(card: Card) -> bytes:
    from reportlab.lib.colors import Color
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Image, Paragraph, SimpleDocTemplate, Spacer, Table

    register_pdf_fonts()

    def write(text: str, font: str, size: float, colour: Any = None) -> Any:
        from html import escape

        style = ParagraphStyle(font, fontName=font, fontSize=size, leading=size * 1.35, spaceAfter=size / 3)
        if colour is not None:
            style.textColor = colour
        return Paragraph(escape(text), style)

    stream = BytesIO()
    document = SimpleDocTemplate(
        stream, pagesize=A4, topMargin=45, bottomMargin=40, leftMargin=50, rightMargin=50, title=card.title
    )
    parts: list[Any] = [
        write(card.title, PDF_BOLD, _PDF_TITLE, Color(*(value / 255 for value in _GREEN))),
        Spacer(1, 8),
    ]
    if card.photo:
        parts += [Image(BytesIO(card.photo), width=380, height=300, kind="proportional"), Spacer(1, 10)]
    for label, value in card.facts:
        parts += [write(label, PDF_PLAIN, _PDF_LABEL), write(value, PDF_BOLD, _PDF_TEXT)]
    code = BytesIO()
    _draw_qr(card.link, _QR_SIZE).save(code, "PNG")
    code.seek(0)
    side = [
        write(card.call, PDF_BOLD, _PDF_TEXT),
        write(card.link, PDF_PLAIN, _PDF_SMALL),
        write(card.ending, PDF_PLAIN, _PDF_SMALL),
    ]
    parts += [Spacer(1, 10), Table([[Image(code, width=120, height=120), side]], colWidths=[135, 360])]
    document.build(parts)
    return stream.getvalue()
