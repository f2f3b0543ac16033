"""Handlers of the case actions: each parses its form fields and calls one service."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Self, TypeVar
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.areas.map_drawing import build_area_projection
from binhyen.areas.models import Unit
from binhyen.cases.choices import Grade, Lane, Outcome, RewardKind, State
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case, Relation
from binhyen.cases.queries import case_detail, case_page
from binhyen.cases.rules import NotAllowed, NotFound, PlaceElsewhere
from binhyen.cases.services import (
    alarms,
    arrival,
    closing,
    deadline_extensions,
    linking,
    location,
    officer_actions,
    splitting,
    transfers,
)
from binhyen.cases.services.unit_of_work import StaleCase
from binhyen.channels.models import Attachment
from binhyen.channels.queries import NotVisible
from binhyen.channels.services.media import store_upload
from binhyen.kit import file_storage
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code, normalize_code
from binhyen.kit.text import to_nfc
from binhyen.people.models import Officer
from binhyen.people.view_auth import OfficerRequest

# Parsed form of the case page: clean text, version, files.

MAX_FILES = 5
_MAX_CODES = 60  # as many as the maximum of alarms in the list
_URL_FIELDS = ("into", "tin", "version")  # set in the URLs of buttons
Choice = TypeVar("Choice", bound=StrEnum)
_STALE_PAGE = N_("Trang đã cũ. Hãy tải lại rồi làm lại.")


@dataclass(frozen=True, slots=True)
class ActionForm:
    """A submitted action on the case `code` by `officer` at `now`. `data`: every field by name, NFC, as typed."""

    code: str
    officer: Officer
    now: datetime
    data: dict[str, str]
    photos: "tuple[UploadedFile[bytes], ...]"

    def text(self, name: str, *, max_length: int) -> str:
        """Return a text field. Raises NotAllowed where it is too long: input is never truncated silently."""
        value = self.data.get(name, "")
        if len(value) > max_length:
            raise NotAllowed(
                _("Nội dung quá dài ({n} ký tự). Tối đa {most} ký tự.").format(n=len(value), most=max_length)
            )
        return value

    @property
    def version(self) -> int:
        """Return the version of the case in the form. Raises NotAllowed where it is missing."""
        value = self.data.get("version", "")
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            raise NotAllowed(_(_STALE_PAGE))
        return int(value)

    def get_case_code(self, name: str) -> str:
        """Return a case code as typed."""
        return normalize_code(self.text(name, max_length=24))

    def get_case_codes(self, name: str) -> list[tuple[str, int | None]]:
        """Return case codes, each with the version that the page showed: «LH-7K3M/4»."""
        codes = []
        for part in self.text(name, max_length=_MAX_CODES * 32).split(","):
            code, _slash, version = part.strip().partition("/")
            codes.append((normalize_code(code), int(version) if version.isascii() and version.isdigit() else None))
        return codes


def parse_action_form(request: OfficerRequest, code: str, *, now: datetime) -> ActionForm:
    """Parse the form. Identifiers in the button's URL (a message, another case, its version) override form fields.

    Free text is never read from a URL.
    """
    sent = {name: to_nfc(value) for name, value in request.POST.items() if isinstance(value, str)}
    carried = {name: to_nfc(request.GET[name]) for name in _URL_FIELDS if name in request.GET}
    photos = tuple(photo for photo in request.FILES.getlist("photos") if isinstance(photo, UploadedFile))
    if many := request.POST.getlist("into"):
        sent["into"] = to_nfc(", ".join(many))
    return ActionForm(normalize_code(code), request.user, now, sent | carried, photos)


def parse_choice(choices: type[Choice], value: str, problem: str) -> Choice:
    """Parse a choice. Raises NotAllowed with `problem`."""
    try:
        return choices(value)
    except ValueError:
        raise NotAllowed(_(problem)) from None


def parse_uuid(value: str) -> str:
    """Parse a public id. Raises NotFound where it is invalid."""
    try:
        return str(UUID(value))
    except ValueError:
        raise NotFound from None


@contextmanager
def refuse_missing(problem: str = N_("Không tìm thấy vụ việc có mã này.")) -> Iterator[None]:
    """Turn a missing or invisible object named by the form into an error beside the form instead of a 404."""
    try:
        yield
    except (NotFound, NotVisible):
        raise NotAllowed(_(problem)) from None


class FormUploads:
    """Uploaded files of a form. Where the action fails, they are deleted; the rows roll back by themselves."""

    def __init__(self, photos: "Sequence[UploadedFile[bytes]]") -> None:
        self._photos = photos
        self._saved: list[Attachment] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for attachment in self._saved:
                file_storage.delete_file(attachment.original)
                file_storage.delete_file(attachment.preview)

    def save(self) -> list[int]:
        """Store the files and return the attachment ids.

        Raises NotAllowed if any is refused: none is skipped silently.
        """
        if len(self._photos) > MAX_FILES:
            raise NotAllowed(_("Mỗi lần thêm tối đa {most} tệp.").format(most=MAX_FILES))
        for photo in self._photos:
            if (photo.size or 0) > file_storage.MAX_BYTES:
                raise NotAllowed(f"{photo.name}: {_('Tệp quá lớn (tối đa 20 MB).')}")
            try:
                self._saved.append(store_upload(photo.read(), name=to_nfc(photo.name or "")))
            except file_storage.NotAPicture as problem:
                raise NotAllowed(f"{photo.name}: {_(str(problem))}") from None
        return [saved.pk for saved in self._saved]


MAX_MESSAGE_CHARS = 2000  # characters of an answer: the limit of one Zalo message
MAX_NOTE_CHARS = 5000
MAX_CROSS_UNIT_CHARS = 1000
MAX_PLACE_CHARS = 160
MAX_REASON_CHARS = 300


def handle_acknowledge(post: ActionForm) -> Case:
    """Acknowledge the alarm without a version check: an alarm can always be stopped."""
    return officer_actions.acknowledge_and_take(code=post.code, officer=post.officer, now=post.now)


def handle_take(post: ActionForm) -> Case:
    return officer_actions.assign_to_self(code=post.code, officer=post.officer, version=post.version, now=post.now)


def handle_set_state(post: ActionForm) -> Case:
    to = parse_choice(State, post.data.get("state", ""), N_("Trạng thái không có."))
    return officer_actions.set_case_state(
        code=post.code,
        officer=post.officer,
        to=to,
        receiver=post.text("receiver", max_length=MAX_REASON_CHARS),
        receipt=post.text("receipt", max_length=MAX_REASON_CHARS),
        version=post.version,
        now=post.now,
    )


def handle_assign(post: ActionForm) -> Case:
    """Assign to an officer of the unit or transfer to another unit: `to` is «can-bo:…» or «don-vi:…»."""
    kind, recipient_id = post.data.get("to", "").partition(":")[::2]
    reason = post.text("reason", max_length=MAX_REASON_CHARS)
    if kind == "don-vi":
        return _transfer_to_unit(post, recipient_id, reason)
    case = case_detail.get_visible_case(post.officer, post.code)
    to = next(
        (
            colleague
            for colleague in case_page.assignment_options(post.officer, case, now=post.now).people
            if str(colleague.public_id) == recipient_id
        ),
        None,
    )
    if kind != "can-bo" or to is None:
        raise NotAllowed(_("Hãy chọn người hoặc đơn vị nhận việc."))
    return officer_actions.assign_case(
        code=post.code, officer=post.officer, to=to, reason=reason, version=post.version, now=post.now
    )


def _transfer_to_unit(post: ActionForm, code: str, reason: str) -> Case:
    unit = case_page.find_transfer_unit(code)
    if unit is None:
        raise NotAllowed(_("Hãy chọn người hoặc đơn vị nhận việc."))
    if post.data.get("elsewhere") != "yes":
        _check_place(post, unit)
    return officer_actions.transfer(
        code=post.code, officer=post.officer, unit=unit, reason=reason, version=post.version, now=post.now
    )


def _check_place(post: ActionForm, unit: Unit) -> None:
    """Raise PlaceElsewhere for a commune where the place of the case does not lie; the province may have any case."""
    case = case_detail.get_visible_case(post.officer, post.code)
    if case.commune_id is None or unit.level != Unit.Level.COMMUNE:
        return
    responsible = areas.get_responsible_unit(case.commune_id, to_vietnam_day(post.now))
    if responsible.id != unit.pk:
        raise PlaceElsewhere(
            _(
                "Địa điểm của vụ này do {responsible} phụ trách, không phải {unit}. Muốn chuyển thì đánh dấu ô dưới."
            ).format(responsible=responsible.name, unit=unit.name)
        )


def handle_undo_transfer(post: ActionForm) -> Case:
    return transfers.undo_transfer(code=post.code, officer=post.officer, now=post.now)


def handle_answer(post: ActionForm) -> Case:
    text = post.text("text", max_length=MAX_MESSAGE_CHARS)
    return officer_actions.answer_reporters(
        code=post.code, officer=post.officer, text=text, version=post.version, now=post.now
    )


def handle_ask(post: ActionForm) -> Case:
    question = post.text("text", max_length=MAX_MESSAGE_CHARS)
    return officer_actions.ask_reporters(
        code=post.code, officer=post.officer, question=question, version=post.version, now=post.now
    )


def handle_note(post: ActionForm) -> Case:
    """Add a note without a version check: it overwrites nothing."""
    return officer_actions.add_note(
        code=post.code, officer=post.officer, text=post.text("text", max_length=MAX_NOTE_CHARS), now=post.now
    )


def handle_reclassify(post: ActionForm) -> Case:
    """Reclassify; `urgency`, `lane`, `words` are optional fields. Without a chosen lane it follows the category."""
    case = case_detail.get_visible_case(post.officer, post.code)
    urgency = post.data.get("urgency", str(case.urgency))
    if urgency not in {"0", "1", "2", "3"}:
        raise NotAllowed(_("Mức không có."))
    chosen = post.data.get("lane", "")
    lane = parse_choice(Lane, chosen, N_("Diện xử lý không có.")) if chosen and chosen != case.lane else None
    return officer_actions.reclassify_case(
        code=post.code,
        officer=post.officer,
        category=post.data.get("category", ""),
        urgency=int(urgency),
        lane=lane,
        words=post.text("words", max_length=MAX_NOTE_CHARS),
        version=post.version,
        now=post.now,
    )


def handle_correct_location(post: ActionForm) -> Case:
    words = post.text("place", max_length=MAX_PLACE_CHARS)
    return location.correct_location(
        code=post.code, officer=post.officer, words=words, version=post.version, now=post.now
    )


_POINT = re.compile(r"\s*(-?\d{1,2}[.]\d{1,12})\s*[,;\s]\s*(-?\d{1,3}[.]\d{1,12})\s*")


def handle_pin(post: ActionForm) -> Case:
    """Set the pin where the picture was clicked (a form without script), or at the typed coordinates."""
    x, y = post.data.get("spot.x", ""), post.data.get("spot.y", "")
    if x.isascii() and x.isdigit() and y.isascii() and y.isdigit() and len(x + y) < 12:
        projection = build_area_projection(post.text("commune", max_length=5))
        longitude, latitude = projection.to_coordinates(int(x), int(y))
    elif point := _POINT.fullmatch(post.text("point", max_length=60)):
        latitude, longitude = float(point[1]), float(point[2])
    else:
        raise NotAllowed(_("Ghi vĩ độ trước, kinh độ sau, ví dụ 18.44120, 105.90210."))
    return location.pin_location(
        code=post.code,
        officer=post.officer,
        latitude=latitude,
        longitude=longitude,
        version=post.version,
        now=post.now,
    )


def handle_grade(post: ActionForm) -> Case:
    chosen = parse_choice(Grade, post.data.get("grade", ""), N_("Mức đánh giá không có."))
    return officer_actions.grade_tip(
        code=post.code,
        officer=post.officer,
        grade=chosen,
        reliability=post.text("reliability", max_length=1),
        credibility=post.text("credibility", max_length=1),
        version=post.version,
        now=post.now,
    )


def handle_reward(post: ActionForm) -> Case:
    """Record thanks or a reward; `amount` in đồng, with or without separators."""
    kind = parse_choice(RewardKind, post.data.get("reward", ""), N_("Chọn cảm ơn hoặc thưởng."))
    digits = post.text("amount", max_length=20).replace(".", "").replace(",", "").replace(" ", "")
    return officer_actions.reward_reporter(
        code=post.code,
        officer=post.officer,
        kind=kind,
        amount=int(digits) if digits.isascii() and digits.isdigit() else None,
        receipt=post.text("receipt", max_length=60),
        version=post.version,
        now=post.now,
    )


def handle_departure(post: ActionForm) -> Case:
    return arrival.record_departure(code=post.code, officer=post.officer, now=post.now)


def handle_arrival(post: ActionForm) -> Case:
    return arrival.record_arrival(code=post.code, officer=post.officer, now=post.now)


def handle_close(post: ActionForm) -> Case:
    """Close with outcome, proof, the sentence for the reporters, and the value of the tip."""
    outcome = parse_choice(Outcome, post.data.get("outcome", ""), N_("Hãy chọn kết quả."))
    result, proof = post.text("answer", max_length=MAX_MESSAGE_CHARS), post.text("evidence", max_length=MAX_NOTE_CHARS)
    chosen = post.data.get("valuable", "")
    tip_grade = parse_choice(Grade, chosen, N_("Mức đánh giá không có.")) if chosen else None
    with FormUploads(post.photos) as photos, transaction.atomic():
        return closing.close_case(
            code=post.code,
            officer=post.officer,
            outcome=outcome,
            result=result,
            evidence=proof,
            attachment_ids=photos.save(),
            grade=tip_grade,
            version=post.version,
            now=post.now,
        )


def handle_add_evidence(post: ActionForm) -> Case:
    text = post.text("text", max_length=MAX_NOTE_CHARS)
    with FormUploads(post.photos) as photos, transaction.atomic():
        return closing.add_evidence(
            code=post.code,
            officer=post.officer,
            text=text,
            attachment_ids=photos.save(),
            version=post.version,
            now=post.now,
        )


def handle_acknowledge_overdue(post: ActionForm) -> Case:
    """Acknowledge overdue clocks without a version check."""
    return alarms.acknowledge_overdue(code=post.code, officer=post.officer, now=post.now)


def handle_extend_deadline(post: ActionForm) -> Case:
    clock, reason = post.data.get("clock", ""), post.text("reason", max_length=MAX_REASON_CHARS)
    return deadline_extensions.extend_clock(
        code=post.code, clock=clock, officer=post.officer, reason=reason, version=post.version, now=post.now
    )


def handle_reopen(post: ActionForm) -> Case:
    reason = post.text("reason", max_length=MAX_REASON_CHARS)
    return closing.reopen_closed_case(
        code=post.code, officer=post.officer, reason=reason, version=post.version, now=post.now
    )


def handle_merge(post: ActionForm) -> Case:
    """Merge this case into the named one, whose page is shown next."""
    _check_version(post)
    into = post.get_case_code("into")
    with refuse_missing():
        linking.merge_cases(code=post.code, into=into, officer=post.officer, version=post.version, now=post.now)
    return case_detail.get_visible_case(post.officer, into)


def handle_merge_here(post: ActionForm) -> Case:
    """Merge each of the named cases into this one.

    A case that changed meanwhile or cannot be merged is named in the error and does not block the others.
    """
    _check_version(post)
    refused = []
    for other_code, version in post.get_case_codes("into"):
        try:
            with refuse_missing():
                linking.merge_cases(
                    code=other_code, into=post.code, officer=post.officer, version=version, now=post.now
                )
        except StaleCase:
            refused.append((other_code, _("vừa có lời mới hoặc thay đổi, hãy đọc lại")))
        except NotAllowed as problem:
            refused.append((other_code, _(str(problem))))
    if refused:
        raise NotAllowed("; ".join(f"{format_code(other_code)}: {why}" for other_code, why in refused))
    return case_detail.get_visible_case(post.officer, post.code)


def handle_unmerge(post: ActionForm) -> Case:
    return linking.unmerge_case(code=post.code, officer=post.officer, version=post.version, now=post.now)


def handle_link(post: ActionForm) -> Case:
    case_detail.get_visible_case(post.officer, post.code)
    kind = post.data.get("kind") or Relation.Kind.RELATED
    if kind not in Relation.Kind.values:
        raise NotAllowed(_("Kiểu liên kết không có."))
    with refuse_missing():
        return linking.link_cases(
            code=post.code,
            other=post.get_case_code("into"),
            kind=Relation.Kind(kind),
            officer=post.officer,
            version=post.version,
            now=post.now,
        )


def handle_unlink(post: ActionForm) -> Case:
    return linking.unlink_cases(
        code=post.code, other=post.get_case_code("into"), officer=post.officer, version=post.version, now=post.now
    )


def handle_cross_unit_note(post: ActionForm) -> Case:
    """Send a note to the other unit without a version check: it overwrites nothing."""
    text = post.text("text", max_length=MAX_CROSS_UNIT_CHARS)
    return transfers.send_cross_unit_note(
        code=post.code, other=post.get_case_code("into"), officer=post.officer, text=text, now=post.now
    )


def handle_detach(post: ActionForm) -> Case:
    with refuse_missing(N_("Không tìm thấy tin nhắn này.")):
        return linking.detach_message(
            code=post.code,
            message_id=parse_uuid(post.data.get("tin", "")),
            officer=post.officer,
            version=post.version,
            now=post.now,
        )


def handle_split(post: ActionForm) -> Case:
    """Split off a reporter; the page of the new case is shown next."""
    with refuse_missing(N_("Không tìm thấy tin nhắn này.")):
        return splitting.split_case(
            code=post.code,
            message_id=parse_uuid(post.data.get("tin", "")),
            officer=post.officer,
            version=post.version,
            ladder=get_alarm_delays(),
            now=post.now,
        )


def handle_attach(post: ActionForm) -> Case:
    case_detail.get_visible_case(post.officer, post.code)
    with refuse_missing(N_("Không tìm thấy tin nhắn này.")):
        return linking.attach_message(
            code=post.code,
            message_id=parse_uuid(post.data.get("tin", "")),
            officer=post.officer,
            version=post.version,
            now=post.now,
        )


def _check_version(post: ActionForm) -> None:
    """Check the version of the submitted form. Raises NotFound, StaleCase."""
    case = case_detail.get_visible_case(post.officer, post.code)
    if case.version != post.version:
        newer = [event for event in reversed(case_detail.list_events(case)) if event.version > post.version]
        raise StaleCase(case, newer)
