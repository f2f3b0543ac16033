"""Word template of a unit: check an uploaded file, and fill its fields «{{so}}» with a report. Nothing in it runs.

Fields are replaced as text; there is no template language. A field may be split over several runs of a paragraph, as
Word does after an edit in the middle of it.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast

from binhyen.kit.i18n_markers import N_, DeferredText
from binhyen.stats.reports import content as parts
from binhyen.stats.reports.content import ReportContent, Section
from binhyen.stats.reports.documents import FORMATS

MAX_BYTES = 1_000_000
_MAX_UNPACKED = 20_000_000
_FIELD = re.compile(r"\{\{\s*([a-z0-9_]*)\s*\}\}")
_EXTERNAL = re.compile(rb"<Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>")
_HYPERLINK = b"/relationships/hyperlink"
# Field → meaning, for the page and the sample.
TEXT_FIELDS: Mapping[str, str] = {
    "co_quan": N_("Cơ quan cấp trên"),
    "don_vi": N_("Tên đơn vị"),
    "so": N_("Số và ký hiệu"),
    "ngay": N_("Nơi và ngày tháng"),
    "tieu_de": N_("Tiêu đề báo cáo"),
    "dia_ban": N_("Địa bàn"),
    "tu_ngay": N_("Ngày đầu kỳ"),
    "den_ngay": N_("Ngày cuối kỳ"),
    "nguoi_ky": N_("Chức vụ người ký"),
    "ban": N_("Dự thảo, hoặc bản đính chính lần mấy"),
}
# Each stands alone in its paragraph and becomes several.
BLOCK_FIELDS: Mapping[str, str] = {
    "noi_dung": N_("Phần nội dung"),
    "bang_so_lieu": N_("Các bảng số liệu"),
    "phu_luc": N_("Phụ lục theo xã, phường"),
    "dinh_chinh": N_("Những gì đã sửa, trong bản đính chính"),
}
REQUIRED = ("so", "ngay", "tieu_de", "noi_dung", "bang_so_lieu")
_DAY_PARTS = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


class InvalidTemplate(Exception):
    """The file cannot be a template; the text is Vietnamese and shown to the user."""


def check_template(data: bytes) -> None:
    """Refuse a file that is no Word file, too large, active, or lacks a field. Raises InvalidTemplate."""
    if len(data) > MAX_BYTES:
        raise InvalidTemplate(N_("Tệp lớn quá 1 MB."))
    _check_package(data)
    try:
        paragraphs = list(_iter_paragraphs(_open_document(data)))
    except Exception as broken:
        raise InvalidTemplate(N_("Tệp này không phải tệp Word (.docx), hoặc đã hỏng.")) from broken
    names = [name for paragraph in paragraphs for name in _FIELD.findall(paragraph.text)]
    unknown = next((name for name in names if name not in TEXT_FIELDS and name not in BLOCK_FIELDS), None)
    if unknown is not None:
        raise InvalidTemplate(DeferredText(N_("Mẫu có trường không có thật: {name}."), name=f"{{{{{unknown}}}}}"))
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        listed = ", ".join(f"{{{{{name}}}}}" for name in missing)
        raise InvalidTemplate(DeferredText(N_("Mẫu thiếu trường: {names}."), names=listed))
    for paragraph in paragraphs:
        blocks = [name for name in _FIELD.findall(paragraph.text) if name in BLOCK_FIELDS]
        if blocks and _FIELD.sub("", paragraph.text).strip():
            name = f"{{{{{blocks[0]}}}}}"
            raise InvalidTemplate(DeferredText(N_("Trường {name} phải đứng một mình trong đoạn."), name=name))


# Errors of `zipfile` for a damaged archive: a bad directory, an unknown compression method or an encrypted entry
# (RuntimeError), a truncated file, a damaged stream.
_UNREADABLE = (zipfile.BadZipFile, RuntimeError, EOFError, OSError, zlib.error)


def _check_package(data: bytes) -> None:
    no_word = N_("Tệp này không phải tệp Word (.docx), hoặc đã hỏng.")
    try:
        package = zipfile.ZipFile(BytesIO(data))
        entries = package.infolist()
        if "word/document.xml" not in package.namelist():
            raise InvalidTemplate(no_word)
        if sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
            raise InvalidTemplate(N_("Tệp này giải nén ra quá lớn."))
        for entry in entries:
            _check_part(entry.filename, package.read(entry))
    except _UNREADABLE as broken:
        raise InvalidTemplate(no_word) from broken


def _check_part(name: str, body: bytes) -> None:
    if name.lower().endswith((".bin", ".exe", ".js", ".vbs")) or "/embeddings/" in name or "/activex/" in name.lower():
        raise InvalidTemplate(N_("Mẫu có macro hoặc đối tượng nhúng. Hãy bỏ đi rồi tải lại."))
    if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in body:
        raise InvalidTemplate(N_("Tệp này không phải tệp Word (.docx), hoặc đã hỏng."))
    if name.endswith(".rels") and any(_HYPERLINK not in link for link in _EXTERNAL.findall(body)):
        raise InvalidTemplate(N_("Mẫu lấy nội dung từ nơi khác. Hãy bỏ liên kết đi rồi tải lại."))


def fill_template(data: bytes, content: ReportContent) -> bytes:
    """Return the template with the report in its fields."""
    from binhyen.stats.reports.documents import list_grids

    document = _open_document(data)
    grids = list_grids(content)
    texts = _list_texts(content)
    for paragraph in list(_iter_paragraphs(document)):
        names = _FIELD.findall(paragraph.text)
        block = next((name for name in names if name in BLOCK_FIELDS), None)
        if block is None:
            if names:
                _replace_fields(paragraph, texts)
            continue
        if block == "noi_dung":
            _write_narrative(paragraph, content)
        elif block == "dinh_chinh":
            _write_lines(paragraph, content.format_notes())
        else:
            is_appendix = block == "phu_luc"
            _write_grids(document, paragraph, [grid for grid in grids if (grid.title == parts.APPENDIX) == is_appendix])
        paragraph._p.getparent().remove(paragraph._p)
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def render_report(content: ReportContent, extension: str, template: bytes | None) -> bytes:
    """Return the report as a file. `template`: the Word file of the unit's own layout."""
    if template is not None and extension == "docx":
        return fill_template(template, content)
    return FORMATS[extension].render(content)


def build_sample_template() -> bytes:
    """Return a template in the official layout with every field, to edit in Word."""
    from binhyen.stats.reports.documents import render_docx

    body = [f"{{{{{name}}}}}" for name in ("ban", "dinh_chinh", "noi_dung", "bang_so_lieu")]
    sample = SimpleNamespace(
        superior="{{co_quan}}",
        unit="{{don_vi}}",
        signer="{{nguoi_ky}}",
        subject="{{tieu_de}}",
        number=1,
        version=1,
        sections=(Section("", tuple(body)),),
        tables=(),
        communes=(),
        format_number=lambda: "{{so}}",
        format_date=lambda: "{{ngay}}",
        format_notes=tuple,
    )
    document = _open_document(render_docx(cast("ReportContent", sample)))
    document.add_page_break()
    document.add_paragraph("{{phu_luc}}")
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def _list_texts(content: ReportContent) -> dict[str, str]:
    return {
        "co_quan": content.superior,
        "don_vi": content.unit,
        "so": content.format_number(),
        "ngay": content.format_date(),
        "tieu_de": content.subject,
        "dia_ban": content.area,
        "tu_ngay": _DAY_PARTS.sub(r"\3/\2/\1", content.first),
        "den_ngay": _DAY_PARTS.sub(r"\3/\2/\1", content.last),
        "nguoi_ky": content.signer,
        "ban": parts.DRAFT if content.number is None else content.format_version(),
    }


def _open_document(data: bytes) -> Any:
    from docx import Document

    return Document(BytesIO(data))


def _iter_paragraphs(document: Any) -> Iterator[Any]:
    """Yield the paragraphs of the body, its tables, headers and footers."""
    yield from document.paragraphs
    for table in document.tables:
        yield from _iter_table(table)
    for section in document.sections:
        for part in (section.header, section.footer, section.first_page_header, section.first_page_footer):
            yield from part.paragraphs
            for table in part.tables:
                yield from _iter_table(table)


def _iter_table(table: Any) -> Iterator[Any]:
    seen: set[int] = set()
    for row in table.rows:
        for cell in row.cells:
            if id(cell._tc) not in seen:  # a merged cell is listed once a column
                seen.add(id(cell._tc))
                yield from cell.paragraphs
                for inner in cell.tables:
                    yield from _iter_table(inner)


def _replace_fields(paragraph: Any, texts: Mapping[str, str]) -> None:
    """Replace fields; text of a field that is split over runs goes into the first of them, with its format."""
    for run in paragraph.runs:
        if _FIELD.search(run.text):
            run.text = _FIELD.sub(lambda match: texts.get(match[1], ""), run.text)
    if _FIELD.search(paragraph.text) and paragraph.runs:
        whole = _FIELD.sub(lambda match: texts.get(match[1], ""), paragraph.text)
        for run in paragraph.runs[1:]:
            run.text = ""
        paragraph.runs[0].text = whole


def _write_narrative(paragraph: Any, content: ReportContent) -> None:
    for section in content.sections:
        _insert_before(paragraph, section.title, bold=True)
        for text in section.paragraphs:
            _insert_before(paragraph, text)


def _write_lines(paragraph: Any, lines: tuple[str, ...]) -> None:
    for text in lines:
        _insert_before(paragraph, text)


def _insert_before(paragraph: Any, text: str, *, bold: bool = False) -> None:
    """Insert a paragraph with the style and font of the field's own."""
    new = paragraph.insert_paragraph_before("", style=paragraph.style)
    if paragraph._p.pPr is not None:
        new._p.insert(0, deepcopy(paragraph._p.pPr))
        for extra in new._p.findall(new._p.pPr.tag)[1:]:
            new._p.remove(extra)
    run = new.add_run(text)
    if paragraph.runs:
        font = paragraph.runs[0].font
        run.font.name, run.font.size, run.font.italic = font.name, font.size, font.italic
    if bold:
        run.bold = True


def _write_grids(document: Any, paragraph: Any, grids: list[Any]) -> None:
    from binhyen.stats.reports.documents import add_docx_grid

    for grid in grids:
        _insert_before(paragraph, grid.title, bold=True)
        table = add_docx_grid(document, grid)
        paragraph._p.addprevious(table._tbl)
