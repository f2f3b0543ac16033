"""Detection over several messages: an earlier text in a case and the next one may together be a complaint about police.

Neither need be one alone. Pure.
"""

from collections.abc import Callable
from dataclasses import replace

from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.intake.complaint_detection.detect import (
    detect_complaint,
    identifies_officer_only,
    mentions_police,
    to_complaint,
)
from binhyen.intake.decision import LOW_CONFIDENCE
from binhyen.language.reading import DANGER, Reading

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
    if is_complaint or reading.category == "thanks" or reading.urgency >= DANGER:
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
