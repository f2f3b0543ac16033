"""Sealed reports with a picture each: a tip, a complaint, a post of a group; and their files on disk."""

from collections.abc import Iterator

from binhyen.channels.models import Group
from binhyen.channels.services.sealed_files import context_of
from binhyen.conduct.models import File
from binhyen.conduct.tests.scene import RUDE
from binhyen.intake import web_reports
from binhyen.intake.tests.telling import person, say
from binhyen.intake.tests.test_group_tips import TIP as POST
from binhyen.intake.tests.web import picture
from binhyen.kit import clock
from binhyen.kit.ids import token
from binhyen.tips import services as tips
from binhyen.tips.models import TipFile
from binhyen.tips.queries import file_context
from binhyen.tips.receipt_sessions import ticket
from binhyen.tips.tests.page import TEXT as TIP_TEXT


def tell_under_seal(group: Group) -> None:
    """Create a tip and a complaint, each with a picture, and a tip in a group."""
    now, photo = clock.now(), picture().read()
    tips.send(key=ticket(), text=TIP_TEXT, place="", photos=[tips.Sent("a.jpg", photo)], now=now)
    web_reports.send_report(
        sending=web_reports.Sending(key=token(), text=RUDE, photos=(web_reports.Photo("a.jpg", photo),)), now=now
    )
    say((person(), POST), group=group)


def files_under_seal() -> Iterator[tuple[str, int | None, str]]:
    """Return path, conversation key and context of each envelope on disk, for tips and complaints."""
    for kept in TipFile.objects.select_related("tip"):
        yield kept.shown, kept.tip.lock_id, file_context(kept, "shown")
        yield kept.original, kept.original_lock_id, file_context(kept, "original")
    for file in File.objects.select_related("complaint"):
        for column in ("shown", "original"):
            yield getattr(file, column), file.complaint.lock_id, context_of(file.public_id, column)
