"""Links, also when obfuscated to evade filters: «abc (chấm) com», «hxxps://», «t . me / nhom».

A host keeps its diacritics and letters: «vietcọmbank.com» is a different site from the bank's (IDN homograph).
"""

import re
from collections.abc import Iterator
from typing import Final

from binhyen.kit.text import fold, nfc
from binhyen.kit.unicode import normalize
from binhyen.language.aligned_text import View
from binhyen.language.entities.span_registry import Found
from binhyen.language.phrase_trie import bag

_STRONG: Final = bag("""
    com vn net org top xyz info club online site shop live vip icu asia win bet link store biz fun buzz click
    life website space mobi today host work loan loans app dev cn ru tk ml ga cf gq gov edu wang pw casino game
    games vin cfd sbs cyou lol ink rest monster bond ltd tech world pics
    """)
# Endings that are also Vietnamese words or too short to trust: only for known hosts, or if a path follows.
_WEAK: Final = bag("""
    me ly to la co in so us cc tv io ai gg gl do pro id am be fm page sh st gd uk pm at eu kr jp sg th
    """)
_ENDINGS: Final = _STRONG | _WEAK
_HOSTS: Final = bag("""
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
_MOST_LABELS: Final = 12
_FULL_STOP: Final = "\u3002"  # Chinese full stop; browsers treat it as a dot
_BRACKETS: Final = dict.fromkeys(map(ord, "[](){}<> \u00a0")) | {ord(_FULL_STOP): "."}
_DOTS: Final = (".", _FULL_STOP)


_LOOSE_ENDINGS: Final = bag("com vn net org top xyz info club me ly")


def find(found: Found) -> None:
    """Add every URL of the message; `norm` is lower case, without scheme, deobfuscated, with its diacritics."""
    view = found.view
    if not any(sign in view.plain for sign in (*_DOTS, "cham", "dot", "//")):
        return
    for start, host, end in _with_scheme(view):
        if host > start and view.plain[host - 1] == "@":
            found.add("URL", start, end, _clean(_written(view, host, end)))
    for index in reversed(range(len(view.words))):  # from the right: the last ending of «gdt.com.vn.abc.icu» counts
        if view.words[index] in _ENDINGS:
            _from_ending(found, view, index, view.words[index])
    for start, host, end in _with_scheme(view):
        found.add("URL", start, end, _clean(_written(view, host, end)))


def _with_scheme(view: View) -> Iterator[tuple[int, int, int]]:
    """Yield the start of each link with a scheme, the start of its host, and its end.

    The host of «https://gov.vn@evil.com» is the part after the «@».
    """
    done = 0
    for hit in _WITH_SCHEME.finditer(view.plain):
        run = _RUN.match(view.plain, hit.end()) if hit.start() >= done else None
        if run and run[0]:
            done = run.end()
            authority = _AUTHORITY.match(run[0])
            user = authority[0].rfind("@") + 1 if authority else 0
            yield hit.start(), hit.end() + user, hit.end() + len(run[0].rstrip(_TAIL))


def _written(view: View, start: int, end: int) -> str:
    """Return the text as it was written, with diacritics, in lower case."""
    first, last = view.span(start, end)
    return normalize("NFKC", nfc(view.text[first:last])).lower().replace(_FULL_STOP, ".")


def _label(view: View, index: int) -> str:
    return _written(view, view.starts[index], view.ends[index])


def _from_ending(found: Found, view: View, index: int, ending: str) -> None:
    first, loose = _label_before(view, index)
    if first is None or not found.word_free(index):
        return
    first, parts = _more_labels(view, first, [_label(view, first), _label(view, index)])
    start = view.starts[first]
    if start and view.plain[start - 1] == "/" and view.plain[max(0, start - 2)] != "/":
        return  # a word in the path of a link
    last = index
    while len(parts) < _MOST_LABELS and (after := _label_after(view, last)) is not None:
        last = after
        parts.append(_label(view, last))
    if view.gap(last) in ("-", "_"):
        return  # «gov-vn.info»: the ending is only the beginning of the next label
    end, path = _path(view, last)
    user = _USER.search(view.plain, max(0, start - 101), start) if view.plain[start - 1 : start] == "@" else None
    if view.gap(last)[:1] == "@" or (user and not path):
        return  # an e-mail address
    scheme = _SCHEME.search(view.plain, max(0, start - 14), start)
    defanged = any(bracket in view.gap(index - 1) for bracket in "[({")
    spaced = view.gap(index - 1) == " . " and _made_up(parts, loose=False)
    if _numbered(parts, ending) and not (path or scheme or defanged):
        return
    known = "www" in parts or fold(parts[0]) in _HOSTS
    if ending in _WEAK and not (defanged or spaced or known or path or scheme or _made_up(parts, loose=loose)):
        return
    if loose and not defanged and ending in _WEAK - _LOOSE_ENDINGS and not path and not spaced:
        return
    begin = scheme.start() if scheme else user.start() if user else start
    found.add("URL", begin, end, _clean(".".join(parts) + path))


def _numbered(parts: list[str], ending: str) -> bool:
    """Return True for a numbered list: «2.ly do», «1.top»."""
    return len(parts) == 2 and parts[0].isdecimal() and len(parts[0]) <= (2 if ending in _WEAK else 1)


def _made_up(parts: list[str], *, loose: bool) -> bool:
    """Return True if a label has a hyphen or a digit before the dot, so that it is no Vietnamese word."""
    return not loose and any("-" in part or any(map(str.isdecimal, part)) for part in parts[:-1])


def _label_before(view: View, index: int) -> tuple[int | None, bool]:
    """Return the index of the word that the ending at `index` belongs to, and whether the dot was loosely written."""
    if not index:
        return None, False
    if _dot(view, index - 1):
        gap = view.gap(index - 1)
        dotted_end = gap in (". ", ".  ")
        label = view.words[index - 1]
        told = len(label) > 7 or any(map(str.isdecimal, label)) or view.gap(index - 2) == "-"
        if dotted_end and not (told and view.words[index] in ("com", "vn", "net", "org", "top", "xyz")):
            return None, False
        return index - 1, gap not in _DOTS
    if view.words[index - 1] in _SPOKEN and index >= 2 and "\n" not in view.gap(index - 1):
        if view.marks[index - 1] not in ("chấm", "cham", "dot") or view.words[index - 2] in ("dau", "."):
            return None, False
        return index - 2, True
    return None, False


def _label_after(view: View, last: int) -> int | None:
    """Return the index of the next ending: «com.vn», «gov chấm vn»."""
    if last + 1 < len(view.words) and view.words[last + 1] in _ENDINGS and _dot(view, last) and view.gap(last) != ". ":
        return last + 1
    if last + 2 < len(view.words) and view.words[last + 1] in _SPOKEN and view.words[last + 2] in _ENDINGS:
        return last + 2
    return None


def _dot(view: View, index: int) -> bool:
    gap = view.gap(index)
    return gap == "." or (len(gap) <= 6 and "\n" not in gap and gap.translate(_BRACKETS) == ".")


def _more_labels(view: View, first: int, parts: list[str]) -> tuple[int, list[str]]:
    """Extend to the left over «login-», «abc.», «www.», «dichvu (chấm) »."""
    while first and len(parts) < _MOST_LABELS:
        gap = view.gap(first - 1)
        if gap in ("-", "_", "--"):
            first -= 1
            parts[0] = _label(view, first) + gap + parts[0]
        elif gap in (*_DOTS, " . ") or (_dot(view, first - 1) and any(c in gap for c in "[({")):
            first -= 1
            parts.insert(0, _label(view, first))
        elif view.words[first - 1] in _SPOKEN and first >= 2 and "\n" not in view.gap(first - 2):
            first -= 2
            parts.insert(0, _label(view, first))
        else:
            break
    if parts[0] == "w" and first >= 2 and view.words[first - 2 : first] == ["w", "w"]:
        first -= 2
        parts[0] = "www"
    return first, parts


def _path(view: View, last: int) -> tuple[int, str]:
    """Return the end of the link and its path, query or port."""
    end = view.ends[last]
    gap = view.gap(last)
    if gap[:1] in ("/", "?", ":", "#") and gap[:2] not in ("/ ", "? ", ": ", ":"):
        run = _RUN.match(view.plain, end)
        tail = (run[0] if run else "").rstrip(_TAIL + "/")
        return end + len(tail), _written(view, end, end + len(tail)) if tail else ""
    if gap.replace(" ", "") == "/" and last + 1 < len(view.words) and len(gap) <= 3:
        start = view.starts[last + 1]
        run = _RUN.match(view.plain, start)
        tail = (run[0] if run else "").rstrip(_TAIL + "/")
        return start + len(tail), "/" + (_written(view, start, start + len(tail)) if tail else "")
    return end, ""


def _clean(link: str) -> str:
    return link.strip().rstrip("/").replace(" ", "")
