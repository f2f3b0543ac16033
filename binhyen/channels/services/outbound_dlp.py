"""Outbound DLP at the outbox: checks every text to a group and every private reply of an officer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q

from binhyen.channels.dlp.detectors import DlpContext, Finding, FindingKind, check_text
from binhyen.channels.dlp.normalize import normalize_characters
from binhyen.channels.dlp.verbatim_overlap import ProtectedText
from binhyen.channels.models import PublishedText
from binhyen.kit.text import fold_text
from binhyen.people.queries import list_officer_names

# Messages handed to the outbox.


@dataclass(frozen=True, slots=True)
class ReplyPrivacy:
    """Facts that a private reply must not reveal: the identity of other reporters.

    `own_texts`: texts of the recipient, which they know.
    """

    own_texts: tuple[str, ...]
    other_texts: tuple[str, ...]  # texts of other reporters
    protected_names: tuple[str, ...]  # persons named by others and not by the recipient, normalized
    pseudonyms: tuple[str, ...]  # of other reporters
    is_sensitive: bool  # true: not even wording of other reporters may appear

    def list_protected_texts(self) -> tuple[ProtectedText, ...]:
        return tuple(ProtectedText.of(words) for words in self.other_texts) if self.is_sensitive else ()


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A stored file that goes out with a message. `kind`: image (JPEG or PNG) or file; `file`: as `store_file` named
    it. The feature that queues the message owns the file; a message whose file is gone is not sent.
    """

    kind: str
    name: str
    file: str

    def to_json(self) -> dict[str, str]:
        return {"kind": self.kind, "name": self.name, "file": self.file}


@dataclass(frozen=True, slots=True)
class OutgoingDraft:
    """A message to send. `key`: idempotency key; queued several times it gives one row.

    `buttons`: title, and the text that pressing it sends; `quote_of`: external id of the message it answers.
    """

    key: str
    channel_id: int
    text: str
    purpose: str
    conversation_id: int | None = None
    group_id: int | None = None
    case_id: int | None = None
    unit_id: int | None = None
    officer_id: int | None = None
    chat_suffix: str = ""  # appended where the person replies in a chat; our own page has buttons instead
    privacy: ReplyPrivacy | None = None  # for a private message; a group message is always checked
    priority: int = 0  # URGENT_PRIORITY: sent before everything that waits
    buttons: tuple[tuple[str, str], ...] = ()
    media: tuple[StoredMedia, ...] = ()
    quote_of: str = ""


URGENT_PRIORITY = 1


@dataclass(frozen=True, slots=True)
class GroupPost:
    """A text of an officer to many groups. The key of each message is `key_prefix` and the id of its group.

    `unit_id`: unit of the author; its officers and its published contacts may be named.
    """

    key_prefix: str
    text: str
    purpose: str
    unit_id: int
    officer_id: int
    priority: int = 0
    media: tuple[StoredMedia, ...] = ()


def check_group_post(post: GroupPost) -> tuple[Finding, ...]:
    """Return what the text reveals; one check for all groups."""
    draft = OutgoingDraft(
        key="post",
        channel_id=0,
        text=post.text,
        purpose=post.purpose,
        group_id=-1,  # checked as a text to a group
        unit_id=post.unit_id,
        officer_id=post.officer_id,
    )
    return check_drafts([draft]).get("post", ())


_PRIVATE_KINDS = frozenset(
    {
        FindingKind.SEALED,
        FindingKind.WORDING,
        FindingKind.SOURCE,
        FindingKind.ID_NUMBER,
        FindingKind.BANK_ACCOUNT,
        FindingKind.CONTACT,
        FindingKind.NAME,
    }
)


def check_drafts(drafts: Sequence[OutgoingDraft]) -> dict[str, tuple[Finding, ...]]:
    """Return findings by draft key. Automatic messages to one person have fixed texts and are not checked."""
    checked = [item for item in drafts if item.group_id is not None or item.privacy is not None]
    if not checked:
        return {}
    published = _list_allowlisted({item.unit_id for item in checked if item.unit_id is not None})
    findings: dict[str, tuple[Finding, ...]] = {}
    for draft in checked:
        draft_findings = (
            _check_group_text(draft, published) if draft.group_id else _check_private_text(draft, published)
        )
        if draft_findings:
            findings[draft.key] = draft_findings
    return findings


_MIN_DIGITS = 6  # of anything that may be a number of a person


def _list_allowlisted(units: Collection[int]) -> frozenset[str]:
    """Return the published contacts of these units and of the province, and the digits of our own links' address."""
    rows = PublishedText.objects.filter(Q(unit_id__in=units) | Q(unit__level="PROVINCE"))
    own_digits = "".join(filter(str.isdigit, urlsplit(settings.PUBLIC_URL).netloc))  # 127.0.0.1:8000 in a demo
    links = {own_digits} if len(own_digits) >= _MIN_DIGITS else set()  # fewer would hide parts of other numbers
    return frozenset(rows.values_list("value", flat=True)) | links


def _check_group_text(draft: OutgoingDraft, published: frozenset[str]) -> tuple[Finding, ...]:
    """Check the form of the text; only the asynchronous review compares it with confidential reports."""
    if draft.officer_id is None or draft.unit_id is None:  # our own fixed text
        return check_text(draft.text, DlpContext(published=published))
    officers = frozenset(fold_text(name) for name in list_officer_names(draft.unit_id))
    return check_text(draft.text, DlpContext(published=published, officers=officers))


def extract_person_names(entities: Any) -> list[str]:
    """Return the person names found in a text, normalized."""
    return [fold_text(str(entity.get("text", ""))) for entity in entities or () if entity.get("type") == "PERSON"]


def _check_private_text(draft: OutgoingDraft, published: frozenset[str]) -> tuple[Finding, ...]:
    """Return findings that would reveal one reporter to another. Statements of the recipient may be repeated."""
    privacy = draft.privacy
    assert privacy is not None
    own_letters = _keep_alphanumeric(" ".join(privacy.own_texts))
    findings = check_text(
        draft.text,
        DlpContext(
            protected_texts=privacy.list_protected_texts(),
            secrets=privacy.pseudonyms,
            case_names=privacy.protected_names,
            published=published,
        ),
    )
    return tuple(
        finding
        for finding in findings
        if finding.kind in _PRIVATE_KINDS and not _is_known_to_recipient(draft.text, finding, own_letters, privacy)
    )


def _is_known_to_recipient(text: str, finding: Finding, own_letters: str, privacy: ReplyPrivacy) -> bool:
    excerpt = _keep_alphanumeric(text[finding.start : finding.end])
    if finding.kind is FindingKind.NAME:
        return not any(_keep_alphanumeric(name) in excerpt for name in privacy.protected_names)
    return (
        finding.kind in (FindingKind.CONTACT, FindingKind.ID_NUMBER, FindingKind.BANK_ACCOUNT)
        and excerpt in own_letters
    )


def _keep_alphanumeric(text: str) -> str:
    return "".join(char for char in normalize_characters(text).folded if char.isalnum())


def findings_to_json(marks: Sequence[Finding]) -> list[dict[str, Any]]:
    return [{"kind": finding.kind.value, "start": finding.start, "end": finding.end} for finding in marks]


def findings_from_json(rows: Sequence[Mapping[str, Any]]) -> list[Finding]:
    return [Finding(FindingKind(row["kind"]), int(row["start"]), int(row["end"])) for row in rows]
