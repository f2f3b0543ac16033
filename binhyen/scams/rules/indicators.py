"""Normal forms of scam indicators, and which of a message's numbers and links are candidates. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import fold_text, to_nfc
from binhyen.language.aligned_text import align
from binhyen.language.entities.numbers import add_numbers
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.entities.urls import add_urls
from binhyen.scams.rules.links import CanonicalLink, list_expressions, parse_link
from binhyen.scams.rules.official import (
    APP_HOSTS,
    OFFICIAL_PHONES,
    SHOP_HOSTS,
    find_host_owner,
    find_imitated_name,
    is_shared_host,
    list_suffixes,
)
from binhyen.scams.rules.scripts import list_scripts

MAX_CHECK_CHARS: Final = 4000
MAX_CANDIDATES: Final = 20  # of one text
MAX_VALUE_CHARS: Final = 300
_MAX_FORWARDS: Final = 3  # times that a forwarded link may be encoded
_NATIONAL_PHONE: Final = re.compile(r"0\d{9,10}|1[89]00\d{4,6}")
_ACCOUNT: Final = re.compile(r"\d{6,19}")
_TYPED_NUMBER: Final = re.compile(r"\+?[\d\s.()-]{6,30}")
_OWN_BEFORE: Final = re.compile(
    r"(?:\b(?:cua|goi|lien he|lh|nhan cho|alo)\s+(?:cho\s+)?(?:toi|em|minh|chau|con|tui)\b|\bso (?:toi|em|minh)\b)"
    r"[^\d]{0,25}\Z"
)
_OWN_AFTER: Final = re.compile(r"\A[\s,(]{0,3}(?:la so )?(?:cua|so) (?:toi|em|minh|chau|con|tui|nha toi)\b")


class IndicatorKind(StrEnum):
    PHONE = "PHONE"
    ACCOUNT = "ACCOUNT"
    LINK = "LINK"
    APP = "APP"
    SHOP = "SHOP"
    SCRIPT = "SCRIPT"


KIND_LABELS: Final = {
    IndicatorKind.PHONE: N_("Số điện thoại"),
    IndicatorKind.ACCOUNT: N_("Số tài khoản"),
    IndicatorKind.LINK: N_("Đường dẫn"),
    IndicatorKind.APP: N_("Ứng dụng"),
    IndicatorKind.SHOP: N_("Trang bán hàng, trang mạng xã hội"),
    IndicatorKind.SCRIPT: N_("Chiêu lừa"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A number or link in normal form.

    `keys`: values that it is looked up by. `owner`: of an official one. `imitates`: whose name the site bears.
    """

    kind: IndicatorKind
    value: str
    keys: tuple[str, ...]
    owner: str = ""
    imitates: str = ""


def to_phone_value(national: str) -> str:
    """Return the E.164 form of national digits («0912345678»), or "" for other numbers."""
    if not _NATIONAL_PHONE.fullmatch(national):
        return ""
    return f"+84{national[1:]}" if national.startswith("0") else f"+84{national}"


def build_phone(national: str) -> Candidate | None:
    value = to_phone_value(national)
    if not value:
        return None
    return Candidate(IndicatorKind.PHONE, value, (value,), OFFICIAL_PHONES.get(value, ""))


def build_account(digits: str) -> Candidate | None:
    digits = re.sub(r"\D", "", digits)
    return Candidate(IndicatorKind.ACCOUNT, digits, (digits,)) if _ACCOUNT.fullmatch(digits) else None


def build_link(text: str) -> Candidate | None:
    """Return the candidate of a link: one page of a shared platform, else the whole site."""
    link = parse_link(text)
    host = _get_host(link) if link else ""
    if link is None or "." not in host:
        return None
    value = host + _get_page(link) if is_shared_host(host) else f"{host}/"
    if len(value) > MAX_VALUE_CHARS:
        return None
    owner = find_host_owner(host) or (host if value == f"{host}/" and is_shared_host(host) else "")
    return Candidate(_get_link_kind(host, link), value, _list_keys(host, value, link), owner, find_imitated_name(host))


def list_message_candidates(text: str, entities: Iterable[Mapping[str, Any]]) -> list[Candidate]:
    """List indicators of a report from the entities that were read in it; none that is official or the sender's own."""
    candidates = (
        candidate
        for entity in entities
        if not (entity["type"] == "PHONE" and is_own_number(text, int(entity["start"]), int(entity["end"])))
        for candidate in _build_candidates(str(entity["type"]), str(entity["norm"] or entity["text"]))
    )
    candidates_found = [item for item in (*candidates, *build_scripts(text)) if not item.owner]
    return list({(item.kind, item.value): item for item in candidates_found}.values())[:MAX_CANDIDATES]


def list_checked_candidates(text: str) -> list[Candidate]:
    """List the numbers and links of a pasted text; a bare number may be a phone or an account."""
    text = to_nfc(text.strip())[:MAX_CHECK_CHARS]
    registry = SpanRegistry(align(text))
    add_urls(registry)
    add_numbers(registry)
    candidates = [
        candidate
        for entity in registry.entities()
        for candidate in _build_candidates(entity.type, str(entity.norm or entity.text))
    ]
    if _TYPED_NUMBER.fullmatch(text):
        candidates += _build_candidates("BANK_ACCOUNT", text)
    elif not candidates and " " not in text and "." in text:
        candidates += _build_candidates("URL", text)
    candidates += build_scripts(text)
    return list({(item.kind, item.value): item for item in candidates}.values())[:MAX_CANDIDATES]


def build_scripts(text: str) -> list[Candidate]:
    """Return the stories of fraud that a text tells."""
    return [Candidate(IndicatorKind.SCRIPT, code, (code,)) for code in list_scripts(text)]


def is_own_number(text: str, start: int, end: int) -> bool:
    """Return whether the words beside a number say that it is the sender's own."""
    before, after = fold_text(text[max(0, start - 60) : start]), fold_text(text[end : end + 30])
    return bool(_OWN_BEFORE.search(before) or _OWN_AFTER.match(after))


def _build_candidates(entity_type: str, norm: str) -> list[Candidate]:
    if entity_type == "URL":
        return _build_links(norm)
    builders = {"PHONE": build_phone, "BANK_ACCOUNT": build_account}
    candidate = builders[entity_type](norm) if entity_type in builders else None
    return [candidate] if candidate else []


def _build_links(norm: str) -> list[Candidate]:
    """Return a link and those that its query forwards to; a platform that only forwards is no candidate."""
    outer, nested, text = build_link(norm), [], norm
    for _level in range(_MAX_FORWARDS):
        text = unquote(text)
        forwarded = text.rpartition("://")[2] if "://" in text[1:] else ""
        candidate = build_link(forwarded) if forwarded else None
        if candidate is not None:
            nested.append(candidate)
    if outer is None or (nested and (outer.owner or is_shared_host(outer.value.partition("/")[0]))):
        return nested
    return [outer, *nested]


def _get_host(link: CanonicalLink) -> str:
    return link.host.decode("ascii").removeprefix("www.")


def _get_page(link: CanonicalLink) -> str:
    """Return path and id of a page. Other parameters may tell who received the link, so they are dropped."""
    path = link.path.decode("ascii").lower().rstrip("/") or "/"
    page_id = dict(parse_qsl(link.query.decode("ascii").lstrip("?"))).get("id", "")
    return f"{path}?id={page_id.lower()}" if page_id else path


def _get_link_kind(host: str, link: CanonicalLink) -> IndicatorKind:
    if host in APP_HOSTS or link.path.lower().endswith(b".apk"):
        return IndicatorKind.APP
    return IndicatorKind.SHOP if any(suffix in SHOP_HOSTS for suffix in list_suffixes(host)) else IndicatorKind.LINK


def _list_keys(host: str, value: str, link: CanonicalLink) -> tuple[str, ...]:
    if is_shared_host(host):
        return (value,)
    expressions = (key.decode("ascii").removeprefix("www.") for key in list_expressions(link))
    return tuple(dict.fromkeys((value, *(key for key in expressions if key.endswith("/") and key.count("/") == 1))))
