"""Official papers as Word and PDF files in the layout of Decree 30/2020/NĐ-CP, appendix I. Knows no feature.

Motto, number, place and day, title or subject, body, signatures, recipients. The PDF embeds Be Vietnam Pro, since
Times New Roman may not be shipped; the Word file names Times New Roman and stays editable.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Any

from django.http import HttpResponse

from binhyen.kit.pdf_fonts import PDF_BOLD, PDF_ITALIC, PDF_PLAIN, register_pdf_fonts
from binhyen.kit.security_headers import SANDBOX_CSP

NATION, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"
SIGN_NOTE, SEAL_NOTE = "(Ký, ghi rõ họ tên)", "(Ký, ghi rõ họ tên, đóng dấu)"
BLANK = "." * 40
_NUMBER, _RECIPIENTS, _TO = "Số: {number}", "Nơi nhận:", "Kính gửi: {to}"
_DATE = "{place}, ngày {day} tháng {month} năm {year}"
# Millimetres: 20 to 25 above and below, 30 to 35 left, 15 to 20 right.
_TOP, _LEFT, _RIGHT, _WIDTH = 20, 30, 15, 165
_FONT, _BODY_SIZE, _SMALL_SIZE, _SIGN_SPACE = "Times New Roman", 14, 12, 48
_HEAD_WIDTHS = (66, 99)


@dataclass(frozen=True, slots=True)
class PaperHead:
    """Issuing unit and its superior in capitals, number, place and day. `subject`: of a letter without a title."""

    superior: str
    unit: str
    number: str
    place: str
    day: dt.date
    subject: str = ""

    def format_day(self) -> str:
        """Return place and day; days below 10 and months below 3 have a leading zero (appendix I, II.4)."""
        month = f"{self.day:%m}" if self.day.month < 3 else str(self.day.month)
        return _DATE.format(place=self.place or BLANK[:18], day=f"{self.day:%d}", month=month, year=self.day.year)


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """A line «label: value» of the body."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table of the body. `shares`: width of each column in percent."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    shares: Sequence[int]


@dataclass(frozen=True, slots=True)
class Signature:
    """A place to sign. `image`: the signature drawn on a screen, as PNG."""

    title: str
    note: str = SIGN_NOTE
    name: str = ""
    image: bytes | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper. With `recipients` it has one signature beside them, else the signatures stand side by side.

    `name`: of the file, ASCII, without personal data.
    """

    name: str
    head: PaperHead
    body: Sequence[str | LabelledLine | PaperTable]
    signatures: Sequence[Signature]
    title: str = ""
    to: str = ""
    recipients: Sequence[str] = ()


# Word


def render_paper_docx(paper: Paper) -> bytes:
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    document: Any = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(_TOP)
    section.left_margin, section.right_margin = Mm(_LEFT), Mm(_RIGHT)
    style = document.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(_BODY_SIZE)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    head = paper.head
    left = [(head.superior, "", 12), (head.unit, "bu", 12), (_NUMBER.format(number=head.number), "", 13)]
    if head.subject:
        left.append((head.subject, "", 12))
    right = [(NATION, "b", 12), (MOTTO, "bu", 13), (head.format_day(), "i", 13)]
    _add_docx_columns(document, [left, right], _HEAD_WIDTHS)
    _add_docx_line(document, "", ALIGN.LEFT, "", 6)
    if paper.title:
        _add_docx_line(document, paper.title, ALIGN.CENTER, "b", _BODY_SIZE)
    if paper.to:
        _add_docx_line(document, _TO.format(to=paper.to), ALIGN.CENTER, "", _BODY_SIZE)
    for part in paper.body:
        _add_docx_part(document, part)
    _add_docx_signatures(document, paper)
    document.core_properties.title = paper.title or head.subject
    document.core_properties.author = head.unit
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def _add_docx_line(document: Any, text: str, align: Any, style: str, size: float) -> Any:
    """Add a paragraph; styles: b bold, i italic, u underlined."""
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(6)
    run = paragraph.add_run(text)
    run.bold, run.italic, run.underline, run.font.size = "b" in style, "i" in style, "u" in style, Pt(size)
    return paragraph


def _add_docx_part(document: Any, part: str | LabelledLine | PaperTable) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Mm, Pt

    if isinstance(part, str):
        _add_docx_line(document, part, ALIGN.JUSTIFY, "", _BODY_SIZE).paragraph_format.first_line_indent = Mm(12.7)
    elif isinstance(part, LabelledLine):
        _add_docx_line(document, f"{part.label}: {part.value}", ALIGN.LEFT, "", _BODY_SIZE)
    else:
        table = document.add_table(rows=len(part.rows) + 1, cols=len(part.head))
        table.style = "Table Grid"
        for row, cells in zip(table.rows, [part.head, *part.rows], strict=True):
            for cell, text, share in zip(row.cells, cells, part.shares, strict=True):
                cell.width = Mm(_WIDTH * share / 100)
                run = cell.paragraphs[0].add_run(text)
                run.font.size, run.bold = Pt(_SMALL_SIZE), cells is part.head
        _add_docx_line(document, "", ALIGN.LEFT, "", 6)


def _add_docx_columns(
    document: Any, columns: Sequence[Sequence[tuple[str, str, float]]], widths: Sequence[float]
) -> Any:
    """Add columns of centred lines without a border; return the table row."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Mm, Pt

    table = document.add_table(rows=1, cols=len(columns))
    table.autofit = False
    for cell, lines, width in zip(table.rows[0].cells, columns, widths, strict=True):
        cell.width = Mm(width)
        for index, (text, style, size) in enumerate(lines):
            paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
            paragraph.alignment = ALIGN.CENTER
            paragraph.paragraph_format.space_after = Pt(2)
            run = paragraph.add_run(text)
            run.bold, run.italic, run.underline = "b" in style, "i" in style, "u" in style
            run.font.size = Pt(size)
    return table.rows[0]


def _add_docx_signatures(document: Any, paper: Paper) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Mm

    signed = [[(item.title, "b", _BODY_SIZE), (item.note, "i", 12)] for item in paper.signatures]
    if paper.recipients:
        signed.insert(0, [(_RECIPIENTS, "bi", 12), *((f"- {line}", "", 11) for line in paper.recipients)])
    widths = [_WIDTH / len(signed)] * len(signed)
    cells = _add_docx_columns(document, signed, widths).cells
    if paper.recipients:
        for paragraph in cells[0].paragraphs:
            paragraph.alignment = ALIGN.LEFT
    for cell, item in zip(cells[-len(paper.signatures) :], paper.signatures, strict=True):
        space = cell.add_paragraph()
        space.alignment = ALIGN.CENTER
        if item.image:
            space.add_run().add_picture(BytesIO(item.image), width=Mm(45))
        else:
            space.add_run("\n\n")
        name = cell.add_paragraph()
        name.alignment = ALIGN.CENTER
        name.add_run(item.name).bold = True


# PDF


def render_paper_pdf(paper: Paper) -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    register_pdf_fonts()
    stream = BytesIO()
    document = SimpleDocTemplate(
        stream,
        pagesize=A4,
        topMargin=_TOP * mm,
        bottomMargin=_TOP * mm,
        leftMargin=_LEFT * mm,
        rightMargin=_RIGHT * mm,
        title=paper.title or paper.head.subject,
        author=paper.head.unit,
    )
    document.build(list(_list_pdf_parts(paper)), onLaterPages=_draw_page_number)
    return stream.getvalue()


def _draw_page_number(canvas: Any, document: Any) -> None:
    canvas.setFont(PDF_PLAIN, _SMALL_SIZE)
    width, height = document.pagesize
    canvas.drawCentredString(width / 2, height - 34, str(canvas.getPageNumber()))


def _list_pdf_parts(paper: Paper) -> Iterator[Any]:
    from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT
    from reportlab.platypus import Spacer

    yield _build_pdf_head(paper.head)
    yield Spacer(1, 12)
    if paper.title:
        yield build_pdf_text(paper.title, PDF_BOLD, TA_CENTER, size=13)
    if paper.to:
        yield build_pdf_text(_TO.format(to=paper.to), PDF_PLAIN, TA_CENTER)
    for part in paper.body:
        if isinstance(part, str):
            yield build_pdf_text(part, PDF_PLAIN, TA_JUSTIFY, indent=36)
        elif isinstance(part, LabelledLine):
            yield build_pdf_text(f"{part.label}: {part.value}", PDF_PLAIN, TA_LEFT)
        else:
            yield _build_pdf_table(part)
            yield Spacer(1, 8)
    yield Spacer(1, 10)
    yield _build_pdf_signatures(paper)


def build_pdf_text(text: str, font: str, alignment: int, *, size: float = 12, indent: float = 0) -> Any:
    """Build a paragraph of a registered font. `size`, `indent`: points."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        font,
        fontName=font,
        fontSize=size,
        leading=size * 1.45,
        alignment=alignment,
        firstLineIndent=indent,
        spaceAfter=size / 2,
    )
    return Paragraph(escape(text), style)


def _build_pdf_head(head: PaperHead) -> Any:
    from reportlab.lib.enums import TA_CENTER

    left = [(head.superior, PDF_PLAIN), (head.unit, PDF_BOLD), (_NUMBER.format(number=head.number), PDF_PLAIN)]
    if head.subject:
        left.append((head.subject, PDF_PLAIN))
    right = [(NATION, PDF_BOLD), (MOTTO, PDF_BOLD), (head.format_day(), PDF_ITALIC)]
    columns = [[build_pdf_text(text, font, TA_CENTER, size=9.5) for text, font in side] for side in (left, right)]
    return build_pdf_columns(columns, _HEAD_WIDTHS)


def build_pdf_columns(columns: Sequence[Sequence[Any]], widths: Sequence[float]) -> Any:
    """Build columns side by side. `widths`: mm."""
    from reportlab.lib.units import mm
    from reportlab.platypus import Table

    table = Table([columns], colWidths=[width * mm for width in widths])
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP")])
    return table


def _build_pdf_table(part: PaperTable) -> Any:
    from reportlab.lib import colors
    from reportlab.lib.enums import TA_LEFT
    from reportlab.lib.units import mm
    from reportlab.platypus import Table

    rows = [
        [build_pdf_text(text, PDF_BOLD if cells is part.head else PDF_PLAIN, TA_LEFT, size=10) for text in cells]
        for cells in [part.head, *part.rows]
    ]
    table = Table(rows, colWidths=[_WIDTH * share / 100 * mm for share in part.shares], repeatRows=1)
    table.setStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return table


def _build_pdf_signatures(paper: Paper) -> Any:
    from reportlab.lib.enums import TA_CENTER, TA_LEFT
    from reportlab.platypus import KeepTogether

    columns: list[list[Any]] = []
    if paper.recipients:
        lines = [(_RECIPIENTS, PDF_BOLD), *((f"- {line}", PDF_PLAIN) for line in paper.recipients)]
        columns.append([build_pdf_text(text, font, TA_LEFT, size=9) for text, font in lines])
    for item in paper.signatures:
        columns.append(
            [
                build_pdf_text(item.title, PDF_BOLD, TA_CENTER, size=11),
                build_pdf_text(item.note, PDF_ITALIC, TA_CENTER, size=10),
                _build_pdf_signature_space(item),
                build_pdf_text(item.name, PDF_BOLD, TA_CENTER, size=11),
            ]
        )
    return KeepTogether([build_pdf_columns(columns, [_WIDTH / len(columns)] * len(columns))])


def _build_pdf_signature_space(item: Signature) -> Any:
    from reportlab.platypus import Image, Spacer

    if item.image is None:
        return Spacer(1, _SIGN_SPACE)
    return Image(BytesIO(item.image), width=128, height=_SIGN_SPACE, kind="proportional")


@dataclass(frozen=True, slots=True)
class PaperFormat:
    """A file format of papers. `render`: paper → bytes."""

    media_type: str
    render: Callable[[Paper], bytes]


PAPER_FORMATS = {
    "docx": PaperFormat("application/vnd.openxmlformats-officedocument.wordprocessingml.document", render_paper_docx),
    "pdf": PaperFormat("application/pdf", render_paper_pdf),
}
FORMAT_PARAMETER = "tep"


def build_paper_response(paper: Paper, extension: str) -> HttpResponse:
    """Return a paper as a file to download; no cache may keep it. `extension`: a key of PAPER_FORMATS."""
    paper_format = PAPER_FORMATS[extension]
    return HttpResponse(
        paper_format.render(paper),
        content_type=paper_format.media_type,
        headers={
            # nosemgrep: file-name-from-outside  the paper's own short name with a code
            "Content-Disposition": f'attachment; filename="{paper.name}.{extension}"',
            "Content-Security-Policy": SANDBOX_CSP,
            "Cache-Control": "no-store",
        },
    )
