"""Rules of bulletins: states, four-eyes approval, quiet hours, expiry, figures. Pure."""

import datetime as dt
import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.i18n_markers import N_

MAX_TITLE_LENGTH = 120
MAX_TEXT_LENGTH = 1500  # title, unit and link are added; the channel accepts 2,000 characters
LOCAL_ZONE = dt.timezone(dt.timedelta(hours=7))
QUIET_FROM, QUIET_UNTIL = dt.time(22), dt.time(6)  # the hours in which Zalo refuses promotions as well
DEFAULT_LIFETIME = dt.timedelta(days=30)
MAX_LIFETIME = dt.timedelta(days=365)
MAX_URGENT_LIFETIME = dt.timedelta(days=7)
AUDIO_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav"}  # of a digest read aloud
FILE_TYPES = AUDIO_TYPES | {
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class BulletinTopic(StrEnum):
    """Topic of a bulletin."""

    SECURITY = "SECURITY"
    ONLINE_FRAUD = "ONLINE_FRAUD"
    FIRE = "FIRE"
    TRAFFIC = "TRAFFIC"
    POLICY = "POLICY"
    PROCEDURE = "PROCEDURE"
    LOST_FOUND = "LOST_FOUND"
    MISSING = "MISSING"
    WEATHER = "WEATHER"
    CAMPAIGN = "CAMPAIGN"
    GOOD_DEED = "GOOD_DEED"


TOPIC_LABELS = {
    BulletinTopic.SECURITY: N_("An ninh trật tự"),
    BulletinTopic.ONLINE_FRAUD: N_("Lừa đảo qua mạng"),
    BulletinTopic.FIRE: N_("Cháy nổ"),
    BulletinTopic.TRAFFIC: N_("Giao thông"),
    BulletinTopic.POLICY: N_("Chính sách, pháp luật"),
    BulletinTopic.PROCEDURE: N_("Thủ tục hành chính"),
    BulletinTopic.LOST_FOUND: N_("Đánh rơi, nhặt được"),
    BulletinTopic.MISSING: N_("Tìm người"),
    BulletinTopic.WEATHER: N_("Thời tiết, thiên tai"),
    BulletinTopic.CAMPAIGN: N_("Đợt vận động"),
    BulletinTopic.GOOD_DEED: N_("Người tốt việc tốt"),
}


class UrgentGround(StrEnum):
    """Reason for a release by one person; empty: ordinary bulletin."""

    NONE = ""
    MISSING_CHILD = "MISSING_CHILD"
    THREAT_TO_LIFE = "THREAT_TO_LIFE"


GROUND_LABELS = {
    UrgentGround.NONE: N_("Không khẩn cấp"),
    UrgentGround.MISSING_CHILD: N_("Trẻ em mất tích"),
    UrgentGround.THREAT_TO_LIFE: N_("Nguy hiểm tính mạng"),
}


class BulletinState(StrEnum):
    """State of a bulletin."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    RELEASED = "RELEASED"
    CORRECTED = "CORRECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


BULLETIN_STATE_LABELS = {
    BulletinState.DRAFT: N_("Đang soạn"),
    BulletinState.SUBMITTED: N_("Chờ duyệt"),
    BulletinState.APPROVED: N_("Đã duyệt, chờ phát"),
    BulletinState.RELEASED: N_("Đã phát"),
    BulletinState.CORRECTED: N_("Đã đính chính"),
    BulletinState.WITHDRAWN: N_("Đã rút"),
    BulletinState.EXPIRED: N_("Hết hiệu lực"),
}
UNRELEASED_STATES = frozenset({BulletinState.DRAFT, BulletinState.SUBMITTED, BulletinState.APPROVED})
ENDED_STATES = frozenset({BulletinState.CORRECTED, BulletinState.WITHDRAWN, BulletinState.EXPIRED})


class BulletinAction(StrEnum):
    """Action that changes the state of a bulletin."""

    SUBMIT = "SUBMIT"
    SEND_BACK = "SEND_BACK"
    APPROVE = "APPROVE"
    RELEASE = "RELEASE"
    RELEASE_URGENTLY = "RELEASE_URGENTLY"
    CORRECT = "CORRECT"
    WITHDRAW = "WITHDRAW"
    EXPIRE = "EXPIRE"


BULLETIN_TRANSITIONS: dict[tuple[BulletinState, BulletinAction], BulletinState] = {
    (BulletinState.DRAFT, BulletinAction.SUBMIT): BulletinState.SUBMITTED,
    (BulletinState.DRAFT, BulletinAction.RELEASE_URGENTLY): BulletinState.RELEASED,
    (BulletinState.SUBMITTED, BulletinAction.SEND_BACK): BulletinState.DRAFT,
    (BulletinState.SUBMITTED, BulletinAction.APPROVE): BulletinState.APPROVED,
    (BulletinState.APPROVED, BulletinAction.SEND_BACK): BulletinState.DRAFT,
    (BulletinState.APPROVED, BulletinAction.RELEASE): BulletinState.RELEASED,
    (BulletinState.RELEASED, BulletinAction.CORRECT): BulletinState.CORRECTED,
    (BulletinState.RELEASED, BulletinAction.WITHDRAW): BulletinState.WITHDRAWN,
    (BulletinState.RELEASED, BulletinAction.EXPIRE): BulletinState.EXPIRED,
}


def find_next_state(state: str, action: BulletinAction) -> BulletinState | None:
    """Return the state after the action; None where the state does not allow it."""
    return BULLETIN_TRANSITIONS.get((BulletinState(state), action))


def defer_past_quiet_hours(moment: dt.datetime, *, is_urgent: bool) -> dt.datetime:
    """Return the first moment at which it may be sent: not between 22:00 and 06:00 unless it is urgent."""
    local = moment.astimezone(LOCAL_ZONE)
    if is_urgent or QUIET_UNTIL <= local.time() < QUIET_FROM:
        return moment
    day = local.date() + dt.timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return dt.datetime.combine(day, QUIET_UNTIL, LOCAL_ZONE)


def choose_expiry(wished: dt.datetime | None, released_at: dt.datetime, *, is_urgent: bool) -> dt.datetime:
    """Return when it ends: as wished within the longest lifetime, 30 days later by default."""
    limit = released_at + (MAX_URGENT_LIFETIME if is_urgent else MAX_LIFETIME)
    return min(wished or released_at + DEFAULT_LIFETIME, limit)


def select_group_ids(
    containing: dict[int, tuple[int, frozenset[int]]], included: Collection[int], excluded: Collection[int]
) -> set[int]:
    """Return the groups inside an included area and inside no excluded one.

    `containing`: group → its area, and all areas that contain it. A group is listed once, however many areas match.
    """
    return {
        group
        for group, (_, areas) in containing.items()
        if not areas.isdisjoint(included) and areas.isdisjoint(excluded)
    }


MAX_MEMBERS = 100_000


def parse_member_count(text: str) -> int | None:
    """Return a typed number of members, «1.250» as well; None where it is no number of a group."""
    digits = text.strip().replace(".", "").replace(" ", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6:
        return None
    return int(digits) if int(digits) <= MAX_MEMBERS else None


def parse_station_phone(text: str) -> str:
    """Return the digits of a national telephone number; empty where it is none."""
    digits = "".join(char for char in text if char not in " .-()")
    is_number = digits.isascii() and digits.isdigit() and digits.startswith("0") and 9 <= len(digits) <= 11
    return digits if is_number else ""


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph, or a list of items."""

    text: str = ""
    items: tuple[str, ...] = ()


def split_blocks(text: str) -> list[TextBlock]:
    """Split a plain text into paragraphs and lists: lines that begin with «- » are items."""
    blocks: list[TextBlock] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if not line.startswith("- "):
            blocks.append(TextBlock(line))
        elif blocks and blocks[-1].items:
            blocks[-1] = TextBlock(items=(*blocks[-1].items, line[2:]))
        else:
            blocks.append(TextBlock(items=(line[2:],)))
    return blocks


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """Deliveries of one unit's groups."""

    delivered: int = 0
    failed: int = 0
    stopped: int = 0
    waiting: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        return self.delivered + self.failed + self.stopped + self.waiting + self.cancelled


def add_figures(figures: Iterable[AreaFigures]) -> AreaFigures:
    """Return the sums."""
    rows = list(figures)
    return AreaFigures(
        delivered=sum(row.delivered for row in rows),
        failed=sum(row.failed for row in rows),
        stopped=sum(row.stopped for row in rows),
        waiting=sum(row.waiting for row in rows),
        cancelled=sum(row.cancelled for row in rows),
    )


def estimate_minutes(waiting: int, recent: int, window: dt.timedelta) -> int | None:
    """Return the minutes, rounded up, that `waiting` messages take if `recent` were sent in `window`; None if none."""
    if not waiting or not recent:
        return None
    return max(1, math.ceil(waiting / recent * (window / dt.timedelta(minutes=1))))


# Groups: silence.

SILENT_AFTER = dt.timedelta(days=14)  # as in the list of groups
MANUAL_SILENT_AFTER = dt.timedelta(days=30)  # there only bulletins are known, not the members' messages


@dataclass(frozen=True, slots=True)
class GroupActivity:
    """When a group was opened, and the last message and bulletin in it."""

    is_manual: bool
    opened_at: dt.datetime | None
    last_message_at: dt.datetime | None
    last_bulletin_at: dt.datetime | None


def is_silent(activity: GroupActivity, now: dt.datetime) -> bool:
    """Return whether nothing happened in the group for long; a group run by hand is judged by bulletins alone."""
    if activity.is_manual:
        last = activity.last_bulletin_at or activity.opened_at
        return last is not None and now - last > MANUAL_SILENT_AFTER
    last = activity.last_message_at or activity.opened_at
    return last is not None and now - last > SILENT_AFTER


MAX_PEOPLE = 100_000


def parse_population_lines(text: str) -> tuple[dict[str, int], list[str]]:
    """Parse lines of a name and a number, «Thôn Nam Sơn  1.250»; return (name → people, lines that are none)."""
    people_by_name: dict[str, int] = {}
    bad: list[str] = []
    for line in filter(None, (" ".join(line.split()) for line in text.splitlines()[:400])):
        match = re.fullmatch(r"(.{2,80}?)[\s:;,|]+(\d{1,3}(?:\.\d{3})+|\d{1,6})", line)
        people = int(match[2].replace(".", "")) if match else 0
        if match and 0 < people <= MAX_PEOPLE:
            people_by_name[match[1].strip(" :;,|")] = people
        else:
            bad.append(line[:80])
    return people_by_name, bad
