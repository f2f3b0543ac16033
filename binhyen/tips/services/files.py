"""Files that come with a tip, looked at before anything of the tip is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from binhyen.kit import filekinds, files
from binhyen.kit.filekinds import PICTURE
from binhyen.kit.wording import N_

ONLY_AS_IT_CAME = N_(
    "Tệp này không xóa sạch được, chỉ giữ được bản gốc. Bỏ tệp này ra, hoặc bỏ chọn «Không giữ ảnh gốc»."
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was chosen. Of its name only the ending is looked at; the rest may say who sends it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """`original`: as it came, or nothing of it as the person says. `shown`: a picture made anew; of others nothing."""

    kind: str
    original: bytes
    shown: bytes


class BadFile(files.NotAPicture):
    """`number`: which of them, from 1. Nothing of the sending was kept."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


def made_of(sent: Sequence[Sent], *, originals: bool) -> list[Made]:
    """Raises BadFile. Pictures go through the decoder in its cage; nothing else is opened by anything of ours."""
    made = []
    for number, file in enumerate(sent, start=1):
        try:
            made.append(_one(file, originals))
        except files.NotAPicture as problem:
            raise BadFile(number, str(problem)) from None
    return made


def _one(file: Sent, originals: bool) -> Made:
    kind = filekinds.kind_of(file.name, file.data)
    if kind == PICTURE:
        return Made(kind, file.data if originals else b"", files.clean_picture(file.data).data)
    if not originals:
        raise files.NotAPicture(ONLY_AS_IT_CAME)
    return Made(kind, file.data, b"")
