"""CSV export for spreadsheets: UTF-8 with a byte order mark, so that Excel shows the letters; no cell is a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from io import SEEK_END, StringIO

from django.http import HttpResponse

# Cells that spreadsheets take for a formula, also behind blanks, quotes, invisible letters, and in full width (OWASP,
# CSV injection; LibreOffice and Excel drop leading blanks, Excel reads ＝＋－＠ as = + - @).
_FORMULA = re.compile(r"[\s\"'\x00-\x20\u00a0\u200b-\u200f\u2028-\u202e\u2060\ufeff]*[=+\-@|%＝＋－＠﹢﹣﹦]")
# A spreadsheet in a locale that writes 1,5 splits at «;» instead, even inside quotes.
_INNER_FORMULA = re.compile(r"([;\t])(?=\s*[=+\-@|%＝＋－＠﹢﹣﹦])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_STARTS = ("\t", "\r", "\n")


def escape_cell(value: str) -> str:
    """Return a cell that a spreadsheet takes for text, never for a formula. Plain words are unchanged."""
    plain = _INNER_FORMULA.sub(r"\1'", _CONTROL.sub("", value))
    return f"'{plain}" if plain != value or plain.startswith(_LINE_STARTS) or _FORMULA.match(plain) else plain


def write_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as CSV, with its byte order mark."""
    file = StringIO("\ufeff", newline="")
    file.seek(0, SEEK_END)
    writer = csv.writer(file)
    writer.writerow([escape_cell(value) for value in head])
    writer.writerows([escape_cell(value) for value in row] for row in rows)
    return file.getvalue()


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    """Return a response that downloads as `name`."""
    response = HttpResponse(write_csv(head, rows), content_type="text/csv; charset=utf-8")
    # nosemgrep: file-name-from-outside  callers name files themselves
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
