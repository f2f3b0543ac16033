"""In doubt upwards: what may complain of police is read as such, whatever the reader takes it for. Pure.

The desk of the unit that is meant must not read it first. The reader weighs the whole message, and «công an làm ngơ cho
sòng bạc» is much of gambling and little of police; so the words are asked too: is police the one who does it? Too much
goes up on purpose, and a handler who reads it passes it down again.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from binhyen.cases.words import NEVER_DOWN
from binhyen.intake.rules import CERTAIN, DOUBT
from binhyen.kit.text import fold, nfc
from binhyen.kit.wording import N_
from binhyen.language.lexicon import FOLDER, expand
from binhyen.language.reading import DANGER, Reading
from binhyen.language.words import HEAD, read_table

HINT = 0.12  # what the reader must give a complaint where police is mentioned
_NEAR, _FAR = 9, 18  # words between who does it and what is done; from «là công an», across sentences
_WHOLE = 2  # words of a name that says who it is
_REACH = 300  # characters after police that are looked at
_COMPLAINT = next(iter(NEVER_DOWN))
NAMED = N_("có thể phản ánh công an: «{words}»")
HINTED = N_("nhắc đến công an, có thể là phản ánh")

_CAPITALS = re.compile(r"\bC\.?A\b(?!\d)")
_SHORT = re.compile(r"\bc\.?a\.?x?(?= (?:x\w|ph\w\wng|huy\wn|t\wnh|th\w tr\wn)\b)|\bcax\b")
_HUSHED = re.compile(r"\b[\u00e9\u1ec9]m\b")  # hushed up; without the mark «em» is whoever speaks
_BLACK = re.compile(r"\b\u0111en\b")  # «Toản đen công an xã»; without the mark «den» is to go there
_TOKEN = re.compile(r"[a-z0-9]+|[.!?;\n,:]+")
_PLAIN = frozenset({"fire", "found_item", "found_person"})  # nothing to hide: only what the words say counts
_TABLE = list(read_table(FOLDER / "police.tsv"))


def _one_of(*parts: str) -> str:
    """A pattern of all phrases of these parts of the table, whole words, the longest first."""
    said = [_pattern(words, row["unless"]) for row in _TABLE if row["part"] in parts for words in expand(row["phrase"])]
    return rf"\b(?:{'|'.join(sorted(said, key=len, reverse=True))})\b"


def _pattern(words: Sequence[str], unless: str) -> str:
    phrase = " ".join(words).replace(" #", r"(?: \d+)?")
    return rf"{phrase}(?! (?:{unless.replace('/', '|')})\b)" if unless else phrase


# Nothing but such words stands between what is looked for and police, whose words begin or end there.
_BEFORE, _AFTER = rf"(?: {_one_of('before')})*$", rf"(?: {_one_of('after')})* "
_RANK = rf"(?: {_one_of('before', 'rank')})*$"  # «gặp trưởng công an» may well complain of him, so it is no call
_POLICE = re.compile(_one_of("police"))
_HINTED_AT = re.compile(_one_of("hint"))
_SCAM = re.compile(_one_of("scam"))
_CALLED = re.compile(_one_of("called") + _BEFORE)
_ASKED = re.compile(_AFTER + _one_of("asked"))
_PLAYED = re.compile(_one_of("played") + _BEFORE)
_AGAINST = re.compile(_one_of("against") + _BEFORE)
_WORK = re.compile(_AFTER + _one_of("work"))
_OTHERS = re.compile(_one_of("others"))
_DEED = re.compile(rf"(?<!khong )(?<!ko ){_one_of('hit', 'money', 'shield')}")
_ROUGH = re.compile(_one_of("hit", "money"))
# The other way round: «nhờ sự bảo kê của công an», «đút lót cho công an», «chồng nó là công an».
_OF_POLICE = re.compile(
    rf"(?:{_one_of('shield')}(?: \w+){{0,3}}? (?:la|cua|boi|tu|do)|{_one_of('bribed')}(?: \w+){{0,3}}?){_RANK}"
)
_BURIED = re.compile(_one_of("buried"))
_PAID = re.compile(_one_of("paid"))
_UNDONE = re.compile(_one_of("undone"))
_KIN_OF = re.compile(
    r"^(?: \w+){0,3}? la (?:anh em|anh|chi|em|chu|bac|cau|di|ba con|ho hang|nguoi nha|ban|con|chau)"
    r"(?: (?:ruot|than|ho|re|dau))? (?:voi|cua) "
)
# «đừng cho chú ấy biết»: who asks for that says who must not read it.
_KEEP_FROM = re.compile(
    r"\b(?:dung|khong|xin dung) (?:cho|de|noi cho|noi voi|bao cho)(?: (?:chu|anh|ong|ba|chi|co|chau|chu em))?"
    r" (?:ay|do|no|ta|kia) (?:biet|hay)\b"
)
_IS_POLICE = re.compile(rf"{_one_of('kin')}(?: \w+){{0,3}} (?:la|lam){_RANK}")


def up(reading: Reading, text: str, officers: Collection[str] = (), *, own: bool = False) -> Reading:
    """The reading as it is, or of a complaint about police where the words may be one. `officers`: folded names of
    those whose desk it would lie on; their name alone is as good as the word police. `own`: who wrote it has a case of
    their own, so that «anh Tuấn cầm tiền rồi mà chưa xong» may well mean who handles it.
    """
    if reading.category in NEVER_DOWN and reading.confidence >= DOUBT:  # below, a post of a group would stay talk
        return reading
    said = _plain(text[:HEAD])
    seen = _seen(said, officers)
    chance = dict(reading.top).get(_COMPLAINT, 0.0)
    if deed := next(_deeds(said, seen), None):
        return _raised(reading, max(chance, CERTAIN), NAMED.format(words=deed))
    if buried := _BURIED.search(said):
        return _raised(reading, max(chance, DOUBT), NAMED.format(words=buried[0]))
    if own and (paid := _PAID.search(said)) and (undone := _UNDONE.search(said)):
        return _raised(reading, max(chance, DOUBT), NAMED.format(words=f"{paid[0]} … {undone[0]}"))
    # Where life is at stake a mere hint takes nothing away from those who are near.
    vague = chance >= HINT and reading.category not in _PLAIN and reading.urgency < DANGER and not _SCAM.search(said)
    if vague and (_accused(said, seen) or (not seen and _HINTED_AT.search(said))):
        return _raised(reading, max(chance, DOUBT), HINTED)
    return reading


def speaks(text: str, officers: Collection[str] = ()) -> bool:
    """Is police, or what stands for it, spoken of in the words, and not only called?"""
    said = _plain(text[:HEAD])
    seen = _seen(said, officers)
    called = all(_called(said[: p.start()].rstrip()[-60:], said[p.end() :][:_REACH]) for p in seen)
    return (bool(seen) and not called) or (not seen and _HINTED_AT.search(said) is not None)


def _seen(said: str, officers: Collection[str]) -> list[re.Match[str]]:
    seen = [m for m in _POLICE.finditer(said) if not _PLAYED.search(said[: m.start()].rstrip()[-60:])]
    for name in officers:
        if len(name.split()) >= _WHOLE and name in said:
            seen += re.finditer(rf"\b{re.escape(name)}\b", said)
    return seen


def _raised(reading: Reading, chance: float, why: str) -> Reading:
    rest = tuple(one for one in reading.top if one[0] != _COMPLAINT)
    return replace(
        reading, category=_COMPLAINT, confidence=chance, top=((_COMPLAINT, chance), *rest)[:3], sensitive=True,
        reasons=(why, *reading.reasons),
    )  # fmt: skip


def _plain(text: str) -> str:
    """Folded words and the stops between them, each after a blank; «CA» written out."""
    text = nfc(text)
    if not text.isupper():
        text = _CAPITALS.sub("cong an", text)
    text = _BLACK.sub("", _HUSHED.sub("em nhem", _SHORT.sub("cong an", text.lower())))
    return " ".join(_TOKEN.findall(fold(text)))


def _accused(said: str, seen: list[re.Match[str]]) -> bool:
    """Is police spoken of, not only called, thanked, hit or seen at work?"""
    for police in seen:
        before, after = said[: police.start()].rstrip()[-60:], said[police.end() :][:_REACH]
        if not (_called(before, after) or _AGAINST.search(before) or _WORK.match(after)):
            return True
    return False


def _called(before: str, after: str) -> bool:
    return _CALLED.search(before) is not None or _ASKED.match(after) is not None


def _deeds(said: str, seen: list[re.Match[str]]) -> Iterator[str]:
    """What police is said to have done, in the folded words."""
    scam = _SCAM.search(said) is not None
    for police in seen:
        before, after = said[: police.start()].rstrip(), said[police.end() :][:_REACH]
        found = _OF_POLICE.search(before[-120:])
        if found is not None:
            yield f"{found[0]} {police[0]}"
            continue
        if kin := _KIN_OF.match(after):
            yield f"{police[0]}{kin[0]}".strip()
            continue
        if keep := _KEEP_FROM.search(after):
            yield f"{police[0]} … {keep[0]}"
            continue
        whose = _IS_POLICE.search(before[-80:]) is not None
        if not whose and _called(before[-60:], after):
            continue
        reach = after if whose else re.split(r"[.!?;\n]", after, maxsplit=1)[0]
        for deed in _DEED.finditer(" ".join(reach.split()[: _FAR if whose else _NEAR])):
            gap = deed.string[: deed.start()]
            if _OTHERS.search(gap) or (scam and _ROUGH.match(deed[0])):
                continue
            yield f"{police[0]} … {deed[0]}"
            break
