"""The weekly digest: facts of an area and a week, and the draft that a person edits and releases."""

import datetime as dt

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
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.rules import UNRELEASED_STATES, BulletinState, BulletinTopic, UrgentGround
from binhyen.bulletins.services import BulletinForm, create_bulletin
from binhyen.cases.choices import State
from binhyen.cases.models import Case
from binhyen.kit.clock import start_of_day, to_vietnam_day
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation

MAX_WARNINGS = 8
MAX_WEEKS = 8  # a digest is news: older weeks are not offered


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
        area=_format_area(commune) if commune else _get_province_name(),
        closed=by_category,
        outcomes=by_outcome,
        warnings=_list_warnings(start, end, commune),
    )


def _format_area(commune: areas.CommuneEntry) -> str:
    """Return the name within a sentence: «xã Lộc Hà»."""
    return commune.full_name[:1].lower() + commune.full_name[1:]


def _get_province_name() -> str:
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
    newest = list(rows.order_by("-released_at")[: MAX_WARNINGS * 4])
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
