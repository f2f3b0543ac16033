"""CSV export for spreadsheets: UTF-8 with a byte order mark, so that Excel shows the letters; no cell is a formula.
The same rows as Parquet for data tools.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import SEEK_END, RawIOBase, StringIO
from itertools import chain
from typing import Any

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


_PARQUET_BLOCK = 1 << 20  # bytes of CSV that are in memory at once, and become a row group


class _BlockReader(RawIOBase):
    """File over blocks of bytes."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._rest = iter(blocks), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = block
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


class _BlockWriter(RawIOBase):
    """File that hands over what was written since the last call."""

    def __init__(self) -> None:
        self._written, self._position = bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written += data
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def take_written(self) -> bytes:
        block = bytes(self._written)
        self._written.clear()
        return block


def stream_parquet(csv_blocks: Iterable[bytes], types: Mapping[str, str]) -> Iterator[bytes]:
    """Convert CSV with a head to Parquet, in constant memory. `types`: column → «date» or «time»; the others are text.

    An empty cell becomes null. Times have no zone, as in the CSV: they are local.
    """
    import pyarrow as pa  # 60 MB of memory: only for a process that exports
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    blocks = iter(csv_blocks)
    head = next(blocks)
    columns = next(csv.reader([head.decode("utf-8-sig")]))
    arrow_types = {"date": pa.date32(), "time": pa.timestamp("s")}
    schema = pa.schema([(name, arrow_types[types[name]] if name in types else pa.string()) for name in columns])
    sink = _BlockWriter()
    writer = parquet.ParquetWriter(sink, schema, compression="zstd")
    first = next(blocks, b"")
    if first:
        reader = arrow_csv.open_csv(
            _BlockReader(chain([first], blocks)),
            arrow_csv.ReadOptions(use_threads=False, block_size=_PARQUET_BLOCK, column_names=columns),
            convert_options=arrow_csv.ConvertOptions(
                column_types=schema, strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=True
            ),
        )
        for batch in reader:
            writer.write_batch(batch)
            yield sink.take_written()
    writer.close()
    yield sink.take_written()
