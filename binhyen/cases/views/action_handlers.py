"""Handlers of the case actions: each parses its form fields and calls one service."""

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases.choices import Grade, Lane, Outcome, State
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Case, Relation
from binhyen.cases.queries import case_detail, case_page
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import (
    alarms,
    closing,
    cross_unit_notes,
    deadline_extensions,
    linking,
    location,
    officer_actions,
    splitting,
    transfers,
)
from binhyen.cases.services.unit_of_work import StaleCase
from binhyen.cases.views.form_data import Post, Uploads, named, one_of, uuid_of
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code

MESSAGE = 2000  # characters of an answer: the limit of one Zalo message
NOTE = 5000
ACROSS = 1000
PLACE = 160
REASON = 300


def acknowledge(post: Post) -> Case:
    """Acknowledge the alarm without a version check: an alarm can always be stopped."""
    return officer_actions.answer_alarm(code=post.code, officer=post.officer, now=post.now)


def take(post: Post) -> Case:
    return officer_actions.take(code=post.code, officer=post.officer, version=post.version, now=post.now)


def set_state(post: Post) -> Case:
    to = one_of(State, post.data.get("state", ""), N_("Trạng thái không có."))
    return officer_actions.set_state(code=post.code, officer=post.officer, to=to, version=post.version, now=post.now)


def give(post: Post) -> Case:
    """Assign to an officer of the unit or transfer to another unit: `to` is «can-bo:…» or «don-vi:…»."""
    kind, which = post.data.get("to", "").partition(":")[::2]
    reason = post.text("reason", most=REASON)
    if kind == "don-vi":
        return _to_unit(post, which, reason)
    case = case_detail.access_case(post.officer, post.code)
    to = next((o for o in case_page.hands(post.officer, case, now=post.now).people if str(o.public_id) == which), None)
    if kind != "can-bo" or to is None:
        raise NotAllowed(_("Hãy chọn người hoặc đơn vị nhận việc."))
    return officer_actions.assign(
        code=post.code, officer=post.officer, to=to, reason=reason, version=post.version, now=post.now
    )


def _to_unit(post: Post, code: str, reason: str) -> Case:
    unit = case_page.unit_by_code(code)
    if unit is None:
        raise NotAllowed(_("Hãy chọn người hoặc đơn vị nhận việc."))
    return officer_actions.hand_on(
        code=post.code, officer=post.officer, unit=unit, reason=reason, version=post.version, now=post.now
    )


def take_back(post: Post) -> Case:
    return transfers.take_back(code=post.code, officer=post.officer, now=post.now)


def answer(post: Post) -> Case:
    text = post.text("text", most=MESSAGE)
    return officer_actions.answer(code=post.code, officer=post.officer, text=text, version=post.version, now=post.now)


def ask(post: Post) -> Case:
    question = post.text("text", most=MESSAGE)
    return officer_actions.ask(
        code=post.code, officer=post.officer, question=question, version=post.version, now=post.now
    )


def note(post: Post) -> Case:
    """Add a note without a version check: it overwrites nothing."""
    return officer_actions.note(code=post.code, officer=post.officer, text=post.text("text", most=NOTE), now=post.now)


def reclassify(post: Post) -> Case:
    """Reclassify; `urgency`, `lane`, `words` are optional fields. Without a chosen lane it follows the category."""
    case = case_detail.access_case(post.officer, post.code)
    urgency = post.data.get("urgency", str(case.urgency))
    if urgency not in {"0", "1", "2", "3"}:
        raise NotAllowed(_("Mức không có."))
    chosen = post.data.get("lane", "")
    lane = one_of(Lane, chosen, N_("Diện xử lý không có.")) if chosen and chosen != case.lane else None
    return officer_actions.reclassify(
        code=post.code, officer=post.officer, category=post.data.get("category", ""), urgency=int(urgency), lane=lane,
        words=post.text("words", most=NOTE), version=post.version, now=post.now,
    )  # fmt: skip


def relocate(post: Post) -> Case:
    words = post.text("place", most=PLACE)
    return location.correct(code=post.code, officer=post.officer, words=words, version=post.version, now=post.now)


def grade(post: Post) -> Case:
    chosen = one_of(Grade, post.data.get("grade", ""), N_("Mức đánh giá không có."))
    return officer_actions.grade(code=post.code, officer=post.officer, grade=chosen, version=post.version, now=post.now)


def close(post: Post) -> Case:
    """Close with outcome, proof, the sentence for the reporters, and the value of the tip."""
    outcome = one_of(Outcome, post.data.get("outcome", ""), N_("Hãy chọn kết quả."))
    result, proof = post.text("answer", most=MESSAGE), post.text("evidence", most=NOTE)
    chosen = post.data.get("valuable", "")
    worth = one_of(Grade, chosen, N_("Mức đánh giá không có.")) if chosen else None
    with Uploads(post.photos) as photos, transaction.atomic():
        return closing.close(
            code=post.code, officer=post.officer, outcome=outcome, result=result, evidence=proof,
            attachment_ids=photos.save(), grade=worth, version=post.version, now=post.now,
        )  # fmt: skip


def add_evidence(post: Post) -> Case:
    text = post.text("text", most=NOTE)
    with Uploads(post.photos) as photos, transaction.atomic():
        return closing.add_evidence(
            code=post.code, officer=post.officer, text=text, attachment_ids=photos.save(), version=post.version,
            now=post.now,
        )  # fmt: skip


def heard_late(post: Post) -> Case:
    """Acknowledge overdue clocks without a version check."""
    return alarms.heard_late(code=post.code, officer=post.officer, now=post.now)


def prolong(post: Post) -> Case:
    clock, reason = post.data.get("clock", ""), post.text("reason", most=REASON)
    return deadline_extensions.prolong(
        code=post.code, clock=clock, officer=post.officer, reason=reason, version=post.version, now=post.now
    )


def reopen(post: Post) -> Case:
    reason = post.text("reason", most=REASON)
    return closing.reopen(code=post.code, officer=post.officer, reason=reason, version=post.version, now=post.now)


def merge(post: Post) -> Case:
    """Merge this case into the named one, whose page is shown next."""
    _seen(post)
    into = post.other_code("into")
    with named():
        linking.merge(code=post.code, into=into, officer=post.officer, version=post.version, now=post.now)
    return case_detail.access_case(post.officer, into)


def merge_here(post: Post) -> Case:
    """Merge each of the named cases into this one.

    A case that changed meanwhile or cannot be merged is named in the error and does not block the others.
    """
    _seen(post)
    refused = []
    for other, version in post.other_codes("into"):
        try:
            with named():
                linking.merge(code=other, into=post.code, officer=post.officer, version=version, now=post.now)
        except StaleCase:
            refused.append((other, _("vừa có lời mới hoặc thay đổi, hãy đọc lại")))
        except NotAllowed as problem:
            refused.append((other, _(str(problem))))
    if refused:
        raise NotAllowed("; ".join(f"{show_code(other)}: {why}" for other, why in refused))
    return case_detail.access_case(post.officer, post.code)


def unmerge(post: Post) -> Case:
    return linking.unmerge(code=post.code, officer=post.officer, version=post.version, now=post.now)


def relate(post: Post) -> Case:
    case_detail.access_case(post.officer, post.code)
    kind = post.data.get("kind") or Relation.Kind.RELATED
    if kind not in Relation.Kind.values:
        raise NotAllowed(_("Kiểu liên kết không có."))
    with named():
        return linking.relate(
            code=post.code, other=post.other_code("into"), kind=Relation.Kind(kind), officer=post.officer,
            version=post.version, now=post.now,
        )  # fmt: skip


def unrelate(post: Post) -> Case:
    return linking.unrelate(
        code=post.code, other=post.other_code("into"), officer=post.officer, version=post.version, now=post.now
    )


def write_across(post: Post) -> Case:
    """Send a note to the other unit without a version check: it overwrites nothing."""
    text = post.text("text", most=ACROSS)
    return cross_unit_notes.write_across(
        code=post.code, other=post.other_code("into"), officer=post.officer, text=text, now=post.now
    )


def detach(post: Post) -> Case:
    with named(N_("Không tìm thấy tin nhắn này.")):
        return linking.detach(
            code=post.code, message_id=uuid_of(post.data.get("tin", "")), officer=post.officer, version=post.version,
            now=post.now,
        )  # fmt: skip


def split(post: Post) -> Case:
    """Split off a reporter; the page of the new case is shown next."""
    with named(N_("Không tìm thấy tin nhắn này.")):
        return splitting.split(
            code=post.code, message_id=uuid_of(post.data.get("tin", "")), officer=post.officer, version=post.version,
            ladder=ladder(), now=post.now,
        )  # fmt: skip


def attach(post: Post) -> Case:
    case_detail.access_case(post.officer, post.code)
    with named(N_("Không tìm thấy tin nhắn này.")):
        return linking.attach(
            code=post.code, message_id=uuid_of(post.data.get("tin", "")), officer=post.officer, version=post.version,
            now=post.now,
        )  # fmt: skip


def _seen(post: Post) -> None:
    """Check the version of the submitted form. Raises NotFound, StaleCase."""
    case = case_detail.access_case(post.officer, post.code)
    if case.version != post.version:
        newer = [e for e in reversed(case_detail.events(case)) if e.version > post.version]
        raise StaleCase(case, newer)
