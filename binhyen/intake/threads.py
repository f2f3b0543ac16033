"""To which of their cases does a further word of somebody belong? Pure.

People write in pieces, and of several matters in one chat. A danger that goes on has whatever its teller says next; a
question of ours has its answer; the rest goes to what they told last, unless it is another matter: of another kind,
told of another place or later, of danger elsewhere, or in confidence. In doubt it belongs: an officer can detach it.
"""

from collections.abc import Sequence

from binhyen.cases.told import OpenCase
from binhyen.cases.words import NEVER_DOWN
from binhyen.intake.rules import CERTAIN, DOUBT, NEVER_A_CASE, SURE, THINGS, Facts
from binhyen.language.reading import DANGER

_NO = ("khong ", "ko ", "chua ")
_STILL = ("van ", "lai ", "con ", *_NO)
_LEADS = ("a ", "ay ", "em ", "a em ", "xin loi ")
_CORRECTS = ("nham ", *(f"{lead}{word} " for lead in _LEADS for word in ("nham", "lon")))  # «lợn» alone is a pig
_ONCE = frozenset(
    ("theft", "scam", "violence", "traffic", "fire", "lost_item", "found_item", "missing_person", "found_person",
     "admin_question", "welfare")
)  # fmt: skip
"""What is over in a day: told again later by itself it is another one. Noise, gambling, a quarrel go on for weeks."""
_AKIN = (
    frozenset(("violence", "public_order", "weapon_handover", "theft", "drugs_gambling")),
    frozenset(("traffic", "fire", "welfare", "violence")), frozenset(("traffic", "public_order", "environment_noise")),
    frozenset(("fire", "environment_noise")), frozenset(("missing_person", "found_person", "welfare", "violence")),
    frozenset(("lost_item", "theft", "found_item")), frozenset(("scam", "theft", "lost_item")),
)  # fmt: skip
_SELDOM = THINGS | {"drugs_gambling", "scam", "environment_noise"}
"""Seldom a danger to life: that one came up later is doubtful, and who told of it in confidence pays for the doubt."""
_WORDS, _WHOLE = 4, 8  # words that can tell of another matter; that tell one by themselves


def which(told: Sequence[OpenCase], facts: Facts) -> OpenCase | None:
    """The case that it belongs to, or the one that it would stand beside: a call, thanks. `told`: the newest first."""
    ordered = _ordered(told, facts)
    return next((one for one in ordered if belongs(facts, one)), ordered[0] if ordered else None)


def _ordered(told: Sequence[OpenCase], facts: Facts) -> list[OpenCase]:
    if facts.in_group:
        return [one for one in told if one.group_id == facts.group_id and not one.private]
    asked = sorted((one for one in told if _asked(one)), key=lambda one: -one.asked_at)
    going_on = [one for one in told if running(one) and not one.apart and not in_confidence(facts, one)]
    first = going_on + asked if not facts.words or facts.urgency >= DANGER else asked + going_on
    return list(dict.fromkeys([*first, *told]))


def _asked(mine: OpenCase) -> bool:
    return mine.waiting or mine.asked or (mine.hushed and mine.talks and mine.fresh)


def running(mine: OpenCase) -> bool:
    """Danger that somebody spoke of within the hour."""
    return mine.recent and mine.urgency >= DANGER and not mine.closed


def belongs(facts: Facts, mine: OpenCase) -> bool:
    """Is the message a further word on this case of its sender?"""
    if mine.category in NEVER_DOWN:
        return _goes_on_complaining(facts, mine)
    if complains(facts, mine):
        return False  # never to a case that the unit concerned may hold
    if facts.in_group:
        return _in_its_group(facts, mine)
    if facts.bare.startswith(_CORRECTS) and mine.recent:
        return True
    if facts.urgency >= DANGER:
        near = mine.recent and mine.category not in THINGS and not mine.closed
        near |= mine.closed and mine.today and facts.bare.startswith(_STILL)  # it never ended
        if mine.hushed and mine.private and not running(mine):
            return False  # who drives there reads none of that
        return (near or facts.on_its_page or _answers(facts, mine)) and not _elsewhere(facts, mine)
    if _confided(facts, mine) and not _why_not(facts, mine):
        return False
    if facts.on_its_page:
        return True
    if mine.waiting or mine.asked:
        return not _clearly_other(facts, mine)
    if mine.closed:
        return _says_no(facts) or not _other_matter(facts, mine)
    return not _other_matter(facts, mine)


def sealed(facts: Facts, mine: OpenCase) -> bool:
    """Is what belongs to this case read at the desk of tips alone, as what they told before? In danger whoever drives
    there reads it first.
    """
    return facts.urgency < DANGER and _kept(facts, mine)


def in_confidence(facts: Facts, mine: OpenCase) -> bool:
    """In private, of a tip of theirs that stood in a group: everybody there knows who told that, so it has a case of
    its own.
    """
    return not facts.in_group and not mine.private and _kept(facts, mine)


def _kept(facts: Facts, mine: OpenCase) -> bool:
    """What was told of a danger that goes on stays together, and whoever was asked answers whoever asked."""
    drives = running(mine) and not (mine.raised and mine.category in _SELDOM)
    if not mine.hushed or mine.apart or drives:
        return False
    return facts.in_group or mine.private or not (mine.waiting or mine.talks)


def complains(facts: Facts, mine: OpenCase) -> bool:
    """Does it complain of police? While danger goes on «không ai tới», «gọi không ai nghe máy» are cries for help."""
    said = facts.category in NEVER_DOWN and facts.confidence >= DOUBT
    return said and (facts.police or not running(mine))


def moved(facts: Facts, mine: OpenCase) -> bool:
    """Does it say that a danger that goes on is somewhere else than thought? Who drives there must hear it."""
    return running(mine) and not mine.apart and _elsewhere(facts, mine)


def _goes_on_complaining(facts: Facts, mine: OpenCase) -> bool:
    """In doubt nobody below reads it; but a house on fire is no further word on the police."""
    if facts.category in NEVER_DOWN or (facts.on_its_page and mine.its_page):
        return True
    if facts.in_group:
        return False
    own = facts.urgency >= DANGER and facts.category in _ONCE - {"violence"} and facts.confidence >= SURE
    return not own and not _other_matter(facts, mine)


def _in_its_group(facts: Facts, mine: OpenCase) -> bool:
    """Only of the same group, and of the same kind; or what the teller of a danger says in the minutes after it."""
    if mine.private or mine.closed or mine.group_id != facts.group_id:
        return False
    if facts.bare.startswith(_CORRECTS) and mine.fresh:
        return True
    if _elsewhere(facts, mine):
        return False
    if mine.fresh and mine.urgency >= DANGER:
        return not _confided(facts, mine) and not _clearly_other(facts, mine)
    if mine.fresh and mine.hushed:  # people write in pieces: a tip's are as secret as it is
        same = facts.category == mine.category or not _by_itself(facts)
        return same and not _clearly_other(facts, mine) and not _again(facts, mine)
    return facts.category == mine.category and not _again(facts, mine)


def _confided(facts: Facts, mine: OpenCase) -> bool:
    """Somebody is accused, and the case is one that more people may read, or in private one that they told of in a
    group, where everybody knows who told. What a danger is about stays with it.
    """
    secret = facts.sensitive or facts.wrongs or (facts.names and facts.accuses)
    known = not (mine.private or facts.in_group)
    if not secret or mine.sensitive or (facts.category == mine.category and not known):
        return False
    return not (mine.fresh and mine.urgency >= DANGER)


def _why_not(facts: Facts, mine: OpenCase) -> bool:
    """Where they were asked whether it is settled now: it tells of nothing else and of nobody, whatever the reader half
    takes it for.
    """
    of_somebody = facts.wrongs or facts.names or facts.accuses
    return mine.closed and facts.on_its_page and not tells(facts) and not of_somebody


def _elsewhere(facts: Facts, mine: OpenCase) -> bool:
    return mine.placed and facts.placed is not None and mine.unit_id not in (0, facts.placed.unit_id)


def _answers(facts: Facts, mine: OpenCase) -> bool:
    return (mine.waiting or mine.asked) and mine.category not in THINGS


def tells(facts: Facts) -> bool:
    """Does it tell of something by itself?"""
    return facts.category not in NEVER_A_CASE and facts.confidence >= SURE and facts.words >= _WORDS


def _other_matter(facts: Facts, mine: OpenCase) -> bool:
    if not tells(facts):
        return False
    if facts.category == mine.category:
        return _again(facts, mine)
    # Within the hour somebody goes on telling of the same thing, whatever it is called by now.
    return _elsewhere(facts, mine) or not mine.recent


def _again(facts: Facts, mine: OpenCase) -> bool:
    """The same kind of thing, at another place or on another day."""
    if not tells(facts):
        return False
    once = _by_itself(facts) and facts.category in _ONCE
    return (_elsewhere(facts, mine) and not mine.fresh) or (once and not mine.today)


def _by_itself(facts: Facts) -> bool:
    return tells(facts) and facts.words >= _WHOLE and facts.confidence >= CERTAIN


def _clearly_other(facts: Facts, mine: OpenCase) -> bool:
    """No answer to what was asked: a matter of another kind altogether, told later or asking for something itself."""
    akin = mine.category in NEVER_A_CASE or any({facts.category, mine.category} <= kin for kin in _AKIN)
    other = tells(facts) and facts.category != mine.category and not akin
    return other and (not mine.recent or facts.category in THINGS or _elsewhere(facts, mine))


def _says_no(facts: Facts) -> bool:
    """«ko, vẫn ồn lắm» answers what the close asked, whatever the reader makes of it; danger stands for itself."""
    return facts.urgency < DANGER and facts.bare.startswith(_NO)
