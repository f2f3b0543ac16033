"""Parsed form of the case page: clean text, version, files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Self, TypeVar
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.channels.models import Attachment
from binhyen.channels.queries import NotVisible
from binhyen.channels.services.media import store_upload
from binhyen.kit import file_storage
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import normalize_code
from binhyen.kit.text import to_nfc
from binhyen.people.models import Officer
from binhyen.people.view_auth import OfficerRequest

MAX_FILES = 5
_MAX_CODES = 60  # as many as the maximum of alarms in the list
_URL_FIELDS = ("into", "tin", "version")  # set in the URLs of buttons
Choice = TypeVar("Choice", bound=StrEnum)
_STALE_PAGE = N_("Trang đã cũ. Hãy tải lại rồi làm lại.")


@dataclass(frozen=True, slots=True)
class ActionForm:
    """A submitted action on the case `code` by `officer` at `now`. `data`: every field by name, NFC, as typed."""

    code: str
    officer: Officer
    now: datetime
    data: dict[str, str]
    photos: "tuple[UploadedFile[bytes], ...]"

    def text(self, name: str, *, max_length: int) -> str:
        """Return a text field. Raises NotAllowed where it is too long: input is never truncated silently."""
        value = self.data.get(name, "")
        if len(value) > max_length:
            raise NotAllowed(
                _("Nội dung quá dài ({n} ký tự). Tối đa {most} ký tự.").format(n=len(value), most=max_length)
            )
        return value

    @property
    def version(self) -> int:
        """Return the version of the case in the form. Raises NotAllowed where it is missing."""
        value = self.data.get("version", "")
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            raise NotAllowed(_(_STALE_PAGE))
        return int(value)

    def get_case_code(self, name: str) -> str:
        """Return a case code as typed."""
        return normalize_code(self.text(name, max_length=24))

    def get_case_codes(self, name: str) -> list[tuple[str, int | None]]:
        """Return case codes, each with the version that the page showed: «LH-7K3M/4»."""
        codes = []
        for part in self.text(name, max_length=_MAX_CODES * 32).split(","):
            code, _slash, version = part.strip().partition("/")
            codes.append((normalize_code(code), int(version) if version.isascii() and version.isdigit() else None))
        return codes


def parse_action_form(request: OfficerRequest, code: str, *, now: datetime) -> ActionForm:
    """Parse the form. Identifiers in the button's URL (a message, another case, its version) override form fields.

    Free text is never read from a URL.
    """
    sent = {name: to_nfc(value) for name, value in request.POST.items() if isinstance(value, str)}
    carried = {name: to_nfc(request.GET[name]) for name in _URL_FIELDS if name in request.GET}
    photos = tuple(photo for photo in request.FILES.getlist("photos") if isinstance(photo, UploadedFile))
    if many := request.POST.getlist("into"):
        sent["into"] = to_nfc(", ".join(many))
    return ActionForm(normalize_code(code), request.user, now, sent | carried, photos)


def parse_choice(choices: type[Choice], value: str, problem: str) -> Choice:
    """Parse a choice. Raises NotAllowed with `problem`."""
    try:
        return choices(value)
    except ValueError:
        raise NotAllowed(_(problem)) from None


def parse_uuid(value: str) -> str:
    """Parse a public id. Raises NotFound where it is invalid."""
    try:
        return str(UUID(value))
    except ValueError:
        raise NotFound from None


@contextmanager
def refuse_missing(problem: str = N_("Không tìm thấy vụ việc có mã này.")) -> Iterator[None]:
    """Turn a missing or invisible object named by the form into an error beside the form instead of a 404."""
    try:
        yield
    except (NotFound, NotVisible):
        raise NotAllowed(_(problem)) from None


class FormUploads:
    """Uploaded files of a form. Where the action fails, they are deleted; the rows roll back by themselves."""

    def __init__(self, photos: "Sequence[UploadedFile[bytes]]") -> None:
        self._photos = photos
        self._saved: list[Attachment] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for attachment in self._saved:
                file_storage.delete_file(attachment.original)
                file_storage.delete_file(attachment.shown)

    def save(self) -> list[int]:
        """Store the files and return the attachment ids.

        Raises NotAllowed if any is refused: none is skipped silently.
        """
        if len(self._photos) > MAX_FILES:
            raise NotAllowed(_("Mỗi lần thêm tối đa {most} tệp.").format(most=MAX_FILES))
        for photo in self._photos:
            if (photo.size or 0) > file_storage.MAX_BYTES:
                raise NotAllowed(f"{photo.name}: {_('Tệp quá lớn (tối đa 20 MB).')}")
            try:
                self._saved.append(store_upload(photo.read(), name=to_nfc(photo.name or "")))
            except file_storage.NotAPicture as problem:
                raise NotAllowed(f"{photo.name}: {_(str(problem))}") from None
        return [saved.pk for saved in self._saved]
