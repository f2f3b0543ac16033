"""Complaint detector, in doubt positive: a possible complaint about police is escalated in any category. Pure.

The accused unit's desk must not read it first. The classifier weighs the whole message, and «công an làm ngơ cho sòng
bạc» is mostly gambling and little police; so patterns check whether police is the actor. Too much is escalated on
purpose; a handler passes it down again.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from binhyen.cases.choices import NEVER_DOWN
from binhyen.intake.complaint_detection import patterns
from binhyen.intake.complaint_detection.patterns import plain
from binhyen.intake.decision import CERTAIN, DOUBT, NEVER_A_CASE, SURE
from binhyen.kit.i18n_markers import N_
from binhyen.language.reading import DANGER, Reading
from binhyen.language.tokenizer import HEAD

HINT = 0.12  # minimum complaint chance if police is mentioned or hinted at
VAGUE = 0.15  # … and in private without a mention, if it is no small talk: «thu pháo của dân xong đem bán lại»
THANKED = 0.45  # thanks with this confidence are no complaint despite a hint: praise mentions police too
_NEAR, _FAR = 9, 18  # words between actor and act; from «là công an», across sentences
_TELLS = 6  # minimum words of a report without a mention of police
_WHOLE = 2  # minimum words of an identifying name
_NO_MORE = 10  # maximum words of a message that only names the culprit
_REACH = 300  # characters checked after a mention of police
_COMPLAINT = next(iter(NEVER_DOWN))
_PLAIN = frozenset({"fire", "found_item", "found_person"})  # nothing to hide: only the text itself counts
NAMED = N_("có thể phản ánh công an: «{words}»")
HINTED = N_("nhắc đến công an, có thể là phản ánh")


def up(
    reading: Reading, text: str, officers: Collection[str] = (), *, own: bool = False, private: bool = False
) -> Reading:
    """Return the reading, or a complaint about police if the text may be one.

    `officers`: folded names of its future readers; their name counts like the word police. `own`: the
    author
    has a case, so that «anh Tuấn cầm tiền rồi mà chưa xong» may mean its handler. `private`: a new private message.
    """
    if reading.category in NEVER_DOWN and reading.confidence >= DOUBT:  # below, a group post would stay small talk
        return reading
    said = plain(text[:HEAD])
    seen = _seen(said, officers)
    chance = dict(reading.top).get(_COMPLAINT, 0.0)
    if deed := _plainly(said, seen):
        return raised(reading, max(chance, CERTAIN), NAMED.format(words=deed))
    # In danger to life a mere hint must not take the message away from nearby officers.
    calm = reading.urgency < DANGER
    if found := _first(patterns.BURIED, said) or (_in_calm(said, seen) if calm else ""):
        return raised(reading, max(chance, DOUBT), NAMED.format(words=found))
    if own and (paid := patterns.PAID.search(said)) and (undone := patterns.UNDONE.search(said)):
        return raised(reading, max(chance, DOUBT), NAMED.format(words=f"{paid[0]} … {undone[0]}"))
    alone = private and len(said.split()) >= _TELLS and not _talk(reading)
    if (
        calm
        and reading.category not in _PLAIN
        and not (reading.category == "thanks" and reading.confidence >= THANKED)
        and not patterns.SCAM.search(said)
        and (_vaguely(said, seen, chance) or (alone and not seen and chance >= VAGUE))
    ):
        return raised(reading, max(chance, DOUBT), HINTED)
    return reading


def named(reading: Reading, text: str) -> Reading:
    """Return the reading of the last of several messages, or a complaint if all of them, `text`, describe a police act.

    E.g. «cái anh Dũng bên công an xã», «cầm của em 2 triệu rồi».
    """
    said = plain(text[:HEAD])
    if reading.category in NEVER_DOWN or reading.urgency >= DANGER:
        return reading
    deed = _plainly(said, _seen(said, ()))
    return raised(reading, DOUBT, NAMED.format(words=deed)) if deed else reading


def speaks(text: str, officers: Collection[str] = ()) -> bool:
    """Return whether police, or a word for it, is mentioned and not only called."""
    said = plain(text[:HEAD])
    seen = _seen(said, officers)
    return (bool(seen) and not _called_all(said, seen)) or (not seen and patterns.HINTED_AT.search(said) is not None)


def who(text: str) -> bool:
    """Return whether the text only says that it was police: «là anh công an xã đó»."""
    said = plain(text[:HEAD])
    if len(said.split()) > _NO_MORE:
        return False
    return any(patterns.WHO.search(said[: police.start()].rstrip()) for police in _seen(said, ()))


def _seen(said: str, officers: Collection[str]) -> list[re.Match[str]]:
    seen = [m for m in patterns.POLICE.finditer(said) if not patterns.PLAYED.search(said[: m.start()].rstrip()[-60:])]
    for name in officers:
        if len(name.split()) >= _WHOLE and name in said:
            seen += re.finditer(rf"\b{re.escape(name)}\b", said)
    return seen


def raised(reading: Reading, chance: float, why: str) -> Reading:
    rest = tuple(one for one in reading.top if one[0] != _COMPLAINT)
    return replace(
        reading, category=_COMPLAINT, confidence=chance, top=((_COMPLAINT, chance), *rest)[:3], sensitive=True,
        reasons=(why, *reading.reasons),
    )  # fmt: skip


def _first(pattern: re.Pattern[str], said: str) -> str:
    found = pattern.search(said)
    return found[0] if found else ""


def _vaguely(said: str, seen: list[re.Match[str]], chance: float) -> bool:
    return chance >= HINT and (_accused(said, seen) or (not seen and patterns.HINTED_AT.search(said) is not None))


def _talk(reading: Reading) -> bool:
    return reading.category in NEVER_A_CASE and reading.confidence >= SURE


def _accused(said: str, seen: list[re.Match[str]]) -> bool:
    """Return whether police is mentioned, and not only called, thanked, attacked or seen at work."""
    for police in seen:
        before, after = said[: police.start()].rstrip()[-60:], said[police.end() :][:_REACH]
        if not (_called(before, after) or patterns.AGAINST.search(before) or patterns.WORK.match(after)):
            return True
    return False


def _called_all(said: str, seen: list[re.Match[str]]) -> bool:
    return all(_called(said[: p.start()].rstrip()[-60:], said[p.end() :][:_REACH]) for p in seen)


def _called(before: str, after: str) -> bool:
    return patterns.CALLED.search(before) is not None or patterns.ASKED.match(after) is not None


def _in_calm(said: str, seen: list[re.Match[str]]) -> str:
    """Return a reproach outside of danger, as folded text; "" if there is none."""
    told = patterns.TOLD.search(said)
    if told and not patterns.WISH.search(said[max(0, told.start() - 30) : told.start()]):
        return told[0]
    if not patterns.SCAM.search(said) and (found := _first(patterns.PRICED, said) or _first(patterns.PRESSED, said)):
        return found
    if driven := _first(patterns.DRIVEN, patterns.STOPS.sub("", said)):
        return driven
    if alluded := _alluded(said, seen):
        return alluded
    for police in seen:
        before, after = said[: police.start()].rstrip(), said[police.end() :][:_REACH]
        left = patterns.NEGLECT.search(_near(after))
        if left and not _called(before[-60:], after) and not patterns.OTHERS.search(left.string[: left.start()]):
            return f"{police[0]} … {left[0]}"
    return ""


def _alluded(said: str, seen: list[re.Match[str]]) -> str:
    """Return an allusion to powerful people as protected, rich, blind or paid, or gossip about police."""
    if patterns.SCAM.search(said):
        return ""
    pairs = (*patterns.PAIRS, (patterns.INSIDE_DEED, patterns.INSIDER))
    for one, other in pairs:
        if (first := one.search(said)) and (second := other.search(said)):
            return f"{first[0]} … {second[0]}"
    if blind := _first(patterns.BLIND, said):
        return blind
    return _first(patterns.GOSSIP, said) if seen and not _called_all(said, seen) else ""


def _near(after: str) -> str:
    return " ".join(re.split(r"[.!?;\n]", after, maxsplit=1)[0].split()[:_NEAR])


def _plainly(said: str, seen: list[re.Match[str]]) -> str:
    """Return the act that police is accused of, even in danger, as folded text; "" if there is none."""
    straight = patterns.STOPS.sub("", said)
    there = _first(patterns.HURT_THERE, straight) or _first(patterns.HELD_THERE, straight)
    return next(_deeds(said, seen), "") or there


def _deeds(said: str, seen: list[re.Match[str]]) -> Iterator[str]:
    scam = patterns.SCAM.search(said) is not None
    for police in seen:
        before, after = said[: police.start()].rstrip(), said[police.end() :][:_REACH]
        found = patterns.OF_POLICE.search(before[-120:])
        if found is not None:
            yield f"{found[0]} {police[0]}"
            continue
        if kin := patterns.KIN_OF.match(after):
            yield f"{police[0]}{kin[0]}".strip()
            continue
        if keep := patterns.KEEP_FROM.search(after):
            yield f"{police[0]} … {keep[0]}"
            continue
        whose = patterns.IS_POLICE.search(before[-80:]) is not None
        if not whose and _called(before[-60:], after):
            continue
        for deed in patterns.DEED.finditer(" ".join(after.split()[:_FAR]) if whose else _near(after)):
            rough = scam and patterns.ROUGH.match(deed[0])
            elsewhere = patterns.OFFICE.fullmatch(police[0]) and patterns.HIT.match(deed[0])
            if rough or elsewhere or patterns.OTHERS.search(deed.string[: deed.start()]):
                continue
            yield f"{police[0]} … {deed[0]}"
            break
