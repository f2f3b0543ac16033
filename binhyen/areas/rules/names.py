"""Vietnamese forms of place and unit names. They are names: not translated into any language. Pure."""

import re

POLICE = "Công an "  # before the name of the place: «Công an xã Lộc Hà»
KINDS = {"thon": "Thôn", "to_dan_pho": "Tổ dân phố"}
KIND_WORDS = {"thon": "thon", "to dan pho": "to_dan_pho", "tdp": "to_dan_pho", "to_dan_pho": "to_dan_pho"}
PREFIX = re.compile(r"^(thôn|thon|tổ dân phố|to dan pho|tdp)\s+(?=\S)", re.IGNORECASE)

_SHORT = re.compile(r"^(x|p|tt)(?:\.\s*|\s+)(?=\S)", re.IGNORECASE)
_SHORT_FOR = {"x": "xã ", "p": "phường ", "tt": "thị trấn "}


def expand_abbreviation(name: str) -> str:
    """Expand an abbreviation: «P. Thành Sen» → «phường Thành Sen»; other names stay unchanged."""
    return _SHORT.sub(lambda match: _SHORT_FOR[match[1].lower()], name)


def format_full_name(kind: str, name: str) -> str:
    """Return the full name: «Thôn Phú Mậu»."""
    return f"{KINDS.get(kind, KINDS['thon'])} {name}"
