"""Files of a tip, validated before any part of the tip is stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from binhyen.kit import file_storage, file_types
from binhyen.kit.file_types import PICTURE
from binhyen.kit.i18n_markers import N_

ONLY_AS_IT_CAME = N_(
    "Tệp này không xóa sạch được, chỉ giữ được bản gốc. Bỏ tệp này ra, hoặc bỏ chọn «Không giữ ảnh gốc»."
)


@dataclass(frozen=True, slots=True)
class Sent:
    """An uploaded file. Only the ending of its name is used; the rest could identify the sender."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Made:
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


def made_of(sent: Sequence[Sent], *, originals: bool) -> list[Made]:
    """Process the uploads: pictures in the sandboxed decoder; other files are never opened. Raises BadFile."""
    made = []
    for number, file in enumerate(sent, start=1):
        try:
            made.append(_one(file, originals))
        except file_storage.NotAPicture as problem:
            raise BadFile(number, str(problem)) from None
    return made


def _one(file: Sent, originals: bool) -> Made:
    kind = file_types.kind_of(file.name, file.data)
    if kind == PICTURE:
        return Made(kind, file.data if originals else b"", file_storage.clean_picture(file.data).data)
    if not originals:
        raise file_storage.NotAPicture(ONLY_AS_IT_CAME)
    return Made(kind, file.data, b"")
