"""Pure functions of Zalo's wire protocol: signatures, PKCE, mentions, splitting. Source: Zalo's OA documentation."""

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata

from binhyen.kit.unicode import normalize

LONGEST_TEXT = 2000
_LONGEST_MENTION = 64
_VISITOR = "anonymous:"
_SENTENCE_END = re.compile(r"[.!?…;]['\")»]*\s+|\n+")
_GAPS = re.compile(r"[ \t]{2,}")
# `mac=<hex>`, `mac = <hex>` as the documentation words it, `MAC=<hex>`, or the bare digest.
_MAC = re.compile(r"(?:mac[ \t]*=[ \t]*)?([0-9a-f]{64})", re.IGNORECASE | re.ASCII)


def webhook_mac(first_term: str, raw: bytes, timestamp: str, secret: str) -> str:
    """Return lower-case hex SHA-256 (plain, no HMAC) of app id + received bytes + timestamp + OA secret key."""
    return hashlib.sha256(first_term.encode() + raw + timestamp.encode() + secret.encode()).hexdigest()


def same_mac(header: str, expected: str) -> bool:
    """Compare in constant time; the header's value comes with or without a prefix (`_MAC`)."""
    given = _MAC.fullmatch(header.strip())
    return given is not None and hmac.compare_digest(given[1].lower(), expected)


def code_verifier() -> str:
    """Return 43 random characters (PKCE)."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def code_challenge(verifier: str) -> str:
    """Return the S256 challenge without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def appsecret_proof(app_secret: str, access_token: str) -> str:
    """Return lower-case hex HMAC-SHA256 of the access token, keyed with the app secret."""
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


def strip_mentions(text: str) -> str:
    """Return the text without Zalo's mention markup `[@id]`, which would notify people when the text is sent on.

    One pass with a stack, so that `[@[@1]2]` does not leave a mention and a long text stays cheap.
    """
    if "[@" not in text:
        return text
    out: list[str] = []
    opens: list[int] = []
    for char in text:
        if char == "@" and out and out[-1] == "[":
            opens.append(len(out) - 1)
        elif char.isspace():
            opens.clear()
        elif char == "]" and opens:
            start = opens.pop()
            if len(out) - start - 2 <= _LONGEST_MENTION:
                del out[start:]
                continue
            opens.clear()
        out.append(char)
    return _GAPS.sub(" ", "".join(out)).strip()


def visitor(anonymous_id: str, conversation_id: str) -> str:
    """Return one address for a visitor without account, in the chat window of a web page."""
    return f"{_VISITOR}{anonymous_id}:{conversation_id}"


def as_visitor(address: str) -> tuple[str, str] | None:
    """Return the two ids of a visitor address, None for that of an account."""
    if not address.startswith(_VISITOR):
        return None
    who, _, talk = address.removeprefix(_VISITOR).partition(":")
    return who, talk


def width(text: str) -> int:
    """Return the length in UTF-16 units, the largest count by Zalo's Java: an emoji outside the basic plane is two."""
    return len(text) + sum(char > "\uffff" for char in text)


def split(text: str, limit: int = LONGEST_TEXT) -> tuple[str, ...]:
    """Return parts of at most `limit` characters after NFC, cut after a sentence, else between words, else anywhere.

    Joined again they give the text except for white space at the cuts. Blank text gives no part.
    """
    rest = normalize("NFC", text).strip()
    parts: list[str] = []
    while rest:
        if len(rest) <= limit and width(rest) <= limit:
            parts.append(rest)
            break
        cut = _cut(rest, _room(rest, limit))
        if part := rest[:cut].rstrip():
            parts.append(part)
        rest = rest[cut:].lstrip()
    return tuple(parts)


def _room(text: str, limit: int) -> int:
    """Return the number of code points of `text` that fit."""
    used = 0
    for index, char in enumerate(text[:limit]):
        used += 2 if char > "\uffff" else 1
        if used > limit:
            return max(index, 1)
    return min(limit, len(text))


def _cut(text: str, room: int) -> int:
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
