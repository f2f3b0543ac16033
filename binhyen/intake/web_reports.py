"""Submission of web forms. One transaction per submission; idempotent."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction

from binhyen.cases.choices import State
from binhyen.cases.models import Report
from binhyen.cases.services import follow_ups
from binhyen.channels.models import Conversation, Message
from binhyen.channels.services import media as media_service
from binhyen.channels.services.messages import create_web_conversations
from binhyen.channels.types import IncomingMessage, Media
from binhyen.consents.services import record_callback_consent, record_contact_consent
from binhyen.intake import pipeline
from binhyen.intake.complaint_store import NotStoredYet
from binhyen.intake.confidential import KnownComplaintFailed
from binhyen.intake.idempotency import derive_complaint_key, derive_key_mark, derive_link, derive_page_public_key
from binhyen.intake.idempotency import derive_external_id as external_id
from binhyen.intake.items import InboundItem
from binhyen.kit import file_storage, logs
from binhyen.kit.batching import Batcher
from binhyen.kit.db_errors import is_infrastructure_error
from binhyen.kit.ids import hash_token
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.vault import callback_numbers
from binhyen.vault import services as vault

log = logs.get_logger("intake")


class KeyReused(Exception):
    """A form's key was reused with other content. `token`: the status page of the first submission."""

    def __init__(self, token: str) -> None:
        super().__init__("key reused")
        self.token = token


class BadPhoto(Exception):
    """A file is no picture that can be shown. `number` counts from 1; the message is Vietnamese, for the sender."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


class NotReady(RuntimeError):
    """The installation has no web channel yet."""

    def __init__(self) -> None:
        super().__init__("No web channel yet. Run: binhyen set_up")


@dataclass(frozen=True, slots=True)
class UploadedPhoto:
    """An uploaded file."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted form, checked and in its stored form. `key`: 43 characters stored by the sender's browser only."""

    key: str
    text: str
    photos: tuple[UploadedPhoto, ...] = ()
    place: str = ""
    location: tuple[float, float] | None = None  # latitude, longitude, degrees
    phone: str = ""
    name: str = ""
    may_call_back: bool = False  # agreed that officers of the case see the phone number
    is_insisting: bool = False  # saw the other authorities (confidential.py)
    loss_amount: int | None = None  # đồng sent to a fraud; part of the text as well

    def facts(self) -> dict[str, str]:
        """Return the contact facts that the sender gave."""
        contact_facts = {vault.Field.PHONE: self.phone, vault.Field.NAME: self.name}
        return {field: value for field, value in contact_facts.items() if value}

    def derive_external_id(self) -> str:
        texts, point = (self.text, self.place, self.phone, self.name), [repr(self.location).encode()]
        attachments = [*(point if self.location else ()), *(photo.data for photo in self.photos)]
        return external_id(self.key, [text.encode() for text in texts], attachments)


@rls_scope(PROGRAM_SCOPE)
def send_report(*, sending: Submission, now: dt.datetime) -> str:
    """Store a new report; return the token of its status page. Raises KeyReused, BadPhoto, NotReady, NotStoredYet.

    Concurrent reports share a transaction (docs/decisions/0005-group-commit.md). Duplicates are rare: the unique link
    refuses the second one, and only then is it looked up. With photos the lookup comes first, so that none is decoded
    and stored in vain.
    """
    token, external_id = derive_link(sending.key), sending.derive_external_id()
    if sending.photos and _was_sent_with_key(token, external_id):
        return token
    arrival = _IncomingReport(sending, token, external_id, _reencode_photos(sending.photos), now)

    def store(*, processing_failed: bool) -> None:
        if processing_failed or arrival.media:  # it writes files: do not delay other reports in its batch
            _store_reports([replace(arrival, processing_failed=processing_failed)])
        else:
            _store_batched(arrival)

    try:
        _store_with_fallback(store)
    except IntegrityError:  # the same form was sent before, or at the same moment
        if not _was_sent_with_key(token, external_id):
            raise
    return token


def _was_sent_with_key(token: str, external_id: str) -> bool:
    """Return whether a report was sent with this key. Raises KeyReused if its content was different."""
    report = Report.objects.filter(link_hash=hash_token(token)).values_list("conversation_id", flat=True)[:1]
    for conversation in report:
        if Message.objects.filter(conversation=conversation, external_id=external_id).exists():
            return True
        raise KeyReused(token)
    return False


@rls_scope(PROGRAM_SCOPE)
def find_same_submission(*, sending: Submission, key: str) -> str | None:
    """Return the status page of the submission with `key` if the text is the same.

    «Quay lại» brings back a form with a new key and the old text, mostly without its photos and point; photos or a
    point that were not there before make it a new report.
    """
    token, external_id = derive_link(key), replace(sending, key=key).derive_external_id()
    conversation_ids = Report.objects.filter(link_hash=hash_token(token)).values("conversation_id")
    has_text_only = not (sending.photos or sending.location)
    id_filter = {"external_id__startswith" if has_text_only else "external_id": external_id}
    return token if Message.objects.filter(conversation__in=conversation_ids, **id_filter).exists() else None


@dataclass(frozen=True, slots=True)
class _IncomingReport:
    """An incoming report. `external_id`: distinguishes repeated text from different text sent with the same key."""

    submission: Submission
    token: str
    external_id: str
    media: tuple[Media, ...]
    now: dt.datetime
    processing_failed: bool = False

    def item(self, reporter: int, conversation: int, channel: int) -> InboundItem:
        submission = self.submission
        message = IncomingMessage(
            external_id=self.external_id,
            sender="",
            text=submission.text,
            sent_at=self.now,
            media=self.media,
            location=submission.location,
        )
        return InboundItem(
            channel,
            reporter,
            conversation,
            message,
            wants_case=True,
            place=submission.place,
            link_hash=hash_token(self.token),
            is_new_reporter=True,
            link_key=derive_complaint_key(self.token),
            is_insisting=submission.is_insisting,
            processing_failed=self.processing_failed,
        )


def _store_reports(reports: Sequence[_IncomingReport]) -> None:
    """Store all or none, in one transaction."""
    now = max(incoming.now for incoming in reports)
    with (
        transaction.atomic(),
        _delete_files_on_failure([media_item for incoming in reports for media_item in incoming.media]),
    ):
        reporters = vault.create_reporters([incoming.submission.facts() for incoming in reports], now=now)
        for incoming, reporter in zip(reports, reporters, strict=True):
            if incoming.submission.facts():
                record_contact_consent(reporter_id=reporter, now=now)
        conversations = create_web_conversations(
            reporters, [derive_page_public_key(incoming.token) for incoming in reports], now=now
        )
        if not conversations:
            raise NotReady
        stored = zip(reports, reporters, conversations, strict=True)
        pipeline.process_items(
            [incoming.item(reporter, *conversation) for incoming, reporter, conversation in stored], now=now
        )
        _store_callbacks(
            {
                reporter: incoming.submission.phone
                for incoming, reporter in zip(reports, reporters, strict=True)
                if incoming.submission.may_call_back
            },
            now=now,
        )
        for incoming, reporter in zip(reports, reporters, strict=True):
            if incoming.submission.loss_amount is not None:
                own_reports = Report.objects.filter(reporter=reporter, case__is_restricted=False)
                own_reports.update(loss_amount=incoming.submission.loss_amount)


def _store_callbacks(phones: dict[int, str], *, now: dt.datetime) -> None:
    """Store the numbers to call back, with the consent; none of complaints about police."""
    if not phones:
        return
    reports = Report.objects.filter(reporter__in=phones, case__is_restricted=False)
    for reporter_id in sorted(set(reports.values_list("reporter_id", flat=True))):
        callback_numbers.store_number(reporter_id=reporter_id, phone=phones[reporter_id], now=now)
        record_callback_consent(reporter_id=reporter_id, now=now)


_store_batched = Batcher(_store_reports)


def _store_with_fallback(store: Callable[..., None]) -> None:
    """Store a report; if processing fails, store it unread for a person: never «lỗi máy»."""
    try:
        store(processing_failed=False)
    except (IntegrityError, NotReady, BadPhoto, NotStoredYet):
        raise
    except KnownComplaintFailed as problem:
        if isinstance(problem.__cause__, IntegrityError):  # sent before
            raise problem.__cause__ from problem
        raise
    except Exception as problem:
        if is_infrastructure_error(problem):
            raise
        log.exception("report_stumbled")
        store(processing_failed=True)


@rls_scope(PROGRAM_SCOPE)
def add_page_message(*, report: Report, token: str, sending: Submission, now: dt.datetime) -> None:
    """Add a message of the same person from their status page. Raises KeyReused, BadPhoto, NotStoredYet."""
    conversation, external_id = report.conversation, sending.derive_external_id()
    if conversation is None or _was_sent_to_page(conversation, token, sending.key, external_id):
        return
    media = _reencode_photos(sending.photos)
    message = IncomingMessage(external_id=external_id, sender="", text=sending.text, sent_at=now, media=media)
    # A message on a status page must be read by a person, even long after closing.
    item = InboundItem(
        conversation.channel_id,
        report.reporter_id,
        conversation.pk,
        message,
        wants_case=True,
        about=report.pk,
        is_insisting=sending.is_insisting,
    )

    def store(*, processing_failed: bool) -> None:
        with transaction.atomic(), _delete_files_on_failure(media):
            pipeline.process_items([replace(item, processing_failed=processing_failed)], now=now)

    try:
        _store_with_fallback(store)
    except IntegrityError:
        if not _was_sent_to_page(conversation, token, sending.key, external_id):
            raise


def store_page_key(report: Report, token: str) -> None:
    """Store the page key of a report from before pages had keys: the link is known only while it is open."""
    if report.conversation is not None and report.conversation.page_public_key is None:
        Conversation.objects.filter(pk=report.conversation.pk, page_public_key=None).update(
            page_public_key=derive_page_public_key(token)
        )


def _was_sent_to_page(conversation: Conversation, token: str, key: str, external_id: str) -> bool:
    sent_messages = Message.objects.filter(conversation=conversation, external_id__startswith=derive_key_mark(key))
    for stored_id in sent_messages.values_list("external_id", flat=True)[:1]:
        if stored_id != external_id:
            raise KeyReused(token)
        return True
    return False


@rls_scope(PROGRAM_SCOPE)
def rate_report(*, report: Report, helped: bool, now: dt.datetime) -> None:
    """Store the answer to «Có ích không?» for a closed case. Idempotent."""
    case = report.case.merged_into or report.case
    if case.state == State.CLOSED and report.was_helpful is not helped:
        follow_ups.rate_outcome(report_id=report.pk, helped=helped, now=now)


def _reencode_photos(photos: Sequence[UploadedPhoto]) -> tuple[Media, ...]:
    """Decode and re-encode the photos without storing: the text decides where they go."""
    media = []
    for number, photo in enumerate(photos, start=1):
        try:
            upload = media_service.reencode_upload(photo.data, name=photo.name)
            media.append(Media(kind=upload.kind, name=upload.name, upload=upload))
        except file_storage.NotAPicture as problem:
            raise BadPhoto(number, str(problem)) from problem
    return tuple(media)


@contextmanager
def _delete_files_on_failure(media: Sequence[Media]) -> Iterator[None]:
    """Delete the written files if the transaction fails. Raises BadPhoto if the disk is full."""
    try:
        yield
    except BaseException as problem:
        for media_item in media:
            for name in media_item.upload.file_names if media_item.upload else ():
                file_storage.delete_file(name)
        if isinstance(problem, file_storage.DiskFull):
            raise BadPhoto(len(media), str(problem)) from problem
        raise
