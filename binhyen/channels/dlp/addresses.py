"""Detection of home addresses. Pure."""

import re
from collections.abc import Iterator

from binhyen.channels.dlp.normalize import NormalizedText

Span = tuple[int, int]

# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_OFFICE = re.compile(
    r"(?:tru so|ubnd|uy ban|nha van hoa|tram y te|truong|hoi truong|buu dien|ngan hang|benh vien|cua cong an)"
    r"(?: [^\W_]+){0,9}[,:(]? ?(?:dia chi:? ?)?(?:tai |o )?$"
)
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_ADDRESS = re.compile(
    r"\b(?:so nha|nha so|sn|nha o so|can so)\W{0,2}(?:\d+\w?|(?:mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi)\b)"
    r"|(?<![\d/,.])\b(?:so )?\d{1,3}[a-z]?(?:/\d{1,3})*,? (?:ngo|ngach|hem|kiet|duong|pho) \w+"
    r"|\b(?:phong|can ho)(?: so)? \d{2,4}\b(?=.{0,30}\b(?:chung cu|khu tro|nha tro|nha nghi))"
    r"|(?<!cac )(?<!nhung )(?<!moi )(?<!tung )\bnha (?:cuoi|dau|giua|trong) (?:ngo|hem|kiet|ngach|xom)\b"
    r"|\bnha (?:\w+ ){0,4}?(?:cong (?:sat|go|inox|xanh|do|den|trang|mau)"
    r"|mai (?:ton|ngoi) (?:xanh|do|moi)|son (?:xanh|vang|hong|do))\b"
    r"|\bnha (?:nam )?(?:thu (?:\d+|hai|ba|tu|nam|nhat)|o? ?(?:canh|sat|doi dien|sau lung|ben trai|ben phai)) "
)


def find_home_addresses(text: NormalizedText) -> Iterator[Span]:
    """Find addresses of houses. Addresses of public offices are public and excluded."""
    for match in _ADDRESS.finditer(text.folded):
        preceding_text = text.folded[max(0, match.start() - 70) : match.start()]
        if not _OFFICE.search(preceding_text):
            yield text.to_original_span(*match.span())
