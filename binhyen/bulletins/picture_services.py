"""Pictures of a bulletin: stored re-encoded without metadata, and deleted with its words."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.bulletins import queries
from binhyen.bulletins.models import Bulletin, BulletinPicture
from binhyen.bulletins.rules import BulletinState
from binhyen.kit import file_storage
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation

MAX_PICTURES = 4
MAX_ALT_LENGTH = 120


@transaction.atomic
def add_picture(*, code: str, data: bytes, alt: str, officer: Officer, now: dt.datetime) -> BulletinPicture:
    """Add a picture to a draft; `alt` describes it for people who cannot see it. Raises RuleViolation."""
    row, alt = _lock_draft(code, officer), collapse_spaces(to_nfc(alt))
    if not 3 <= len(alt) <= MAX_ALT_LENGTH:
        raise RuleViolation(_("Hãy tả ảnh bằng một câu, từ 3 đến {n} ký tự.").format(n=MAX_ALT_LENGTH))
    if row.pictures.count() >= MAX_PICTURES:
        raise RuleViolation(_("Mỗi bản tin có nhiều nhất {n} ảnh.").format(n=MAX_PICTURES))
    if not data:
        raise RuleViolation(_("Hãy chọn một ảnh."))
    try:
        picture = file_storage.clean_picture(data)
    except file_storage.NotAPicture as problem:
        raise RuleViolation(_(str(problem))) from problem
    row.author, row.changed_at = officer, now  # the last editor cannot approve it
    row.save(update_fields=["author", "changed_at"])
    columns = {"data": picture.data, "width": picture.width, "height": picture.height, "alt": alt}
    return BulletinPicture.objects.create(bulletin=row, created_at=now, **columns)


@transaction.atomic
def remove_picture(*, code: str, public_id: UUID, officer: Officer, now: dt.datetime) -> None:
    row = _lock_draft(code, officer)
    row.pictures.filter(public_id=public_id).delete()
    row.author, row.changed_at = officer, now
    row.save(update_fields=["author", "changed_at"])


def copy_pictures(source: Bulletin, target: Bulletin, *, now: dt.datetime) -> None:
    """Give a correction the pictures of its original."""
    for picture in source.pictures.order_by("pk"):
        columns = {"data": bytes(picture.data), "width": picture.width, "height": picture.height, "alt": picture.alt}
        BulletinPicture.objects.create(bulletin=target, created_at=now, **columns)


def _lock_draft(code: str, officer: Officer) -> Bulletin:
    row = queries.get_visible_bulletin(officer, code, for_update=True)
    if not access.officer_may(officer, Permission.WRITE_BULLETINS) or not queries.is_own_bulletin(officer, row):
        raise RuleViolation(_("Bản tin của đơn vị khác, bạn chỉ xem được."))
    if row.state != BulletinState.DRAFT:
        raise RuleViolation(_("Bản tin không còn ở bước soạn."))
    return row
