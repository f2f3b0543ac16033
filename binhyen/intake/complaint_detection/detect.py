"""Complaint detector, in doubt positive: a possible complaint about police is escalated in any category. Pure.

The accused unit's desk must not read it first. The classifier weighs the whole message, and «công an làm ngơ cho sòng
bạc» is mostly gambling and little police; so patterns check whether police is the actor. Too much is escalated on
purpose; a handler passes it down again.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.intake.complaint_detection import patterns
from binhyen.intake.complaint_detection.patterns import to_pattern_text
from binhyen.intake.decision import HIGH_CONFIDENCE, LOW_CONFIDENCE, NON_CASE_CATEGORIES, TRUSTED_CONFIDENCE
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import to_nfc
from binhyen.language.phrase_trie import word_set
from binhyen.language.reading import DANGER, Reading
from binhyen.language.tokenizer import HEAD

MIN_HINT_CHANCE = 0.13  # minimum complaint chance if police is mentioned or hinted at
MIN_IDLE_HINT_CHANCE = 0.4  # the same for a group post that reports nothing: below it nearly all only talk of police
MIN_PRIVATE_CHANCE = (
    0.15  # … and in private without a mention, if it is no small talk: «thu pháo của dân xong đem bán lại»
)
MIN_THANKS_CONFIDENCE = 0.45  # thanks with this confidence are no complaint despite a hint: praise mentions police too
MIN_UNSUPPORTED_CONFIDENCE, MIN_UNSUPPORTED_CONFIDENCE_IN_TALK = 0.6, 0.9
"""Confidence from which the model alone, without a pattern, makes a group post that names police a complaint."""
_NEAR_WORDS, _FAR_WORDS = 9, 18  # words between actor and act; from «là công an», across sentences
_TALK_WORDS = 12  # the same in talk, which joins its sentences
_MAX_CALL_WORDS = 16  # maximum words of a message that only calls police, or asks where they are
_DENYING = word_set("khong ko k chua chang cha deo mai hoai")
_MIN_PRIVATE_WORDS = 6  # minimum words of a report without a mention of police
_MIN_OFFICER_NAME_WORDS = 2  # minimum words of an identifying name
_MAX_CULPRIT_WORDS = 10  # maximum words of a message that only names the culprit
_MAX_REACH_CHARS = 300  # characters checked after a mention of police
_COMPLAINT_CODE = next(iter(PROVINCE_ONLY_CATEGORIES))
_HARMLESS = frozenset({"fire", "found_item", "found_person"})  # nothing to hide: only the text itself counts
DETECTED_REASON = N_("có thể phản ánh công an: «{words}»")
HINTED_REASON = N_("nhắc đến công an, có thể là phản ánh")


def detect_complaint(
    reading: Reading, text: str, officers: Collection[str] = (), *, has_case: bool = False, private: bool = False
) -> Reading:
    """Return the reading, or a complaint about police if the text may be one.

    `officers`: folded names of its future readers; their name counts like the word police. `has_case`: the author
    has a case, so that «anh Tuấn cầm tiền rồi mà chưa xong» may mean its handler. `private`: a new private message.
    """
    is_complaint = reading.category in PROVINCE_ONLY_CATEGORIES and reading.confidence >= LOW_CONFIDENCE
    is_in_group = not private and not has_case
    if is_complaint and not is_in_group:  # below, a group post would stay small talk
        return reading
    normalized = to_pattern_text(text[:HEAD])
    police_mentions = _find_police_mentions(normalized, officers)
    bar = MIN_UNSUPPORTED_CONFIDENCE_IN_TALK if reading.is_talk else MIN_UNSUPPORTED_CONFIDENCE
    is_sure = is_complaint and reading.confidence >= bar and not _is_mere_call(normalized, police_mentions)
    if is_in_group and police_mentions and not is_sure and (reading.is_talk or reading.category == _COMPLAINT_CODE):
        return _judge_talk(reading, text, normalized, police_mentions)
    if is_complaint:
        return reading
    chance = dict(reading.top).get(_COMPLAINT_CODE, 0.0)
    is_thanks = reading.category == "thanks" and reading.confidence >= MIN_THANKS_CONFIDENCE
    if (
        is_in_group
        and reading.category in NON_CASE_CATEGORIES
        and (contempt := _find_contempt(text, normalized, police_mentions))
        and not (is_thanks and not _find_abuse(text))
    ):
        return to_complaint(reading, max(chance, LOW_CONFIDENCE), DETECTED_REASON.format(words=contempt))
    if act := _find_accused_act(normalized, police_mentions):
        return to_complaint(reading, max(chance, HIGH_CONFIDENCE), DETECTED_REASON.format(words=act))
    # In danger to life a mere hint must not take the message away from nearby officers.
    is_calm = reading.urgency < DANGER
    if reproach := _find_text(patterns.BURIED, normalized) or (
        _find_reproach(normalized, police_mentions) if is_calm else ""
    ):
        return to_complaint(reading, max(chance, LOW_CONFIDENCE), DETECTED_REASON.format(words=reproach))
    if (
        has_case
        and (payment := patterns.PAID.search(normalized))
        and (complaint_phrase := patterns.UNDONE.search(normalized))
    ):
        return to_complaint(
            reading, max(chance, LOW_CONFIDENCE), DETECTED_REASON.format(words=f"{payment[0]} … {complaint_phrase[0]}")
        )
    is_idle = is_in_group and reading.category == "other"
    is_new_private = private and len(normalized.split()) >= _MIN_PRIVATE_WORDS and not _is_small_talk(reading)
    if (
        is_calm
        and reading.category not in _HARMLESS
        and not is_thanks
        and not patterns.SCAM.search(normalized)
        and (
            _is_hint(normalized, police_mentions, chance, MIN_IDLE_HINT_CHANCE if is_idle else MIN_HINT_CHANCE)
            or (is_new_private and not police_mentions and chance >= MIN_PRIVATE_CHANCE)
        )
    ):
        return to_complaint(reading, max(chance, LOW_CONFIDENCE), HINTED_REASON)
    return reading


def _judge_talk(reading: Reading, text: str, normalized: str, mentions: list[re.Match[str]]) -> Reading:
    """Return talk that names police as a complaint only if it reproaches them; news and calls for police do not.

    The model cannot tell these apart: nearly all written reports that name police complain about them.
    """
    chance = dict(reading.top).get(_COMPLAINT_CODE, 0.0)
    own_mentions = [
        mention
        for mention in mentions
        if not patterns.CLAIMED_BEFORE.search(normalized[: mention.start()].rstrip()[-60:])
    ]
    if act := _find_accused_act(normalized, own_mentions):
        return to_complaint(reading, max(chance, HIGH_CONFIDENCE), DETECTED_REASON.format(words=act))
    reproach = (
        _find_text(patterns.BURIED, normalized)
        or _find_contempt(text, normalized, own_mentions, is_talk=reading.is_talk)
        or _find_reproach(normalized, own_mentions)
    )
    if reproach:
        return to_complaint(reading, max(chance, LOW_CONFIDENCE), DETECTED_REASON.format(words=reproach))
    others = tuple(entry for entry in reading.top if entry[0] != _COMPLAINT_CODE)
    if reading.category != _COMPLAINT_CODE or not others:
        return reading
    category, confidence = others[0]
    return replace(
        reading,
        category=category,
        confidence=confidence,
        top=(*others, (_COMPLAINT_CODE, chance)),
        reasons=reading.reasons[1:],
    )


def _find_contempt(text: str, normalized: str, mentions: list[re.Match[str]], *, is_talk: bool = True) -> str:
    """Return abuse of police, or a fault found with them, as folded text; "" if there is none.

    In talk, police that are called are not the ones at fault.
    """
    if abuse := _find_abuse(text) or _find_text(patterns.WRONGED, normalized):
        return abuse
    for mention in mentions:
        preceding_text, following_text = (
            normalized[: mention.start()].rstrip()[-60:],
            normalized[mention.end() :][:_MAX_REACH_CHARS],
        )
        if dislike := patterns.DISLIKED_BEFORE.search(preceding_text):
            return f"{dislike[0]} {mention[0]}"
        near_words = _take_near_words(following_text, _TALK_WORDS)
        fault = patterns.FAULT.search(near_words)
        if (
            fault
            and not (is_talk and _is_call(preceding_text, following_text))
            and not patterns.OTHER_ACTORS.search(near_words[: fault.start()])
        ):
            return f"{mention[0]} … {fault[0]}"
    return ""


def _find_abuse(text: str) -> str:
    """Return an insult of police, as lower-case text; "" if there is none."""
    return _find_text(patterns.ABUSE_OF_POLICE, to_nfc(text[:HEAD]).lower())


def _is_mere_call(normalized: str, mentions: list[re.Match[str]]) -> bool:
    """Return whether a short text only calls police, or asks where they are, without a reproach."""
    words = normalized.split()
    return (
        len(words) <= _MAX_CALL_WORDS
        and _DENYING.isdisjoint(words)
        and (
            _are_all_calls(normalized, mentions)
            or all(patterns.WHERE_AFTER.match(normalized[mention.end() :]) for mention in mentions)
        )
    )


def detect_in_combined(reading: Reading, text: str) -> Reading:
    """Return the reading of the last of several messages, or a complaint if all of them, `text`, describe a police act.

    E.g. «cái anh Dũng bên công an xã», «cầm của em 2 triệu rồi». The last message alone may read like talk; together
    they name an act, so that they are none.
    """
    normalized = to_pattern_text(text[:HEAD])
    if reading.category in PROVINCE_ONLY_CATEGORIES or reading.urgency >= DANGER:
        return reading
    act = _find_accused_act(normalized, _find_police_mentions(normalized, ()))
    if not act:
        return reading
    return replace(to_complaint(reading, LOW_CONFIDENCE, DETECTED_REASON.format(words=act)), is_talk=False)


def mentions_police(text: str, officers: Collection[str] = ()) -> bool:
    """Return whether police, or a word for it, is mentioned and not only called."""
    normalized = to_pattern_text(text[:HEAD])
    police_mentions = _find_police_mentions(normalized, officers)
    return (bool(police_mentions) and not _are_all_calls(normalized, police_mentions)) or (
        not police_mentions and patterns.POLICE_HINT.search(normalized) is not None
    )


def identifies_officer_only(text: str) -> bool:
    """Return whether the text only says that it was police: «là anh công an xã đó»."""
    normalized = to_pattern_text(text[:HEAD])
    if len(normalized.split()) > _MAX_CULPRIT_WORDS:
        return False
    return any(
        patterns.CULPRIT_BEFORE.search(normalized[: mention.start()].rstrip())
        for mention in _find_police_mentions(normalized, ())
    )


def _find_police_mentions(normalized: str, officers: Collection[str]) -> list[re.Match[str]]:
    mentions = [
        match
        for match in patterns.POLICE_MENTION.finditer(normalized)
        if not patterns.PRETENDED_BEFORE.search(normalized[: match.start()].rstrip()[-60:])
    ]
    for name in officers:
        if len(name.split()) >= _MIN_OFFICER_NAME_WORDS and name in normalized:
            mentions += re.finditer(rf"\b{re.escape(name)}\b", normalized)
    return mentions


def to_complaint(reading: Reading, chance: float, reason: str) -> Reading:
    other_categories = tuple(entry for entry in reading.top if entry[0] != _COMPLAINT_CODE)
    return replace(
        reading,
        category=_COMPLAINT_CODE,
        confidence=chance,
        top=((_COMPLAINT_CODE, chance), *other_categories)[:3],
        sensitive=True,
        reasons=(reason, *reading.reasons),
        is_talk=reading.is_talk and chance < HIGH_CONFIDENCE,
    )


def _find_text(pattern: re.Pattern[str], normalized: str) -> str:
    match = pattern.search(normalized)
    return match[0] if match else ""


def _is_hint(normalized: str, mentions: list[re.Match[str]], chance: float, min_chance: float) -> bool:
    return chance >= min_chance and (
        _is_accused(normalized, mentions) or (not mentions and patterns.POLICE_HINT.search(normalized) is not None)
    )


def _is_small_talk(reading: Reading) -> bool:
    return reading.category in NON_CASE_CATEGORIES and reading.confidence >= TRUSTED_CONFIDENCE


def _is_accused(normalized: str, mentions: list[re.Match[str]]) -> bool:
    """Return whether police is mentioned, and not only called, thanked, attacked or seen at work."""
    for mention in mentions:
        preceding_text, following_text = (
            normalized[: mention.start()].rstrip()[-60:],
            normalized[mention.end() :][:_MAX_REACH_CHARS],
        )
        if not (
            _is_call(preceding_text, following_text)
            or patterns.ATTACK_BEFORE.search(preceding_text)
            or patterns.POLICE_WORK_AFTER.match(following_text)
        ):
            return True
    return False


def _are_all_calls(normalized: str, mentions: list[re.Match[str]]) -> bool:
    return all(
        _is_call(normalized[: mention.start()].rstrip()[-60:], normalized[mention.end() :][:_MAX_REACH_CHARS])
        for mention in mentions
    )


def _is_call(preceding_text: str, following_text: str) -> bool:
    return (
        patterns.CALL_BEFORE.search(preceding_text) is not None or patterns.CALL_AFTER.match(following_text) is not None
    )


def _find_reproach(normalized: str, mentions: list[re.Match[str]]) -> str:
    """Return a reproach outside of danger, as folded text; "" if there is none."""
    told_match = patterns.REPROACH.search(normalized)
    if told_match and not patterns.WISH.search(normalized[max(0, told_match.start() - 30) : told_match.start()]):
        return told_match[0]
    if not patterns.SCAM.search(normalized) and (
        priced := _find_text(patterns.PAID_SOLUTION, normalized) or _find_text(patterns.PRESSED, normalized)
    ):
        return priced
    if vehicle_use := _find_text(patterns.OFFICIAL_CAR_USE, patterns.PUNCTUATION.sub("", normalized)):
        return vehicle_use
    if allusion := _find_allusion(normalized, mentions):
        return allusion
    for mention in mentions:
        preceding_text, following_text = (
            normalized[: mention.start()].rstrip(),
            normalized[mention.end() :][:_MAX_REACH_CHARS],
        )
        neglect = patterns.NEGLECT.search(_take_near_words(following_text))
        if (
            neglect
            and not _is_call(preceding_text[-60:], following_text)
            and not patterns.OTHER_ACTORS.search(neglect.string[: neglect.start()])
        ):
            return f"{mention[0]} … {neglect[0]}"
    return ""


def _find_allusion(normalized: str, mentions: list[re.Match[str]]) -> str:
    """Return an allusion to powerful people as protected, rich, blind or paid, or gossip about police."""
    if patterns.SCAM.search(normalized):
        return ""
    pairs = (*patterns.ALLUSION_PAIRS, (patterns.INSIDE_DEED, patterns.INSIDER))
    for first_pattern, second_pattern in pairs:
        if (first_match := first_pattern.search(normalized)) and (second_match := second_pattern.search(normalized)):
            return f"{first_match[0]} … {second_match[0]}"
    if blind_eye := _find_text(patterns.BLIND_EYE, normalized):
        return blind_eye
    return _find_text(patterns.GOSSIP, normalized) if mentions and not _are_all_calls(normalized, mentions) else ""


def _take_near_words(following_text: str, limit: int = _NEAR_WORDS) -> str:
    return " ".join(re.split(r"[.!?;\n]", following_text, maxsplit=1)[0].split()[:limit])


def _find_accused_act(normalized: str, mentions: list[re.Match[str]]) -> str:
    """Return the act that police is accused of, even in danger, as folded text; "" if there is none."""
    without_stops = patterns.PUNCTUATION.sub("", normalized)
    custody_harm = _find_text(patterns.HURT_IN_CUSTODY, without_stops) or _find_text(
        patterns.HELD_IN_CUSTODY, without_stops
    )
    return next(_iter_police_acts(normalized, mentions), "") or custody_harm


def _iter_police_acts(normalized: str, mentions: list[re.Match[str]]) -> Iterator[str]:
    is_scam = patterns.SCAM.search(normalized) is not None
    for mention in mentions:
        preceding_text, following_text = (
            normalized[: mention.start()].rstrip(),
            normalized[mention.end() :][:_MAX_REACH_CHARS],
        )
        reversed_match = patterns.ACT_OF_POLICE.search(preceding_text[-120:])
        if reversed_match is not None:
            yield f"{reversed_match[0]} {mention[0]}"
            continue
        if kinship := patterns.KIN_OF.match(following_text):
            yield f"{mention[0]}{kinship[0]}".strip()
            continue
        if secrecy := patterns.KEEP_SECRET.search(following_text):
            yield f"{mention[0]} … {secrecy[0]}"
            continue
        is_identified = patterns.KIN_IS_POLICE.search(preceding_text[-80:]) is not None
        if not is_identified and _is_call(preceding_text[-60:], following_text):
            continue
        for act in patterns.POLICE_ACT.finditer(
            " ".join(following_text.split()[:_FAR_WORDS]) if is_identified else _take_near_words(following_text)
        ):
            is_scam_act = is_scam and patterns.HITTING_OR_MONEY.match(act[0])
            is_at_station = patterns.POLICE_STATION.fullmatch(mention[0]) and patterns.HITTING.match(act[0])
            if is_scam_act or is_at_station or patterns.OTHER_ACTORS.search(act.string[: act.start()]):
                continue
            yield f"{mention[0]} … {act[0]}"
            break


# Detection over several messages: an earlier text in a case and the next one may together be a complaint about
# police.
#
# Neither need be one alone. Pure.

_MAX_EARLIER_CHARS = 600  # characters of the earlier text that are used, from its end
TODAY_URGENCY = 2  # from this urgency on it needs a response today

Classify = Callable[[str], Reading]


def classify_combined(earlier_text: str, text: str, classify: Classify) -> Reading | None:
    """Return the reading of both texts as one, if that is a complaint and the earlier text alone was not."""
    earlier_text = earlier_text[-_MAX_EARLIER_CHARS:]
    combined_text = f"{earlier_text}. {text}"
    combined_reading = detect_complaint(classify(combined_text), combined_text, has_case=True)
    if (
        combined_reading.category not in PROVINCE_ONLY_CATEGORIES
        or combined_reading.urgency >= DANGER
        or not mentions_police(combined_text)
    ):
        return None
    return (
        None
        if detect_complaint(classify(earlier_text), earlier_text, private=True).category in PROVINCE_ONLY_CATEGORIES
        else combined_reading
    )


def detect_across_messages(reading: Reading, earlier_text: str, text: str, classify: Classify) -> Reading:
    """Return the reading of `text`, or a complaint if it is one together with `earlier_text`."""
    is_complaint = reading.category in PROVINCE_ONLY_CATEGORIES and reading.confidence >= LOW_CONFIDENCE
    # «là anh công an xã» resembles thanks («cảm ơn anh công an xã»), but names a culprit.
    is_thanks = reading.category == "thanks" and not identifies_officer_only(text)
    if is_complaint or is_thanks or reading.urgency >= DANGER:
        return reading
    combined_reading = classify_combined(earlier_text, text, classify)
    if combined_reading is None:
        return reading
    chance = max(combined_reading.confidence, LOW_CONFIDENCE)
    # «nợ 8 triệu» by itself is worded like talk; what both texts say together decides whether it is.
    return replace(to_complaint(reading, chance, combined_reading.reasons[0]), is_talk=combined_reading.is_talk)


def is_start_of_complaint(earlier_text: str, text: str, urgency: int) -> bool:
    """Return whether the earlier text, of that urgency, is the beginning of the complaint and no incident of its own.

    It mentions police and needs no response today, or `text` only names the culprit.
    """
    return (urgency < TODAY_URGENCY and mentions_police(earlier_text)) or identifies_officer_only(text)
