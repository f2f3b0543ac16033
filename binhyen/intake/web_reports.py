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
from binhyen.channels.services.messages import web_talks
from binhyen.channels.types import IncomingMessage, Media
from binhyen.consents.services import contact_given
from binhyen.intake import pipeline
from binhyen.intake.complaint_store import Referred
from binhyen.intake.idempotency import complaint_key, link_of, mark, outside_id, page_key
from binhyen.intake.items import Item
from binhyen.intake.manual_fallback import KnownApart
from binhyen.kit import file_storage, logs
from binhyen.kit.batching import Jointly
from binhyen.kit.db_errors import of_machine
from binhyen.kit.ids import token_hash
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.vault import services as vault

log = logs.get("intake")


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
class Photo:
    """An uploaded file."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Sending:
    """A submitted form, checked and in its stored form. `key`: 43 characters stored by the sender's browser only."""

    key: str
    text: str
    photos: tuple[Photo, ...] = ()
    place: str = ""
    location: tuple[float, float] | None = None  # latitude, longitude, degrees
    phone: str = ""
    name: str = ""
    insists: bool = False  # saw the other authorities (referral.py)

    def facts(self) -> dict[str, str]:
        """Return the contact facts that the sender gave."""
        given = {vault.Field.PHONE: self.phone, vault.Field.NAME: self.name}
        return {field: value for field, value in given.items() if value}

    def outside_id(self) -> str:
        words, point = (self.text, self.place, self.phone, self.name), [repr(self.location).encode()]
        besides = [*(point if self.location else ()), *(p.data for p in self.photos)]
        return outside_id(self.key, [w.encode() for w in words], besides)


@entered(PROGRAM)
def send_report(*, sending: Sending, now: dt.datetime) -> str:
    """Store a new report; return the token of its status page. Raises KeyReused, BadPhoto, NotReady, NotStoredYet.

    Concurrent reports share a transaction (docs/decisions/0005-group-commit.md). Duplicates are rare: the unique link
    refuses the second one, and only then is it looked up. With photos the lookup comes first, so that none is decoded
    and
    stored in vain.
    """
    token, outside = link_of(sending.key), sending.outside_id()
    if sending.photos and _told_before(token, outside):
        return token
    arrival = _Arrival(sending, token, outside, _cleaned(sending.photos), now)

    def take(*, unread: bool) -> None:
        if unread or arrival.media:  # it writes files: do not delay other reports in its batch
            _take([replace(arrival, unread=unread)])
        else:
            _together(arrival)

    try:
        _read_or_not(take)
    except IntegrityError:  # the same form was sent before, or at the same moment
        if not _told_before(token, outside):
            raise
    return token


def _told_before(token: str, outside: str) -> bool:
    """Return whether a report was sent with this key. Raises KeyReused if its content was different."""
    report = Report.objects.filter(link_hash=token_hash(token)).values_list("conversation_id", flat=True)[:1]
    for conversation in report:
        if Message.objects.filter(conversation=conversation, outside_id=outside).exists():
            return True
        raise KeyReused(token)
    return False


@entered(PROGRAM)
def sent_before(*, sending: Sending, key: str) -> str | None:
    """Return the status page of the submission with `key` if the text is the same.

    «Quay lại» brings back a form with a new key and the old text, mostly without its photos and point; photos or a
    point
    that were not there before make it a new report.
    """
    token, outside = link_of(key), replace(sending, key=key).outside_id()
    talk = Report.objects.filter(link_hash=token_hash(token)).values("conversation_id")
    bare = not (sending.photos or sending.location)
    same = {"outside_id__startswith" if bare else "outside_id": outside}
    return token if Message.objects.filter(conversation__in=talk, **same).exists() else None


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An incoming report. `external_id`: distinguishes repeated text from different text sent with the same key."""

    sending: Sending
    token: str
    outside: str
    media: tuple[Media, ...]
    now: dt.datetime
    unread: bool = False

    def item(self, reporter: int, conversation: int, channel: int) -> Item:
        told = self.sending
        message = IncomingMessage(
            outside_id=self.outside, sender="", text=told.text, sent_at=self.now, media=self.media,
            location=told.location,
        )  # fmt: skip
        return Item(
            channel, reporter, conversation, message, wants_case=True, place=told.place,
            link_hash=token_hash(self.token), newcomer=True, link_key=complaint_key(self.token), insists=told.insists,
            unread=self.unread,
        )  # fmt: skip


def _take(arrivals: Sequence[_Arrival]) -> None:
    """Store all or none, in one transaction."""
    now = max(arrival.now for arrival in arrivals)
    with transaction.atomic(), _files_of([each for arrival in arrivals for each in arrival.media]):
        reporters = vault.new_reporters([arrival.sending.facts() for arrival in arrivals], now=now)
        for arrival, reporter in zip(arrivals, reporters, strict=True):
            if arrival.sending.facts():
                contact_given(reporter_id=reporter, now=now)
        talks = web_talks(reporters, [page_key(arrival.token) for arrival in arrivals], now=now)
        if not talks:
            raise NotReady
        told = zip(arrivals, reporters, talks, strict=True)
        pipeline.run([arrival.item(reporter, *talk) for arrival, reporter, talk in told], now=now)


_together = Jointly(_take)


def _read_or_not(take: Callable[..., None]) -> None:
    """Store a report; if processing fails, store it for a person (manual_fallback.py): never «lỗi máy»."""
    try:
        take(unread=False)
    except (IntegrityError, NotReady, BadPhoto, Referred):
        raise
    except KnownApart as problem:
        if isinstance(problem.__cause__, IntegrityError):  # sent before
            raise problem.__cause__ from problem
        raise
    except Exception as problem:
        if of_machine(problem):
            raise
        log.exception("report_stumbled")
        take(unread=True)


@entered(PROGRAM)
def write_more(*, report: Report, token: str, sending: Sending, now: dt.datetime) -> None:
    """Add a message of the same person from their status page. Raises KeyReused, BadPhoto, NotStoredYet."""
    conversation, outside = report.conversation, sending.outside_id()
    if conversation is None or _wrote_before(conversation, token, sending.key, outside):
        return
    media = _cleaned(sending.photos)
    message = IncomingMessage(outside_id=outside, sender="", text=sending.text, sent_at=now, media=media)
    # A message on a status page must be read by a person, even long after closing.
    item = Item(
        conversation.channel_id, report.reporter_id, conversation.pk, message, wants_case=True, greeted=True,
        about=report.pk, insists=sending.insists,
    )  # fmt: skip

    def take(*, unread: bool) -> None:
        with transaction.atomic(), _files_of(media):
            pipeline.run([replace(item, unread=unread)], now=now)

    try:
        _read_or_not(take)
    except IntegrityError:
        if not _wrote_before(conversation, token, sending.key, outside):
            raise


def know_page(report: Report, token: str) -> None:
    """Store the page key of a report from before pages had keys: the link is known only while it is open."""
    if report.conversation is not None and report.conversation.page_key is None:
        Conversation.objects.filter(pk=report.conversation.pk, page_key=None).update(page_key=page_key(token))


def _wrote_before(conversation: Conversation, token: str, key: str, outside: str) -> bool:
    said = Message.objects.filter(conversation=conversation, outside_id__startswith=mark(key))
    for known in said.values_list("outside_id", flat=True)[:1]:
        if known != outside:
            raise KeyReused(token)
        return True
    return False


@entered(PROGRAM)
def rate_report(*, report: Report, helped: bool, now: dt.datetime) -> None:
    """Store the answer to «Có ích không?» for a closed case. Idempotent."""
    case = report.case.merged_into or report.case
    if case.state == State.CLOSED and report.helped is not helped:
        follow_ups.rate(report_id=report.pk, helped=helped, now=now)


def _cleaned(photos: Sequence[Photo]) -> tuple[Media, ...]:
    """Decode and re-encode the photos without storing: the text decides where they go."""
    found = []
    for number, photo in enumerate(photos, start=1):
        try:
            found.append(Media(kind="image", upload=media_service.cleaned(photo.data)))
        except file_storage.NotAPicture as problem:
            raise BadPhoto(number, str(problem)) from problem
    return tuple(found)


@contextmanager
def _files_of(media: Sequence[Media]) -> Iterator[None]:
    """Delete the written files if the transaction fails. Raises BadPhoto if the disk is full."""
    try:
        yield
    except BaseException as problem:
        for each in media:
            for name in each.upload.names if each.upload else ():
                file_storage.remove(name)
        if isinstance(problem, file_storage.NoRoom):
            raise BadPhoto(len(media), str(problem)) from problem
        raise
