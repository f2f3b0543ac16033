"""Files of a tip, validated before any part of the tip is stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from binhyen.kit import file_storage, file_types
from binhyen.kit.file_types import PICTURE
from binhyen.kit.i18n_markers import N_

ORIGINAL_ONLY = N_(
    "Tệp này không xóa sạch được, chỉ giữ được bản gốc. Bỏ tệp này ra, hoặc bỏ chọn «Không giữ ảnh gốc»."
)


@dataclass(frozen=True, slots=True)
class UploadedTipFile:
    """An uploaded file. Only the ending of its name is used; the rest could identify the sender."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ProcessedFile:
    """A processed file.

    `original`: empty if the reporter wants no original; `shown`: re-encoded picture, else empty.
    """

    kind: str
    original: bytes
    shown: bytes


class BadFile(file_storage.NotAPicture):
    """A rejected file. `number`: its position from 1. Nothing of the submission was stored."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


def process_files(uploads: Sequence[UploadedTipFile], *, originals: bool) -> list[ProcessedFile]:
    """Process the uploads: pictures in the sandboxed decoder; other files are never opened. Raises BadFile."""
    processed = []
    for number, file in enumerate(uploads, start=1):
        try:
            processed.append(_process_file(file, originals))
        except file_storage.NotAPicture as problem:
            raise BadFile(number, str(problem)) from None
    return processed


def _process_file(file: UploadedTipFile, originals: bool) -> ProcessedFile:
    kind = file_types.detect_file_type(file.name, file.data)
    if kind == PICTURE:
        return ProcessedFile(kind, file.data if originals else b"", file_storage.clean_picture(file.data).data)
    if not originals:
        raise file_storage.NotAPicture(ORIGINAL_ONLY)
    return ProcessedFile(kind, file.data, b"")
