"""The reporter's rating of a closed case, and one letter to the level above. The unit concerned sees neither."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory
from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.choices import Lane, State
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.event_data import APPEAL_TITLE
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case, Report
from binhyen.cases.rules import LOW_SCORE, SCORES, NotAllowed
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR
from binhyen.channels.models import Channel, Message
from binhyen.kit.ids import format_code
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import fold_text

APPEAL_LENGTH = (10, 1000)
_CATEGORY, _URGENCY = "other", 1


def can_appeal(report: Report) -> bool:
    """Return whether a low rating opens the way one level up; once for each report."""
    scores = [score for score in (report.result_score, report.attitude_score) if score is not None]
    is_low = report.was_helpful is False or any(score <= LOW_SCORE for score in scores)
    return is_low and report.appealed_at is None


@transaction.atomic
@rls_scope(PROGRAM_SCOPE)
def score_handling(*, report: Report, result: int, attitude: int, now: dt.datetime) -> None:
    """Store the scores of result and attitude, 1 to 5; the last ones count. They stand in no event of the case."""
    case = report.case.merged_into or report.case
    if case.state != State.CLOSED:
        raise NotAllowed(_("Việc chưa xong nên chưa đánh giá được."))
    if result not in SCORES or attitude not in SCORES:
        raise NotAllowed(_("Bạn chọn từ 1 đến 5 cho cả kết quả và thái độ."))
    report.result_score, report.attitude_score, report.rated_at = result, attitude, now
    report.save(update_fields=["result_score", "attitude_score", "rated_at"])
    record_actions([AuditAction(CITIZEN_ACTOR.label, "case.scored", f"case:{case.code}")], now=now)


@transaction.atomic
@rls_scope(PROGRAM_SCOPE)
def appeal_handling(*, report: Report, words: str, now: dt.datetime) -> Case:
    """Open a case at the province with the reporter's words about how their case was handled. Raises NotAllowed."""
    words = words.strip()
    report = Report.objects.select_for_update(of=("self",)).select_related("case").get(pk=report.pk)
    if not can_appeal(report):
        raise NotAllowed(_("Bạn đã gửi ý kiến lên cấp trên, hoặc việc này chưa được đánh giá."))
    if not APPEAL_LENGTH[0] <= len(words) <= APPEAL_LENGTH[1]:
        raise NotAllowed(_("Bạn viết rõ vì sao chưa hài lòng, từ 10 đến 1.000 chữ cái."))
    kind, unit_id = get_kind_for_category(_CATEGORY), get_directory().province_unit_id
    # In no conversation: the messages of a conversation may be read by the unit concerned.
    message = Message.objects.create(
        channel_id=_get_channel_id(report),
        reporter_id=report.reporter_id,
        unit_id=unit_id,
        external_id=f"appeal-{report.public_id}",
        text=words,
        search_text=fold_text(words),
        sent_at=now,
        received_at=now,
        category=_CATEGORY,
        urgency=_URGENCY,
        sensitive=True,
        in_case=True,
    )
    (case,) = create_cases(
        [
            NewCase(
                kind=kind.code,
                lane=Lane(kind.get_lane(_CATEGORY)),
                category=_CATEGORY,
                urgency=_URGENCY,
                sensitive=True,
                title=APPEAL_TITLE.format(code=format_code(report.case.code)),
                unit_id=unit_id,
                actor=CITIZEN_ACTOR,
                folded=fold_text(words),
                search_accented=accented_words(words),
                words=words,
                reporter_id=report.reporter_id,
                conversation_id=report.conversation_id,
                message_ids=(message.pk,),
            )
        ],
        ladder=get_alarm_delays(),
        now=now,
    )
    report.appealed_at = now
    report.save(update_fields=["appealed_at"])
    return case


def _get_channel_id(report: Report) -> int:
    """Return the channel of the report's conversation, else our own page."""
    if report.conversation is not None:
        return report.conversation.channel_id
    return Channel.objects.values_list("pk", flat=True).get(kind="web")
