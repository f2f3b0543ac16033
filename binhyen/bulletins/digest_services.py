"""The weekly digest: facts of an area and a week, the draft that a person edits and releases, and its sound file.

Operators install the reader, espeak-ng, and lame for MP3. No registry package ships a Vietnamese voice of piper.
"""

import datetime as dt
import shutil
import subprocess

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.bulletins import queries
from binhyen.bulletins.digest_rules import (
    OUTCOME_WORDS,
    DigestFacts,
    format_digest_text,
    format_digest_title,
    get_week_start,
)
from binhyen.bulletins.media_texts import format_spoken_text
from binhyen.bulletins.models import Bulletin, BulletinDocument
from binhyen.bulletins.rules import UNRELEASED_STATES, BulletinState, BulletinTopic, UrgentGround
from binhyen.bulletins.services import BulletinForm, create_bulletin
from binhyen.cases.choices import State
from binhyen.cases.models import Case
from binhyen.kit import logs
from binhyen.kit.clock import start_of_day, to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation

MAX_WARNINGS = 8
MAX_WEEKS = 8  # a digest is news: older weeks are not offered
SPEAKER, ENCODER = "espeak-ng", "lame"
_SPEAK = ("-v", "vi", "-s", "150", "-g", "4", "--stdin", "--stdout")  # 150 words a minute, 40 ms between words
_ENCODE = ("--quiet", "-m", "m", "-b", "48", "-", "-")
_MAX_SPEECH_SECONDS = 20.0  # of the program: it reads three minutes of text within one second
log = logs.get_logger("digest")


def list_weeks(now: dt.datetime) -> list[dt.date]:
    """List the first days of the weeks that a digest may be about, the last whole week first."""
    last = get_week_start(to_vietnam_day(now))
    return [last - dt.timedelta(weeks=n) for n in range(MAX_WEEKS)]


def load_facts(officer: Officer, *, first: dt.date, commune: areas.CommuneEntry | None) -> DigestFacts:
    """Count for the officer: visible closed cases of the area, and bulletins released in the week."""
    start, end = start_of_day(first), start_of_day(first + dt.timedelta(days=7))
    closed = Case.objects.filter(
        access.filter_cases(officer), state=State.CLOSED, closed_at__gte=start, closed_at__lt=end, is_restricted=False
    )
    if commune is not None:
        closed = closed.filter(commune_id=commune.area_id)
    counts = closed.order_by().values_list("category", "outcome").annotate(n=Count("pk"))
    by_category: dict[str, int] = {}
    by_outcome: dict[str, int] = {}
    for category, outcome, n in counts:
        by_category[category] = by_category.get(category, 0) + n
        if outcome in OUTCOME_WORDS:
            by_outcome[outcome] = by_outcome.get(outcome, 0) + n
    return DigestFacts(
        first=first,
        area=_format_area(commune) if commune else get_province_name(),
        closed=by_category,
        outcomes=by_outcome,
        warnings=_list_warnings(start, end, commune),
    )


def _format_area(commune: areas.CommuneEntry) -> str:
    """Return the name within a sentence: «xã Lộc Hà»."""
    return commune.full_name[:1].lower() + commune.full_name[1:]


def get_province_name() -> str:
    place = areas.list_named_areas(area_ids=[areas.get_directory().province_area_id])
    return f"tỉnh {place[0].name}" if place else ""


def _list_warnings(start: dt.datetime, end: dt.datetime, commune: areas.CommuneEntry | None) -> list[str]:
    """Return titles of the bulletins released in the week and still in force that name no person."""
    rows = Bulletin.objects.filter(
        Q(ground=UrgentGround.NONE) | Q(ground=UrgentGround.THREAT_TO_LIFE),
        state=BulletinState.RELEASED,
        released_at__gte=start,
        released_at__lt=end,
        digest_from=None,
        erased_at=None,
    ).exclude(topic__in=[BulletinTopic.MISSING, BulletinTopic.LOST_FOUND])
    newest = list(rows.order_by("-released_at", "-pk")[: MAX_WARNINGS * 4])
    touching = [row for row in newest if commune is None or commune.code in queries.list_commune_codes(row)]
    return [row.title for row in touching[:MAX_WARNINGS]]


@transaction.atomic
def draft_digest(*, first: dt.date, commune: areas.CommuneEntry | None, officer: Officer, now: dt.datetime) -> Bulletin:
    """Return the draft of the digest of this week and area: the one that is being written, or a new one."""
    if first not in list_weeks(now):
        raise RuleViolation(_("Hãy chọn một tuần trong danh sách."))
    visible = access.visibility(officer)
    if not visible.province and (commune is None or commune.unit_id != visible.unit_id):
        raise RuleViolation(_("Địa bàn này không thuộc đơn vị của bạn."))
    area_id = commune.area_id if commune else areas.get_directory().province_area_id
    drafts = Bulletin.objects.filter(
        unit=officer.unit_id, digest_from=first, state__in=sorted(UNRELEASED_STATES), areas=[area_id]
    )
    if (existing := drafts.order_by("-pk").first()) is not None:
        return existing
    facts = load_facts(officer, first=first, commune=commune)
    form = BulletinForm(BulletinTopic.SECURITY, format_digest_title(facts), format_digest_text(facts))
    row = create_bulletin(form=form, officer=officer, now=now)
    row.areas, row.digest_from = [area_id], first
    row.save(update_fields=["areas", "digest_from"])
    return row


# The sound file.


@transaction.atomic
def add_digest_audio(*, code: str, officer: Officer, now: dt.datetime) -> BulletinDocument:
    """Read a released digest to a sound file and publish it with the digest. Raises RuleViolation.

    A draft could change afterwards, and the file would tell the old text.
    """
    row = queries.get_visible_bulletin(officer, code, for_update=True)
    if not access.officer_may(officer, Permission.WRITE_BULLETINS) or not queries.is_own_bulletin(officer, row):
        raise RuleViolation(_("Bản tin của đơn vị khác, bạn chỉ xem được."))
    if row.digest_from is None or not queries.is_current(row, now=now):
        raise RuleViolation(_("Chỉ đọc thành tiếng bản điểm tin đã phát và còn hiệu lực."))
    if queries.find_audio(row) is not None:
        raise RuleViolation(_("Bản điểm tin này đã có tệp âm thanh."))
    data, extension = synthesize_speech(format_spoken_text(queries.build_text(row)))
    name = f"diem-tin-{format_code(row.code)}.{extension}"
    return BulletinDocument.objects.create(bulletin=row, created_at=now, data=data, size=len(data), name=name)


def synthesize_speech(text: str) -> tuple[bytes, str]:
    """Return the sound and the extension of its format: mp3, or wav where no encoder is installed.

    Raises RuleViolation with a message for the officer.
    """
    speaker, encoder = shutil.which(SPEAKER), shutil.which(ENCODER)
    if speaker is None:
        message = _("Máy chủ chưa có chương trình đọc tiếng Việt. Nhờ người vận hành cài «{name}».")
        raise RuleViolation(message.format(name=SPEAKER))
    sound = _run_program((speaker, *_SPEAK), text.encode())
    if encoder is not None:
        return _run_program((encoder, *_ENCODE), sound), "mp3"
    # Written to a pipe, its header tells no length: a player would show hours.
    length, head = len(sound), bytearray(sound[:44])
    head[4:8], head[40:44] = (length - 8).to_bytes(4, "little"), (length - 44).to_bytes(4, "little")
    return bytes(head) + sound[44:], "wav"


def _run_program(command: tuple[str, ...], data: bytes) -> bytes:
    """Run a program with fixed arguments; the text comes on standard input. Raises RuleViolation."""
    name = command[0].rpartition("/")[2]
    try:
        result = subprocess.run(command, input=data, capture_output=True, timeout=_MAX_SPEECH_SECONDS, check=True)
        if len(result.stdout) > 44:  # a header alone
            return result.stdout
        log.warning("speech_empty", program=name)
    except (OSError, subprocess.SubprocessError) as problem:
        log.warning("speech_failed", program=name, error=type(problem).__name__)
    raise RuleViolation(_("Chương trình đọc tiếng Việt bị lỗi. Hãy thử lại hoặc báo người vận hành."))
