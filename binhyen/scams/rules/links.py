"""Canonical form of links, by the published Safe Browsing rules, and the expressions that a link is looked up by. Pure.

Source: developers.google.com/safe-browsing/v4/urls-hashing (canonicalization, host suffix and path prefix expressions).
A link is never opened: neither redirects nor the page behind it matter.
"""

import re
from dataclasses import dataclass
from typing import Final

from binhyen.kit.text import to_nfc

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
