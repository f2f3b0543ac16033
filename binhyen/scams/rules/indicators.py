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

# Canonical form of links, by the published Safe Browsing rules, and the expressions that a link is looked up by.
# Pure.
#
# Source: developers.google.com/safe-browsing/v4/urls-hashing (canonicalization, host suffix and path prefix
# expressions). A link is never opened: neither redirects nor the page behind it matter.

MAX_LINK_CHARS: Final = 2000
_ESCAPE: Final = re.compile(rb"%([0-9a-fA-F]{2})")
_SCHEME: Final = re.compile(rb"([a-zA-Z][a-zA-Z0-9+.-]*)://")
_PORT: Final = re.compile(rb":[0-9]*\Z")
_IP_PART: Final = re.compile(rb"(?:0x[0-9a-f]+|[0-9]+)\Z")
_MAX_ROUNDS: Final = 1000  # of unescaping: each round shortens the text


@dataclass(frozen=True, slots=True)
class CanonicalLink:
    """A canonical link. `query`: with its question mark, or empty."""

    scheme: bytes
    host: bytes
    path: bytes
    query: bytes

    def format(self) -> bytes:
        return b"%s://%s%s%s" % (self.scheme, self.host, self.path, self.query)


def canonicalize_link(link: bytes) -> CanonicalLink | None:
    """Return the canonical form, or None if the link names no host."""
    link = link.strip(b" ").translate(None, b"\t\r\n").partition(b"#")[0]
    match = _SCHEME.match(link)
    scheme, rest = (match[1].lower(), link[match.end() :]) if match else (b"http", link)
    end = next((index for index, byte in enumerate(rest) if byte in b"/?"), len(rest))
    path, mark, query = rest[end:].partition(b"?")
    host = _canonicalize_host(_unescape(rest[:end]))
    if not host:
        return None
    return CanonicalLink(
        scheme, _escape(host), _escape(_canonicalize_path(_unescape(path))), mark + _escape(_unescape(query))
    )


def list_expressions(link: CanonicalLink) -> list[bytes]:
    """List host suffix and path prefix combinations, at most 5 × 6, the exact one first."""
    hosts = [link.host]
    if not _is_address(link.host):
        labels = link.host.split(b".")
        hosts += [b".".join(labels[-size:]) for size in range(min(len(labels) - 1, 5), 1, -1)]
    paths = [link.path + link.query, link.path, b"/"]
    folders = link.path.split(b"/")[1:-1]
    paths += [b"/" + b"/".join(folders[:size]) + b"/" for size in range(1, min(len(folders), 3) + 1)]
    return list(dict.fromkeys(host + path for host in hosts[:5] for path in paths))


def parse_link(text: str) -> CanonicalLink | None:
    """Return the canonical link of a text; an international host in its ASCII form (IDNA)."""
    text = to_nfc(text.strip())
    if not text or len(text) > MAX_LINK_CHARS:
        return None
    scheme, mark, rest = text.rpartition("://") if "://" in text[:12] else ("", "", text)
    end = next((index for index, char in enumerate(rest) if char in "/?#"), len(rest))
    return canonicalize_link(f"{scheme}{mark}{_to_ascii_host(rest[:end])}{rest[end:]}".encode())


def _to_ascii_host(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _unescape(text: bytes) -> bytes:
    for _round in range(_MAX_ROUNDS):
        shorter = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), text)
        if shorter == text:
            break
        text = shorter
    return text


def _escape(text: bytes) -> bytes:
    return b"".join(b"%%%02X" % byte if byte <= 32 or byte >= 127 or byte in b"#%" else bytes([byte]) for byte in text)


def _canonicalize_host(authority: bytes) -> bytes:
    host = _PORT.sub(b"", authority.rpartition(b"@")[2])
    host = re.sub(rb"\.{2,}", b".", host).strip(b".").lower()
    return _to_dotted_address(host) or host


def _to_dotted_address(host: bytes) -> bytes:
    """Return the four-part form of an IPv4 address in decimal, octal or hexadecimal parts; empty if it is none."""
    parts = host.split(b".")
    if len(parts) > 4 or not all(_IP_PART.match(part) for part in parts):
        return b""
    try:
        numbers = [_parse_ip_part(part) for part in parts]
    except ValueError:
        return b""
    if any(number > 255 for number in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        return b""
    value = numbers[-1]
    for index, number in enumerate(numbers[:-1]):
        value += number << (8 * (3 - index))
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0)).encode()


def _parse_ip_part(part: bytes) -> int:
    if len(part) > 16:
        raise ValueError("too long for a part of an address")
    if part.startswith(b"0x"):
        return int(part, 16)
    return int(part, 8) if len(part) > 1 and part.startswith(b"0") else int(part)


def _is_address(host: bytes) -> bool:
    return _to_dotted_address(host) == host


def _canonicalize_path(path: bytes) -> bytes:
    segments: list[bytes] = []
    *folders, last = path.split(b"/")
    for segment in folders:
        if segment == b"..":
            del segments[-1:]
        elif segment not in (b"", b"."):
            segments.append(segment)
    if last == b"..":
        del segments[-1:]
        last = b""
    elif last == b".":
        last = b""
    return b"/" + b"".join(segment + b"/" for segment in segments) + last


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


def list_typed_candidates(text: str) -> list[Candidate]:
    """List the indicators of lines that an officer typed; a bare telephone number is no account as well."""
    items: dict[tuple[str, str], Candidate] = {}
    for line in text.splitlines()[:MAX_CANDIDATES]:
        candidates = list_checked_candidates(line)
        is_bare_phone = bool(_TYPED_NUMBER.fullmatch(line.strip())) and any(
            item.kind == IndicatorKind.PHONE for item in candidates
        )
        items |= {
            (item.kind, item.value): item
            for item in candidates
            if not (is_bare_phone and item.kind == IndicatorKind.ACCOUNT)
        }
    return list(items.values())[:MAX_CANDIDATES]


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
