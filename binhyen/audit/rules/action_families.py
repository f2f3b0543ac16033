"""Families of audit actions for the pages of the log, and the read events that are recorded. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from binhyen.kit.i18n_markers import N_

COVER_VERB = "cover"  # dummy entry: hides the number of entries that a reader cannot see
DISCLOSURE_STEPS = (
    "asked",
    "approved",
    "opened",
    "refused",
    "read",
    "ended",
)  # steps of a disclosure by two people (vault)


# Read events that are recorded in the audit log. Pure; the one table for screens and API.


class ReadKind(StrEnum):
    """Kind of data that was read; the value is the entry's verb."""

    CASE = "case.read"  # the page of a case, with its conversation
    CASE_BY_API = "api.case.read"
    LIST_BY_API = "api.cases.listed"
    MESSAGES = "messages.read"  # the page of unassigned messages
    PHOTO = "photo.read"  # a preview copy
    ORIGINAL = "original.read"  # evidence as it was sent
    SEARCH = "search.asked"
    EXPORT = "cases.exported"
    BOOK = "audit.read"  # the audit log itself
    BOOK_EXPORT = "audit.exported"


# Always recorded; the others only if the shown data are sensitive.
_ALWAYS_RECORDED = frozenset(ReadKind) - {ReadKind.CASE, ReadKind.MESSAGES, ReadKind.PHOTO}


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """One read event. `sensitive`: of the shown data; `count`: of hits or rows, where useful."""

    what: ReadKind
    sensitive: bool = False
    count: int | None = None


def is_recorded(event: ReadEvent) -> bool:
    """Tell whether the event is recorded. Total: an unknown kind cannot be skipped."""
    return event.sensitive or event.what in _ALWAYS_RECORDED


def build_read_detail(event: ReadEvent) -> dict[str, int]:
    """Return the detail of the entry: numbers only, never search words or names (the entry's object identifies it)."""
    return {} if event.count is None else {"n": event.count}


# Verbs of reading the content or a file of an object.
READ_VERBS = (
    "sealed_read",
    "sealed_original",
    "sealed_carried",
    ReadKind.CASE,
    ReadKind.CASE_BY_API,
    ReadKind.PHOTO,
    ReadKind.ORIGINAL,
)
REFUSED_VERBS = ("sign_in_failed", "second_step_failed", "activation_failed")


@dataclass(frozen=True, slots=True)
class VerbFamily:
    """A family. `verbs`: names, or prefixes that end with a dot."""

    label: str
    verbs: tuple[str, ...]


# fmt: off
VERB_FAMILIES = {
    "xem": VerbFamily(N_("Xem dữ liệu"), tuple(read.value for read in ReadKind)),
    "dang-nhap": VerbFamily(
        N_("Đăng nhập, mật khẩu"),
        (
            "sign_in", "sign_out", "sign_in_failed", "second_step_failed", "confirmed", "session_ended",
            "password_changed", "activated", "activation_failed", "activation_given", "factors_reset",
        ),
    ),
    "vu-viec": VerbFamily(N_("Xử lý vụ việc"), ("case.", "found.", "missing.", "scam.", "weapon.", "deed.", "aid.")),
    "danh-tinh": VerbFamily(
        N_("Mở danh tính, bản gốc"),
        (*(f"{what}_{did}" for what in ("identity", "original") for did in DISCLOSURE_STEPS), "identity_carried"),
    ),
    "khoa": VerbFamily(
        N_("Khóa, tin giữ kín"),
        (
            "sealed_read", "sealed_original", "original_sealed", "sealed_carried", "key_made", "key_retired",
            "key_shared", "key_renewed", "key_destroyed", "key_recovered", "key_taken_back", "seat_given",
            "passphrase_changed", "keys_given_up",
        ),
    ),
    "can-bo": VerbFamily(
        N_("Cán bộ, lịch trực"),
        ("officer_created", "officer_transferred", "officer_deactivated", "officer_unlocked", "officer_confirmed",
            "duty_added", "duty_removed", "duty_swapped", "duty_phone_set", "duty_phone_removed", "acting_chief",
            "identity_linked", "demo_officers_created", "officer.", "tie."),
    ),
    "kenh": VerbFamily(
        N_("Nhóm, tin gửi đi"),
        (
            "group.", "manual_group.", "reply_template.", "station.", "outgoing.", "channel.", "gate.",
            "group_rules.", "message.", "bulletin.", "cap_alert.", "procedure.",
        ),
    ),
    "du-lieu": VerbFamily(N_("Dữ liệu cá nhân"), ("data.", "consent.", "retention.", "breach.")),
    "he-thong": VerbFamily(N_("Máy khác nối vào, địa bàn, sổ"), (
        "token.", "api.", "audit.", "backup.", "report.", "opendata.", "population.", "reorganisation_planned",
        "reorganisation_cancelled", "reorganisation_applied", "demo_year_simulated", "villages_imported",
        "villages_merged", "village_closed", "area_name_added", "area_name_removed", "landmark_taken_off",
        "landmark_put_back")),
}
# fmt: on


def is_refusal(verb: str, detail: Mapping[str, Any]) -> bool:
    return verb in REFUSED_VERBS or detail.get("outcome") == "refused"
