"""Case assignment: to which of the sender's cases a further message belongs. Pure.

People write in pieces, and about several incidents in one chat. During an ongoing danger all messages belong to it; a
pending question gets its answer; the others belong to the last report, unless it is another incident: of another
category, another place or later, of danger elsewhere, or confidential. In doubt it belongs: officers can detach it.
"""

from collections.abc import Sequence

from binhyen.cases.choices import NEVER_DOWN
from binhyen.cases.incident_features import OpenCase
from binhyen.intake.decision import CERTAIN, DOUBT, NEVER_A_CASE, SURE, THINGS, Facts
from binhyen.language.reading import DANGER

_NO = ("khong ", "ko ", "chua ")
_STILL = ("van ", "lai ", "con ", *_NO)
_LEADS = ("a ", "ay ", "em ", "a em ", "xin loi ")
_CORRECTS = ("nham ", *(f"{lead}{word} " for lead in _LEADS for word in ("nham", "lon")))  # «lợn» alone is a pig
_ONCE = frozenset(
    ("theft", "scam", "violence", "traffic", "fire", "lost_item", "found_item", "missing_person", "found_person",
     "admin_question", "welfare")
)  # fmt: skip
"""Over in a day: a later report is another incident. Noise, gambling, a quarrel go on for weeks."""
_AKIN = (
    frozenset(("violence", "public_order", "weapon_handover", "theft", "drugs_gambling")),
    frozenset(("traffic", "fire", "welfare", "violence")), frozenset(("traffic", "public_order", "environment_noise")),
    frozenset(("fire", "environment_noise")), frozenset(("missing_person", "found_person", "welfare", "violence")),
    frozenset(("lost_item", "theft", "found_item")), frozenset(("scam", "theft", "lost_item")),
)  # fmt: skip
_SELDOM = THINGS | {"drugs_gambling", "scam", "environment_noise"}
"""Rarely a danger to life: a later urgency is doubtful, and a confidential reporter would pay for the doubt."""
_WORDS, _WHOLE = 4, 8  # words that may describe another incident; that do so by themselves


def which(told: Sequence[OpenCase], facts: Facts) -> OpenCase | None:
    """Return the case that the message belongs to, or stands beside (a call). `open_cases`: newest first."""
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
    """Return whether it is a danger mentioned within the hour."""
    return mine.recent and mine.urgency >= DANGER and not mine.closed


def belongs(facts: Facts, mine: OpenCase) -> bool:
    """Return whether the message is a follow-up of this case of its sender."""
    if mine.category in NEVER_DOWN:
        return _goes_on_complaining(facts, mine)
    if complains(facts, mine):
        return False  # never to a case that the accused unit may hold
    if facts.in_group:
        return _in_its_group(facts, mine)
    if facts.bare.startswith(_CORRECTS) and mine.recent:
        return True
    if facts.urgency >= DANGER:
        near = mine.recent and mine.category not in THINGS and not mine.closed
        near |= mine.closed and mine.today and facts.bare.startswith(_STILL)  # it never ended
        if mine.hushed and mine.private and not running(mine):
            return False  # responders cannot read a sealed case
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
    """Return whether a follow-up is sealed for the tip desk alone. In danger responders read it first."""
    return facts.urgency < DANGER and _kept(facts, mine)


def in_confidence(facts: Facts, mine: OpenCase) -> bool:
    """Return whether it is a private message about the sender's group tip, which gets its own case.

    All members of the group know the author of the tip.
    """
    return not facts.in_group and not mine.private and _kept(facts, mine)


def _kept(facts: Facts, mine: OpenCase) -> bool:
    """Return whether it follows a sealed tip; messages of an ongoing danger stay together, answers go to the asker."""
    drives = running(mine) and not (mine.raised and mine.category in _SELDOM)
    if not mine.hushed or mine.apart or drives:
        return False
    return facts.in_group or mine.private or not (mine.waiting or mine.talks)


def complains(facts: Facts, mine: OpenCase) -> bool:
    """Return whether it is a complaint. During danger «không ai tới», «gọi không ai nghe máy» are cries for help."""
    said = facts.category in NEVER_DOWN and facts.confidence >= DOUBT
    return said and (facts.police or not running(mine))


def moved(facts: Facts, mine: OpenCase) -> bool:
    """Return whether it moves an ongoing danger to another place: the responders must see it."""
    return running(mine) and not mine.apart and _elsewhere(facts, mine)


def _goes_on_complaining(facts: Facts, mine: OpenCase) -> bool:
    """Return whether it continues a complaint. In doubt no lower unit reads it; but a house fire is no complaint."""
    if facts.category in NEVER_DOWN or (facts.on_its_page and mine.its_page):
        return True
    if facts.in_group:
        return False
    own = facts.urgency >= DANGER and facts.category in _ONCE - {"violence"} and facts.confidence >= SURE
    return not own and not _other_matter(facts, mine)


def _in_its_group(facts: Facts, mine: OpenCase) -> bool:
    """Return whether it belongs to a case of the same group: same category, or minutes after a danger report."""
    if mine.private or mine.closed or mine.group_id != facts.group_id:
        return False
    if facts.bare.startswith(_CORRECTS) and mine.fresh:
        return True
    if _elsewhere(facts, mine):
        return False
    if mine.fresh and mine.urgency >= DANGER:
        return not _confided(facts, mine) and not _clearly_other(facts, mine)
    if mine.fresh and mine.hushed:  # people write in pieces: those of a tip are as secret as the tip
        same = facts.category == mine.category or not _by_itself(facts)
        return same and not _clearly_other(facts, mine) and not _again(facts, mine)
    return facts.category == mine.category and not _again(facts, mine)


def _confided(facts: Facts, mine: OpenCase) -> bool:
    """Return whether an accusation must not join a case that more people may read.

    Also a private one about a case from a group, where all know the reporter. During danger it stays with the case.
    """
    secret = facts.sensitive or facts.wrongs or (facts.names and facts.accuses)
    known = not (mine.private or facts.in_group)
    if not secret or mine.sensitive or (facts.category == mine.category and not known):
        return False
    return not (mine.fresh and mine.urgency >= DANGER)


def _why_not(facts: Facts, mine: OpenCase) -> bool:
    """Return whether it only answers the question after closing: no other incident, no accused person."""
    of_somebody = facts.wrongs or facts.names or facts.accuses
    return mine.closed and facts.on_its_page and not tells(facts) and not of_somebody


def _elsewhere(facts: Facts, mine: OpenCase) -> bool:
    return mine.placed and facts.placed is not None and mine.unit_id not in (0, facts.placed.unit_id)


def _answers(facts: Facts, mine: OpenCase) -> bool:
    return (mine.waiting or mine.asked) and mine.category not in THINGS


def tells(facts: Facts) -> bool:
    """Return whether it is a report by itself."""
    return facts.category not in NEVER_A_CASE and facts.confidence >= SURE and facts.words >= _WORDS


def _other_matter(facts: Facts, mine: OpenCase) -> bool:
    if not tells(facts):
        return False
    if facts.category == mine.category:
        return _again(facts, mine)
    # Within the hour a person continues the same report, in any category.
    return _elsewhere(facts, mine) or not mine.recent


def _again(facts: Facts, mine: OpenCase) -> bool:
    """Return whether it is the same category at another place or on another day."""
    if not tells(facts):
        return False
    once = _by_itself(facts) and facts.category in _ONCE
    return (_elsewhere(facts, mine) and not mine.fresh) or (once and not mine.today)


def _by_itself(facts: Facts) -> bool:
    return tells(facts) and facts.words >= _WHOLE and facts.confidence >= CERTAIN


def _clearly_other(facts: Facts, mine: OpenCase) -> bool:
    """Return whether it is unrelated to the question: another category, later, or a request of its own."""
    akin = mine.category in NEVER_A_CASE or any({facts.category, mine.category} <= kin for kin in _AKIN)
    other = tells(facts) and facts.category != mine.category and not akin
    return other and (not mine.recent or facts.category in THINGS or _elsewhere(facts, mine))


def _says_no(facts: Facts) -> bool:
    """Return whether it answers no: «ko, vẫn ồn lắm», for any prediction; danger is a report of its own."""
    return facts.urgency < DANGER and facts.bare.startswith(_NO)
