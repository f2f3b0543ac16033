"""Source of bulletins about missing people: the text of the appeal, its ground and the communes of its radius."""

import datetime as dt

from django.conf import settings
from django.utils.translation import override

from binhyen.cases.bulletin_source import BulletinProposal
from binhyen.cases.models import Case
from binhyen.kit.ids import format_code
from binhyen.missing import queries, services
from binhyen.missing.appeal_text import format_bulletin_text, format_bulletin_title
from binhyen.missing.rules.records import is_minor
from binhyen.people.models import Officer

_TOPIC, _CHILD_GROUND, _LIFE_GROUND = "MISSING", "MISSING_CHILD", "THREAT_TO_LIFE"
_LIFETIME = dt.timedelta(days=3)


class MissingPersonSource:
    """Bulletins about released appeals; the picture stays on the appeal's page, so that its recall is complete."""

    def build_proposal(self, case: Case, *, officer: Officer, now: dt.datetime) -> BulletinProposal | None:
        record = queries.find_record_of_case(officer, case.pk)
        appeal = queries.find_appeal(record.code, now=now) if record is not None else None
        if record is None or appeal is None:
            return None
        radius = queries.compute_radius(record, now=now)
        with override("vi"):
            return BulletinProposal(
                topic=_TOPIC,
                title=format_bulletin_title(appeal),
                text=format_bulletin_text(appeal, link=f"{settings.PUBLIC_URL}/tim-nguoi/{format_code(record.code)}"),
                ground=_CHILD_GROUND if is_minor(record.kind, record.age_low) else _LIFE_GROUND,
                expires_at=now + _LIFETIME,
                area_ids=tuple(queries.list_communes_within(record, radius)),
            )

    def record_bulletin(self, case: Case, code: str, *, now: dt.datetime) -> None:
        services.record_bulletin_of_case(case=case, code=code, now=now)
