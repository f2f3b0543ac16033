"""Pure functions of Zalo's wire protocol: signatures, PKCE, mentions, splitting. Source: Zalo's OA documentation."""

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata

from binhyen.kit.text import normalize

MAX_TEXT_LENGTH = 2000
_MAX_MENTION_LENGTH = 64
_VISITOR_PREFIX = "anonymous:"
_SENTENCE_END = re.compile(r"[.!?…;]['\")»]*\s+|\n+")
_GAPS = re.compile(r"[ \t]{2,}")
# `mac=<hex>`, `mac = <hex>` as the documentation words it, `MAC=<hex>`, or the bare digest.
_MAC = re.compile(r"(?:mac[ \t]*=[ \t]*)?([0-9a-f]{64})", re.IGNORECASE | re.ASCII)


def compute_webhook_mac(first_term: str, raw: bytes, timestamp: str, secret: str) -> str:
    """Return lower-case hex SHA-256 (plain, no HMAC) of app id + received bytes + timestamp + OA secret key."""
    return hashlib.sha256(first_term.encode() + raw + timestamp.encode() + secret.encode()).hexdigest()


def is_same_mac(header: str, expected: str) -> bool:
    """Compare in constant time; the header's value comes with or without a prefix (`_MAC`)."""
    received = _MAC.fullmatch(header.strip())
    return received is not None and hmac.compare_digest(received[1].lower(), expected)


def generate_code_verifier() -> str:
    """Return 43 random characters (PKCE)."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def compute_code_challenge(verifier: str) -> str:
    """Return the S256 challenge without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def compute_appsecret_proof(app_secret: str, access_token: str) -> str:
    """Return lower-case hex HMAC-SHA256 of the access token, keyed with the app secret."""
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


def strip_mentions(text: str) -> str:
    """Return the text without Zalo's mention markup `[@id]`, which would notify people when the text is sent on.

    One pass with a stack, so that `[@[@1]2]` does not leave a mention and a long text stays cheap.
    """
    if "[@" not in text:
        return text
    kept_chars: list[str] = []
    open_positions: list[int] = []
    for char in text:
        if char == "@" and kept_chars and kept_chars[-1] == "[":
            open_positions.append(len(kept_chars) - 1)
        elif char.isspace():
            open_positions.clear()
        elif char == "]" and open_positions:
            start = open_positions.pop()
            if len(kept_chars) - start - 2 <= _MAX_MENTION_LENGTH:
                del kept_chars[start:]
                continue
            open_positions.clear()
        kept_chars.append(char)
    return _GAPS.sub(" ", "".join(kept_chars)).strip()


def format_visitor_address(anonymous_id: str, conversation_id: str) -> str:
    """Return one address for a visitor without account, in the chat window of a web page."""
    return f"{_VISITOR_PREFIX}{anonymous_id}:{conversation_id}"


def parse_visitor_address(address: str) -> tuple[str, str] | None:
    """Return the two ids of a visitor address, None for that of an account."""
    if not address.startswith(_VISITOR_PREFIX):
        return None
    anonymous_id, _, conversation_id = address.removeprefix(_VISITOR_PREFIX).partition(":")
    return anonymous_id, conversation_id


def count_utf16_units(text: str) -> int:
    """Return the length in UTF-16 units, the largest count by Zalo's Java: an emoji outside the basic plane is two."""
    return len(text) + sum(char > "\uffff" for char in text)


def split_text(text: str, limit: int = MAX_TEXT_LENGTH) -> tuple[str, ...]:
    """Return parts of at most `limit` characters after NFC, cut after a sentence, else between words, else anywhere.

    Joined again they give the text except for white space at the cuts. Blank text gives no part.
    """
    remaining = normalize("NFC", text).strip()
    parts: list[str] = []
    while remaining:
        if len(remaining) <= limit and count_utf16_units(remaining) <= limit:
            parts.append(remaining)
            break
        cut = _find_cut(remaining, _count_fitting(remaining, limit))
        if part := remaining[:cut].rstrip():
            parts.append(part)
        remaining = remaining[cut:].lstrip()
    return tuple(parts)


def _count_fitting(text: str, limit: int) -> int:
    """Return the number of code points of `text` that fit."""
    used = 0
    for index, char in enumerate(text[:limit]):
        used += 2 if char > "\uffff" else 1
        if used > limit:
            return max(index, 1)
    return min(limit, len(text))


def _find_cut(text: str, room: int) -> int:
    window = text[:room]
    ends = [match.end() for match in _SENTENCE_END.finditer(window)]
    if ends and ends[-1] >= room // 2:
        return ends[-1]
    blank = max(window.rfind(" "), window.rfind("\n"), window.rfind("\t"))
    if text[room].isspace():
        return room
    if blank >= room // 4:
        return blank + 1
    cut = room
    while cut > 1 and unicodedata.combining(text[cut]):
        cut -= 1
    return cut if not unicodedata.combining(text[cut]) else room
