"""Links, also when obfuscated to evade filters: «abc (chấm) com», «hxxps://», «t . me / nhom».

A host keeps its diacritics and letters: «vietcọmbank.com» is a different site from the bank's (IDN homograph).
"""

import re
from collections.abc import Iterator
from typing import Final

from binhyen.kit.text import fold_text, normalize, to_nfc
from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import word_set

_STRONG: Final = word_set("""
    com vn net org top xyz info club online site shop live vip icu asia win bet link store biz fun buzz click
    life website space mobi today host work loan loans app dev cn ru tk ml ga cf gq gov edu wang pw casino game
    games vin cfd sbs cyou lol ink rest monster bond ltd tech world pics
    """)
# Endings that are also Vietnamese words or too short to trust: only for known hosts, or if a path follows.
_WEAK: Final = word_set("""
    me ly to la co in so us cc tv io ai gg gl do pro id am be fm page sh st gd uk pm at eu kr jp sg th
    """)
_ENDINGS: Final = _STRONG | _WEAK
_HOSTS: Final = word_set("""
    t bit zalo m wa goo s rb tinyurl is cutt shorturl chat discord telegra youtu
    """)
_SPOKEN: Final = frozenset(("cham", "dot"))
_SCHEME: Final = re.compile(r"(?:h\s?[tx]\s?[tx]\s?ps?|hxxps?|htps?|htpps?)\s?[:;]?\s?[/\\]\s?[/\\]\s?$")
_WITH_SCHEME: Final = re.compile(r"\bh(?:tt|xx|t|xtt)ps?[:;]//\s?(?=[^\W_])")
_AUTHORITY: Final = re.compile(r"[^/\\?#]*")
_USER: Final = re.compile(r"[^\s<>\"'«»“”,;(){}|/@]{1,100}@\Z")
# links are shorter than this limit; a text without blanks may be longer
_RUN: Final = re.compile(r"[^\s<>\"'«»“”,;(){}|]{0,2000}")
_TAIL: Final = ".,;:!?)]}»\"'*"
_MAX_LABELS: Final = 12
_FULL_STOP: Final = "\u3002"  # Chinese full stop; browsers treat it as a dot
_BRACKETS: Final = dict.fromkeys(map(ord, "[](){}<> \u00a0")) | {ord(_FULL_STOP): "."}
_DOTS: Final = (".", _FULL_STOP)


_LOOSE_ENDINGS: Final = word_set("com vn net org top xyz info club me ly")


def add_urls(registry: SpanRegistry) -> None:
    """Add every URL of the message; `norm` is lower case, without scheme, deobfuscated, with its diacritics."""
    view = registry.view
    if not any(sign in view.plain for sign in (*_DOTS, "cham", "dot", "//")):
        return
    for start, host, end in _find_with_scheme(view):
        if host > start and view.plain[host - 1] == "@":
            registry.add("URL", start, end, _normalize_link(_original_text(view, host, end)))
    for index in reversed(range(len(view.words))):  # from the right: the last ending of «gdt.com.vn.abc.icu» counts
        if view.words[index] in _ENDINGS:
            _add_from_ending(registry, view, index, view.words[index])
    for start, host, end in _find_with_scheme(view):
        registry.add("URL", start, end, _normalize_link(_original_text(view, host, end)))


def _find_with_scheme(view: AlignedText) -> Iterator[tuple[int, int, int]]:
    """Yield the start of each link with a scheme, the start of its host, and its end.

    The host of «https://gov.vn@evil.com» is the part after the «@».
    """
    last_end = 0
    for hit in _WITH_SCHEME.finditer(view.plain):
        run = _RUN.match(view.plain, hit.end()) if hit.start() >= last_end else None
        if run and run[0]:
            last_end = run.end()
            authority = _AUTHORITY.match(run[0])
            userinfo_length = authority[0].rfind("@") + 1 if authority else 0
            yield hit.start(), hit.end() + userinfo_length, hit.end() + len(run[0].rstrip(_TAIL))


def _original_text(view: AlignedText, start: int, end: int) -> str:
    """Return the text as it was written, with diacritics, in lower case."""
    first, last = view.to_original_span(start, end)
    return normalize("NFKC", to_nfc(view.text[first:last])).lower().replace(_FULL_STOP, ".")


def _get_label(view: AlignedText, index: int) -> str:
    return _original_text(view, view.starts[index], view.ends[index])


def _add_from_ending(registry: SpanRegistry, view: AlignedText, index: int, ending: str) -> None:
    first, loose = _find_label_before(view, index)
    if first is None or not registry.is_word_free(index):
        return
    first, parts = _extend_labels(view, first, [_get_label(view, first), _get_label(view, index)])
    start = view.starts[first]
    if start and view.plain[start - 1] == "/" and view.plain[max(0, start - 2)] != "/":
        return  # a word in the path of a link
    if start and view.plain[start - 1] == "%":
        return  # an encoded link within the query of another
    last = index
    while len(parts) < _MAX_LABELS and (next_label := _find_label_after(view, last)) is not None:
        last = next_label
        parts.append(_get_label(view, last))
    if view.gap_after(last) in ("-", "_"):
        return  # «gov-vn.info»: the ending is only the beginning of the next label
    end, path = _parse_path(view, last)
    user = _USER.search(view.plain, max(0, start - 101), start) if view.plain[start - 1 : start] == "@" else None
    if view.gap_after(last)[:1] == "@" or (user and not path):
        return  # an e-mail address
    scheme = _SCHEME.search(view.plain, max(0, start - 14), start)
    defanged = any(bracket in view.gap_after(index - 1) for bracket in "[({")
    spaced = view.gap_after(index - 1) == " . " and _has_digit_or_hyphen(parts, loose=False)
    if _is_numbered_list(parts, ending) and not (path or scheme or defanged):
        return
    is_known_host = "www" in parts or fold_text(parts[0]) in _HOSTS
    if ending in _WEAK and not (
        defanged or spaced or is_known_host or path or scheme or _has_digit_or_hyphen(parts, loose=loose)
    ):
        return
    if loose and not defanged and ending in _WEAK - _LOOSE_ENDINGS and not path and not spaced:
        return
    begin = scheme.start() if scheme else user.start() if user else start
    registry.add("URL", begin, end, _normalize_link(".".join(parts) + path))


def _is_numbered_list(parts: list[str], ending: str) -> bool:
    """Return True for a numbered list: «2.ly do», «1.top»."""
    return len(parts) == 2 and parts[0].isdecimal() and len(parts[0]) <= (2 if ending in _WEAK else 1)


def _has_digit_or_hyphen(parts: list[str], *, loose: bool) -> bool:
    """Return True if a label has a hyphen or a digit before the dot, so that it is no Vietnamese word."""
    return not loose and any("-" in part or any(map(str.isdecimal, part)) for part in parts[:-1])


def _find_label_before(view: AlignedText, index: int) -> tuple[int | None, bool]:
    """Return the index of the word that the ending at `index` belongs to, and whether the dot was loosely written."""
    if not index:
        return None, False
    if _is_dot(view, index - 1):
        gap = view.gap_after(index - 1)
        dotted_end = gap in (". ", ".  ")
        label = view.words[index - 1]
        is_host_like = len(label) > 7 or any(map(str.isdecimal, label)) or view.gap_after(index - 2) == "-"
        if dotted_end and not (is_host_like and view.words[index] in ("com", "vn", "net", "org", "top", "xyz")):
            return None, False
        return index - 1, gap not in _DOTS
    if view.words[index - 1] in _SPOKEN and index >= 2 and "\n" not in view.gap_after(index - 1):
        if view.marks[index - 1] not in ("chấm", "cham", "dot") or view.words[index - 2] in ("dau", "."):
            return None, False
        return index - 2, True
    return None, False


def _find_label_after(view: AlignedText, last: int) -> int | None:
    """Return the index of the next ending: «com.vn», «gov chấm vn»."""
    if (
        last + 1 < len(view.words)
        and view.words[last + 1] in _ENDINGS
        and _is_dot(view, last)
        and view.gap_after(last) != ". "
    ):
        return last + 1
    if last + 2 < len(view.words) and view.words[last + 1] in _SPOKEN and view.words[last + 2] in _ENDINGS:
        return last + 2
    return None


def _is_dot(view: AlignedText, index: int) -> bool:
    gap = view.gap_after(index)
    return gap == "." or (len(gap) <= 6 and "\n" not in gap and gap.translate(_BRACKETS) == ".")


def _extend_labels(view: AlignedText, first: int, parts: list[str]) -> tuple[int, list[str]]:
    """Extend to the left over «login-», «abc.», «www.», «dichvu (chấm) »."""
    while first and len(parts) < _MAX_LABELS:
        gap = view.gap_after(first - 1)
        if gap in ("-", "_", "--"):
            first -= 1
            parts[0] = _get_label(view, first) + gap + parts[0]
        elif gap in (*_DOTS, " . ") or (_is_dot(view, first - 1) and any(char in gap for char in "[({")):
            first -= 1
            parts.insert(0, _get_label(view, first))
        elif view.words[first - 1] in _SPOKEN and first >= 2 and "\n" not in view.gap_after(first - 2):
            first -= 2
            parts.insert(0, _get_label(view, first))
        else:
            break
    if parts[0] == "w" and first >= 2 and view.words[first - 2 : first] == ["w", "w"]:
        first -= 2
        parts[0] = "www"
    return first, parts


def _parse_path(view: AlignedText, last: int) -> tuple[int, str]:
    """Return the end of the link and its path, query or port."""
    end = view.ends[last]
    gap = view.gap_after(last)
    if gap[:1] in ("/", "?", ":", "#") and gap[:2] not in ("/ ", "? ", ": ", ":"):
        run = _RUN.match(view.plain, end)
        tail = (run[0] if run else "").rstrip(_TAIL + "/")
        return end + len(tail), _original_text(view, end, end + len(tail)) if tail else ""
    if gap.replace(" ", "") == "/" and last + 1 < len(view.words) and len(gap) <= 3:
        start = view.starts[last + 1]
        run = _RUN.match(view.plain, start)
        tail = (run[0] if run else "").rstrip(_TAIL + "/")
        return start + len(tail), "/" + (_original_text(view, start, start + len(tail)) if tail else "")
    return end, ""


def _normalize_link(link: str) -> str:
    return link.strip().rstrip("/").replace(" ", "")
