"""A report as a file: JSON, Word, PDF or Excel, in the layout of Decree 30/2020 (motto, number, date, signature)."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from binhyen.kit.csv_export import escape_cell
from binhyen.kit.official_papers import build_pdf_columns, build_pdf_text
from binhyen.kit.pdf_fonts import PDF_BOLD, PDF_ITALIC, PDF_PLAIN, register_pdf_fonts
from binhyen.stats.reports import content as parts
from binhyen.stats.reports.content import CommuneLine, ReportContent, ReportTable, to_json
from binhyen.stats.reports.narrative import format_count

# Decree 30/2020, appendix I: margins of 20 to 25 mm above and below, 30 to 35 left, 15 to 20 right; Times New Roman.
_TOP, _LEFT, _RIGHT = 20, 30, 15
_FONT = "Times New Roman"
_NUMBER_LABEL, _RATE_HEAD = "Số:", "Đúng hạn (%)"
_BODY_SIZE, _SMALL_SIZE = 14, 12


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """A file format. `render`: content → bytes."""

    extension: str
    media_type: str
    render: Callable[[ReportContent], bytes]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as text; the first column is left-aligned, the others are numbers."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def render_json(content: ReportContent) -> bytes:
    return json.dumps(to_json(content), ensure_ascii=False, indent=2).encode()


def list_grids(content: ReportContent) -> list[Grid]:
    """Return the tables, then the appendix by commune."""
    grids = [_to_grid(table) for table in content.tables if table.lines]
    if content.communes:
        grids.append(Grid(parts.APPENDIX, parts.COMMUNE_HEAD, [_to_row(line) for line in content.communes]))
    return grids


def _to_grid(table: ReportTable) -> Grid:
    rows = [
        (
            line.label,
            format_count(line.value),
            format_count(line.previous),
            _format_difference(line.value, line.previous),
        )
        for line in table.lines
    ]
    return Grid(table.title, parts.TABLE_HEAD, rows)


def _format_difference(value: int, before: int) -> str:
    if value == before:
        return "0"
    return f"{'+' if value > before else '−'}{format_count(abs(value - before))}"


def _to_row(line: CommuneLine) -> tuple[str, ...]:
    numbers = (line.reports, line.previous, line.urgent, line.valuable, line.closed)
    rate = "–" if line.rate is None else f"{line.rate}%"
    return (line.name, *(format_count(number) for number in numbers), rate)


def _list_opening(content: ReportContent) -> Iterator[str]:
    """Return the paragraphs before the first section: draft, version, changes of a correction."""
    if content.number is None:
        yield parts.DRAFT
    if content.version > 1:
        yield content.format_version()


# Word


def render_docx(content: ReportContent) -> bytes:
    """Return the report as a Word document that the unit may edit."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Mm, Pt

    document: Any = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(_TOP)
    section.left_margin, section.right_margin = Mm(_LEFT), Mm(_RIGHT)
    _set_docx_font(document)
    _add_page_numbers(section)

    def add(
        text: str, *, bold: bool = False, italic: bool = False, align: Any = ALIGN.CENTER, size: int = _BODY_SIZE
    ) -> Any:
        paragraph = document.add_paragraph()
        paragraph.alignment = align
        paragraph.paragraph_format.space_after = Pt(6)
        run = paragraph.add_run(text)
        run.bold, run.italic, run.font.size = bold, italic, Pt(size)
        return paragraph

    _add_docx_head(document, content)
    for text in _list_opening(content):
        add(text, italic=True)
    add(parts.HEADING, bold=True)
    add(content.subject, bold=True)
    for text in content.format_notes():
        add(text, italic=True, align=ALIGN.JUSTIFY)
    for part in content.sections:
        add(part.title, bold=True, align=ALIGN.LEFT)
        for text in part.paragraphs:
            add(text, align=ALIGN.JUSTIFY).paragraph_format.first_line_indent = Mm(12.7)
    grids = list_grids(content)
    for grid in grids:
        if grid.title == parts.APPENDIX:
            _add_docx_signature(document, content)
            document.add_page_break()
        add(grid.title, bold=True)
        add_docx_grid(document, grid)
    if not content.communes:
        _add_docx_signature(document, content)
    document.core_properties.title = content.subject
    document.core_properties.author = content.unit
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def _set_docx_font(document: Any) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style = document.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(_BODY_SIZE)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)


def _add_page_numbers(section: Any) -> None:
    """Add page numbers in the middle of the upper margin, except on the first page (appendix I, II.7)."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = ALIGN.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def _add_docx_head(document: Any, content: ReportContent) -> None:
    from docx.shared import Mm

    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    left, right = table.rows[0].cells
    left.width, right.width = Mm(65), Mm(100)
    number = f"{_NUMBER_LABEL} {content.format_number()}"
    _fill_docx_cell(left, [(content.superior, "", 12), (content.unit, "bu", 12), (number, "", 13)])
    _fill_docx_cell(right, [(parts.NATION, "b", 12), (parts.MOTTO, "bu", 13), (content.format_date(), "i", 13)])


def _fill_docx_cell(cell: Any, lines: Sequence[tuple[str, str, int]]) -> None:
    """Write centred lines; styles: b bold, i italic, u underlined."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Pt

    for index, (text, style, size) in enumerate(lines):
        paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
        paragraph.alignment = ALIGN.CENTER
        paragraph.paragraph_format.space_after = Pt(2)
        run = paragraph.add_run(text)
        run.bold, run.italic, run.underline = "b" in style, "i" in style, "u" in style
        run.font.size = Pt(size)


def _add_docx_signature(document: Any, content: ReportContent) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

    document.add_paragraph()
    table = document.add_table(rows=1, cols=2)
    left, right = table.rows[0].cells
    _fill_docx_cell(left, [(parts.RECIPIENTS, "bi", 12), (f"- {content.superior};", "", 11), (parts.ARCHIVE, "", 11)])
    for paragraph in left.paragraphs:
        paragraph.alignment = ALIGN.LEFT
    _fill_docx_cell(right, [(content.signer, "b", _BODY_SIZE), (parts.SIGNATURE_NOTE, "i", 12)])


def add_docx_grid(document: Any, grid: Grid) -> Any:
    """Append a table to the document and return it."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Pt

    table = document.add_table(rows=len(grid.rows) + 1, cols=len(grid.head))
    table.style = "Table Grid"
    for row, cells in zip(table.rows, [grid.head, *grid.rows], strict=True):
        for index, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.alignment = ALIGN.RIGHT if index and cells is not grid.head else ALIGN.LEFT
            run = paragraph.add_run(text)
            run.font.size, run.bold = Pt(_SMALL_SIZE), cells is grid.head
    document.add_paragraph()
    return table


# PDF


def render_pdf(content: ReportContent) -> bytes:
    """Return the report as PDF; Be Vietnam Pro is embedded, since Times New Roman may not be shipped."""
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
        title=content.subject,
        author=content.unit,
    )
    document.build(list(_list_pdf_parts(content)), onLaterPages=_draw_page_number)
    return stream.getvalue()


def _draw_page_number(canvas: Any, document: Any) -> None:
    canvas.setFont(PDF_PLAIN, _SMALL_SIZE)
    width, height = document.pagesize
    canvas.drawCentredString(width / 2, height - 12 * 2.83, str(canvas.getPageNumber()))


def _list_pdf_parts(content: ReportContent) -> Iterator[Any]:
    """Return the elements of the document in their order."""
    from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT
    from reportlab.platypus import PageBreak, Spacer

    yield _build_pdf_head(content)
    yield Spacer(1, 12)
    for text in _list_opening(content):
        yield build_pdf_text(text, PDF_ITALIC, TA_CENTER)
    yield build_pdf_text(parts.HEADING, PDF_BOLD, TA_CENTER)
    yield build_pdf_text(content.subject, PDF_BOLD, TA_CENTER)
    for text in content.format_notes():
        yield build_pdf_text(text, PDF_ITALIC, TA_JUSTIFY)
    for part in content.sections:
        yield build_pdf_text(part.title, PDF_BOLD, TA_LEFT)
        for text in part.paragraphs:
            yield build_pdf_text(text, PDF_PLAIN, TA_JUSTIFY, indent=36)
    for grid in list_grids(content):
        if grid.title == parts.APPENDIX:
            yield from _list_pdf_signature(content)
            yield PageBreak()
        yield build_pdf_text(grid.title, PDF_BOLD, TA_CENTER)
        yield _build_pdf_grid(grid)
        yield Spacer(1, 8)
    if not content.communes:
        yield from _list_pdf_signature(content)


def _build_pdf_head(content: ReportContent) -> Any:
    from reportlab.lib.enums import TA_CENTER

    left = [
        (content.superior, PDF_PLAIN),
        (content.unit, PDF_BOLD),
        (f"{_NUMBER_LABEL} {content.format_number()}", PDF_PLAIN),
    ]
    right = [(parts.NATION, PDF_BOLD), (parts.MOTTO, PDF_BOLD), (content.format_date(), PDF_ITALIC)]
    columns = [[build_pdf_text(text, font, TA_CENTER, size=10) for text, font in side] for side in (left, right)]
    return build_pdf_columns(columns, (66, 99))


def _list_pdf_signature(content: ReportContent) -> Iterator[Any]:
    from reportlab.lib.enums import TA_CENTER, TA_LEFT
    from reportlab.platypus import Spacer

    left = [(parts.RECIPIENTS, PDF_BOLD), (f"- {content.superior};", PDF_PLAIN), (parts.ARCHIVE, PDF_PLAIN)]
    right = [(content.signer, PDF_BOLD), (parts.SIGNATURE_NOTE, PDF_ITALIC)]
    yield Spacer(1, 12)
    yield build_pdf_columns(
        [
            [build_pdf_text(text, font, TA_LEFT, size=9) for text, font in left],
            [build_pdf_text(text, font, TA_CENTER, size=11) for text, font in right],
        ],
        (80, 85),
    )


def _build_pdf_grid(grid: Grid) -> Any:
    from reportlab.lib import colors
    from reportlab.lib.enums import TA_LEFT, TA_RIGHT
    from reportlab.lib.units import mm
    from reportlab.platypus import Table

    first = 165 - 20 * (len(grid.head) - 1)
    rows = [
        [
            build_pdf_text(text, PDF_BOLD if is_head else PDF_PLAIN, TA_RIGHT if index else TA_LEFT, size=9)
            for index, text in enumerate(cells)
        ]
        for is_head, cells in [(True, grid.head), *((False, row) for row in grid.rows)]
    ]
    table = Table(rows, colWidths=[first * mm, *[20 * mm] * (len(grid.head) - 1)], repeatRows=1)
    table.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
        ]
    )
    return table


# Excel


def render_xlsx(content: ReportContent) -> bytes:
    """Return the numbers as a workbook, one sheet for each table; cells are numbers, texts are never formulas."""
    import xlsxwriter

    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, plain = book.add_format({"bold": True, "font_name": _FONT}), book.add_format({"font_name": _FONT})
    head = (content.superior, content.unit, f"{_NUMBER_LABEL} {content.format_number()}", content.subject)
    for table in content.tables:
        rows = [(line.label, line.value, line.previous, line.value - line.previous) for line in table.lines]
        _write_sheet(book, table.title, head, parts.TABLE_HEAD, rows, (bold, plain))
    if content.communes:
        lines = [
            (line.name, line.reports, line.previous, line.urgent, line.valuable, line.closed, line.rate)
            for line in content.communes
        ]
        _write_sheet(book, parts.APPENDIX, head, (*parts.COMMUNE_HEAD[:-1], _RATE_HEAD), lines, (bold, plain))
    book.close()
    return stream.getvalue()


def _write_sheet(
    book: Any,
    name: str,
    head: Sequence[str],
    columns: Sequence[str],
    rows: Sequence[Sequence[str | int | None]],
    formats: tuple[Any, Any],
) -> None:
    bold, plain = formats
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, len(columns), 12)
    for index, text in enumerate(head):
        sheet.write_string(index, 0, escape_cell(text), bold)
    start = len(head) + 1
    sheet.write_row(start, 0, columns, bold)
    for index, (label, *numbers) in enumerate(rows, start + 1):
        sheet.write_string(index, 0, escape_cell(str(label)), plain)
        for column, number in enumerate(numbers, 1):
            if number is not None:
                sheet.write_number(index, column, number, plain)


FORMATS = {
    "json": DocumentFormat("json", "application/json", render_json),
    "docx": DocumentFormat(
        "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", render_docx
    ),
    "pdf": DocumentFormat("pdf", "application/pdf", render_pdf),
    "xlsx": DocumentFormat("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", render_xlsx),
}
