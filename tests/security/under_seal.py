"""Sealed reports with a picture each: a tip, a complaint, a post of a group; and their files on disk."""

from collections.abc import Iterator

from binhyen.channels.models import Group
from binhyen.channels.services.media import format_complaint_file_context
from binhyen.conduct.models import File
from binhyen.conduct.tests.scene import RUDE
from binhyen.intake import web_reports
from binhyen.intake.tests.chat_reports import create_person, run_pipeline
from binhyen.intake.tests.test_pipeline_group_tips import TIP as POST
from binhyen.intake.tests.web import make_picture
from binhyen.kit import clock
from binhyen.kit.ids import generate_token
from binhyen.tips import services as tips
from binhyen.tips.models import TipFile
from binhyen.tips.queries import format_file_context
from binhyen.tips.receipt_sessions import create_ticket
from binhyen.tips.tests.page import TEXT as TIP_TEXT


def create_sealed_reports(group: Group) -> None:
    """Create a tip and a complaint, each with a picture, and a tip in a group."""
    now, photo = clock.now(), make_picture().read()
    tips.submit_tip(
        key=create_ticket(), text=TIP_TEXT, place="", photos=[tips.UploadedTipFile("a.jpg", photo)], now=now
    )
    web_reports.send_report(
        sending=web_reports.Submission(
            key=generate_token(), text=RUDE, photos=(web_reports.UploadedPhoto("a.jpg", photo),)
        ),
        now=now,
    )
    run_pipeline((create_person(), POST), group=group)


def list_sealed_files() -> Iterator[tuple[str, int | None, str]]:
    """Return path, conversation key and context of each envelope on disk, for tips and complaints."""
    for tip_file in TipFile.objects.select_related("tip"):
        yield tip_file.preview, tip_file.tip.lock_id, format_file_context(tip_file, "shown")
        yield tip_file.original, tip_file.original_lock_id, format_file_context(tip_file, "original")
    for file in File.objects.select_related("complaint"):
        for path, column in ((file.preview, "shown"), (file.original, "original")):
            yield path, file.complaint.lock_id, format_complaint_file_context(file.public_id, column)
