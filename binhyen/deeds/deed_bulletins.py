"""Source of bulletins about good deeds: the person is named while the consent lasts."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import override

from binhyen.cases.bulletin_source import BulletinProposal
from binhyen.cases.models import Case
from binhyen.deeds import queries, services
from binhyen.deeds.rules import DEED_KIND_LABELS, DeedKind
from binhyen.kit.clock import to_vietnam_day
from binhyen.people.models import Officer

_TOPIC = "GOOD_DEED"
_LIFETIME = dt.timedelta(days=30)


class DeedSource:
    """Bulletins about approved deeds. School and class stay on the roll: a post must not lead to a child."""

    def build_proposal(self, case: Case, *, officer: Officer, now: dt.datetime) -> BulletinProposal | None:
        deed = queries.find_newest_public_deed(case.pk, today=to_vietnam_day(now))
        if deed is None:
            return None
        with override("vi"):
            return BulletinProposal(
                topic=_TOPIC,
                title=_("Gương tốt: {kind}").format(kind=_(DEED_KIND_LABELS[DeedKind(deed.kind)])),
                text=_("{name}: {deed}\nCông an cảm ơn, mong có thêm nhiều gương tốt.").format(
                    name=deed.person_name, deed=deed.text
                ),
                ground="",
                expires_at=now + _LIFETIME,
            )

    def record_bulletin(self, case: Case, code: str, *, now: dt.datetime) -> None:
        services.record_deed_bulletin(case=case, code=code, today=to_vietnam_day(now))
