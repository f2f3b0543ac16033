"""From a bulletin to a CAP message, and from a CAP message to the fields of a draft. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from binhyen.bulletins.cap.message import CapArea, CapInfo, CapMessage, CapResource, format_time, parse_time
from binhyen.bulletins.media_texts import BulletinText
from binhyen.bulletins.rules import (
    LOCAL_ZONE,
    MAX_TEXT_LENGTH,
    MAX_TITLE_LENGTH,
    BulletinTopic,
    UrgentGround,
)

LANGUAGE = "vi-VN"
GEOCODE, OWN_GEOCODE = "VN-GSO", "BINHYEN-AREA"  # codes of the statistics office; ours for villages and former communes
CANCELLED_EVENT = "Rút tin"
_ALERT_TOPICS = frozenset({BulletinTopic.WEATHER, BulletinTopic.FIRE, BulletinTopic.MISSING})
_CATEGORIES = {
    BulletinTopic.SECURITY: "Security",
    BulletinTopic.ONLINE_FRAUD: "Security",
    BulletinTopic.FIRE: "Fire",
    BulletinTopic.TRAFFIC: "Transport",
    BulletinTopic.MISSING: "Rescue",
    BulletinTopic.WEATHER: "Met",
}
_TOPICS = {
    "Met": BulletinTopic.WEATHER,
    "Geo": BulletinTopic.WEATHER,
    "Env": BulletinTopic.WEATHER,
    "Fire": BulletinTopic.FIRE,
    "Transport": BulletinTopic.TRAFFIC,
    "Rescue": BulletinTopic.MISSING,
}
# Ground → urgency, severity, certainty.
_LEVELS = {
    UrgentGround.NONE: ("Expected", "Minor", "Likely"),
    UrgentGround.MISSING_CHILD: ("Immediate", "Severe", "Likely"),
    UrgentGround.THREAT_TO_LIFE: ("Immediate", "Severe", "Observed"),
}


def is_alert(topic: str, ground: str) -> bool:
    """Return whether a bulletin is an alert for other systems: an urgent one, fire, weather, a missing person."""
    return bool(ground) or BulletinTopic(topic) in _ALERT_TOPICS


@dataclass(frozen=True, slots=True)
class CapFacts:
    """Facts of one message about a bulletin. `earlier`: (key, expiry) of the messages it replaces, oldest first.

    `root_id`: id of the first bulletin of its chain. `reason`: of a withdrawal; then nothing of the text is repeated.
    """

    identifier: str
    root_id: str
    sender: str
    sent_at: dt.datetime
    expires_at: dt.datetime
    topic: str
    ground: str
    text: BulletinText
    areas: tuple[CapArea, ...] = ()
    resources: tuple[CapResource, ...] = ()
    earlier: Sequence[tuple[str, dt.datetime]] = ()
    is_cancellation: bool = False
    reason: str = ""


def build_message(facts: CapFacts) -> CapMessage:
    """Build the message; the same facts always give the same message, so that references hold."""
    references = " ".join(key for key, expires_at in facts.earlier if expires_at > facts.sent_at)
    message_type = "Cancel" if facts.is_cancellation else "Update" if facts.earlier else "Alert"
    return CapMessage(
        identifier=facts.identifier,
        sender=facts.sender,
        sent=format_time(facts.sent_at, LOCAL_ZONE),
        status="Actual",
        message_type=message_type,
        scope="Public",
        note=facts.reason if facts.is_cancellation else "",
        references=references,
        incidents=facts.root_id,
        infos=(_build_info(facts),),
    )


def _build_info(facts: CapFacts) -> CapInfo:
    urgency, severity, certainty = _LEVELS[UrgentGround(facts.ground)]
    text = facts.text
    return CapInfo(
        language=LANGUAGE,
        categories=(_CATEGORIES.get(BulletinTopic(facts.topic), "Other"),),
        event=text.topic,
        response_types=("AllClear",) if facts.is_cancellation else ("Monitor",),
        urgency="Past" if facts.is_cancellation else urgency,
        severity="Minor" if facts.is_cancellation else severity,
        certainty=certainty,
        expires=format_time(facts.expires_at, LOCAL_ZONE),
        sender_name=text.unit_name,
        headline=CANCELLED_EVENT if facts.is_cancellation else text.title,
        description=facts.reason if facts.is_cancellation else text.text,
        web=text.link,
        resources=() if facts.is_cancellation else facts.resources,
        areas=facts.areas,
    )


# From a message of another system.


@dataclass(frozen=True, slots=True)
class ProposedFields:
    """Fields of a draft."""

    topic: str
    title: str
    text: str
    ground: str
    expires_at: dt.datetime | None


def choose_info(message: CapMessage) -> CapInfo | None:
    """Return the content in Vietnamese, otherwise the first one."""
    infos = sorted(message.infos, key=lambda info: not info.language.lower().startswith("vi"))
    return infos[0] if infos else None


def propose_fields(info: CapInfo) -> ProposedFields:
    """Return a draft's fields; what is too long is cut, a person reads it before it goes out."""
    topic = next((_TOPICS[category] for category in info.categories if category in _TOPICS), BulletinTopic.SECURITY)
    title = _shorten(info.headline or info.event, MAX_TITLE_LENGTH)
    text = "\n".join(filter(None, (info.description, info.instruction))) or info.headline or info.event
    is_urgent = info.urgency == "Immediate" and info.severity in ("Extreme", "Severe")
    ground = UrgentGround.THREAT_TO_LIFE if is_urgent else UrgentGround.NONE
    return ProposedFields(topic, title, _shorten(text, MAX_TEXT_LENGTH), ground, parse_time(info.expires))


def _shorten(text: str, length: int) -> str:
    text = "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
