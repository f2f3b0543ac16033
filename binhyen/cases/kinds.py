"""Kinds of case: categories, lane, deadlines and outcomes of each. Pure.

A new kind is one more declaration here, and its entry in `_KINDS`.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache

from binhyen.cases.choices import (
    CONDUCT_KIND,
    DECISIONS,
    PERSON_OUTCOMES,
    SCAM_CATEGORY,
    WEAPON_OUTCOMES,
    WELFARE_CATEGORY,
    Lane,
    Outcome,
    State,
)
from binhyen.kit.i18n_markers import L_, N_

URGENT_LEVEL = 2  # of a case: to be dealt with today
HOUSE_RULE = "House rule until the province names its own"


@dataclass(frozen=True, slots=True)
class DeadlineExtension:
    """A single extension of a deadline: calendar months, then days. `source`: the condition and its law."""

    months: int = 0
    days: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A named deadline, `hours` after the case opens.

    `paused_in_states`: the states in which it is met; `waits_in_states`: in which it stands still and runs on
    afterwards; `is_working_time`: `hours` are office hours; `urgent_hours`: instead of `hours` from URGENT_LEVEL on.
    `warning_hours`: hours before the end at which the case holder is reminded, first one first. `extensions`: possible
    extensions in order.
    """

    name: str
    label: str
    hours: float
    paused_in_states: tuple[str, ...]
    lanes: tuple[Lane, ...] = tuple(Lane)
    source: str = ""
    warning_hours: tuple[float, ...] = (4,)
    extensions: tuple[DeadlineExtension, ...] = ()
    waits_in_states: tuple[str, ...] = ()
    is_working_time: bool = False
    urgent_hours: float | None = None

    @property
    def is_legal(self) -> bool:
        """Return whether law sets the deadline, not a house rule: an overdue one is also escalated to the province."""
        return self.source != HOUSE_RULE


@dataclass(frozen=True, slots=True)
class CaseKind:
    """A kind of case: its message categories, legal lane, deadlines and outcomes."""

    code: str
    label: str
    categories: tuple[str, ...]
    lane: Lane
    outcomes: tuple[Outcome, ...]
    deadlines: tuple[Deadline, ...]
    lanes_by_category: dict[str, Lane] = field(default_factory=dict)
    outcomes_by_category: dict[str, tuple[Outcome, ...]] = field(default_factory=dict)  # further ones
    is_graded: bool = False  # may be graded as valuable information
    sealed: bool = False  # its text is stored encrypted elsewhere; it stays with the province and keeps its kind

    is_restricted: bool = False  # restricted: in no list of the register, handled on separate desks

    def get_lane(self, category: str) -> Lane:
        return self.lanes_by_category.get(category, self.lane)


_ENDED = (State.CLOSED, State.MERGED)
_COMMON_OUTCOMES = (
    Outcome.RESOLVED,
    Outcome.ANSWERED,
    Outcome.PASSED_TO_OTHER,
    Outcome.UNFOUNDED,
    Outcome.NOT_FOUND,
)
_ANSWER_WITHIN_THREE_DAYS = Deadline(
    name="answer",
    label=N_("Trả lời người báo"),
    hours=3 * 24,
    paused_in_states=_ENDED,
    source=HOUSE_RULE,
)


# Complaint about police: unlisted in the register. The register has its deadlines and its outcome; text and desks are
# sealed.

CONDUCT = CaseKind(
    code=CONDUCT_KIND,
    label=L_("Phản ánh cán bộ"),
    categories=("officer_complaint",),
    lane=Lane.REFLECTION,
    outcomes=_COMMON_OUTCOMES,
    deadlines=(
        Deadline(
            name="accept",
            label=N_("Nhận, báo người phản ánh"),
            hours=7 * 24,
            paused_in_states=(State.RECEIVED, State.WORKING, State.WAITING, State.PASSED_ON, *_ENDED),
            source="Law on Denunciations 25/2018 art. 24: 7 working days; calendar days are the stricter house rule",
        ),
        Deadline(
            name="answer",
            label=N_("Kết luận, trả lời"),
            hours=30 * 24,
            paused_in_states=_ENDED,
            source="Law on Denunciations 25/2018 art. 30: 30 days",
            extensions=(DeadlineExtension(days=30, source="Law on Denunciations art. 30: complex"),),
        ),
    ),
    sealed=True,
    is_restricted=True,
)


# Categories without a kind of their own yet: lost and found, doubtful messages.

OTHER = CaseKind(
    code="other",
    label=L_("Việc khác"),
    categories=("lost_item", "found_item", "other", "thanks"),
    lane=Lane.REFLECTION,
    outcomes=(Outcome.RESOLVED, Outcome.ANSWERED, Outcome.PASSED_TO_OTHER, Outcome.NOT_FOUND, Outcome.NO_ACTION),
    outcomes_by_category={
        "lost_item": (Outcome.RETURNED, Outcome.RETURNED_ELSEWHERE, Outcome.WITHDRAWN),
        "found_item": (
            Outcome.RETURNED,
            Outcome.RETURNED_ELSEWHERE,
            Outcome.TO_FINDER,
            Outcome.TO_STATE,
            Outcome.DESTROYED,
            Outcome.WITHDRAWN,
        ),
    },
    deadlines=(_ANSWER_WITHIN_THREE_DAYS,),
)


# Petitions and reflections: requests to the police and reports about daily life.

PETITION = CaseKind(
    code="petition",
    label=L_("Phản ánh, kiến nghị"),
    categories=("environment_noise", "admin_question", WELFARE_CATEGORY),
    lane=Lane.REFLECTION,
    outcomes=(*_COMMON_OUTCOMES, Outcome.NO_ACTION),
    outcomes_by_category={WELFARE_CATEGORY: (Outcome.HELPED,)},
    deadlines=(
        # iHanoi, Decision 1207/QĐ-UBND of 28/2/2025: taken up within eight office hours, four if urgent
        Deadline(
            name="receive",
            label=N_("Tiếp nhận phản ánh"),
            hours=8,
            paused_in_states=tuple(state for state in State if state is not State.NEW),
            lanes=(Lane.REFLECTION,),
            source=HOUSE_RULE,
            warning_hours=(2,),
            is_working_time=True,
            urgent_hours=4,
        ),
        Deadline(
            name="answer",
            label=N_("Trả lời người phản ánh"),
            hours=7 * 24,
            paused_in_states=_ENDED,
            lanes=(Lane.REFLECTION,),
            source=HOUSE_RULE,
            waits_in_states=(State.WAITING,),
        ),
        Deadline(
            name="accept",
            label=N_("Thụ lý khiếu nại"),
            hours=10 * 24,
            paused_in_states=(State.WORKING, State.WAITING, State.PASSED_ON, *_ENDED),
            lanes=(Lane.COMPLAINT,),
            source="Law on Complaints 02/2011/QH13 art. 27: 10 days",
            warning_hours=(48,),
        ),
        Deadline(
            name="resolve",
            label=N_("Giải quyết"),
            hours=30 * 24,
            paused_in_states=_ENDED,
            lanes=(Lane.COMPLAINT,),
            source="Law on Complaints art. 28: 30 days",
            warning_hours=(120, 48),
            extensions=(DeadlineExtension(days=15, source="Law on Complaints art. 28: 45 days if complex"),),
        ),
        Deadline(
            name="resolve",
            label=N_("Giải quyết"),
            hours=30 * 24,
            paused_in_states=_ENDED,
            lanes=(Lane.DENUNCIATION,),
            source="Law on Denunciations 25/2018/QH14 art. 30: 30 days",
            warning_hours=(120, 48),
            extensions=(
                DeadlineExtension(days=30, source="Law on Denunciations art. 30: complex"),
                DeadlineExtension(days=30, source="Law on Denunciations art. 30: specially complex"),
            ),
        ),
    ),
)


# An anonymous tip: the register has its place, deadlines and outcome; its text is only stored encrypted.

SEALED_TIP = CaseKind(
    code="sealed_tip",
    label=L_("Tin kín"),
    categories=(),
    lane=Lane.REFLECTION,
    outcomes=_COMMON_OUTCOMES,
    deadlines=(_ANSWER_WITHIN_THREE_DAYS,),
    is_graded=True,
    sealed=True,
)


# Tips: reports of crimes and offences by victims, eyewitnesses or people with knowledge of them.

TIP = CaseKind(
    code="tip",
    label=L_("Tin báo"),
    categories=(
        "violence",
        "theft",
        "fire",
        SCAM_CATEGORY,
        "drugs_gambling",
        "public_order",
        "traffic",
        "weapon_handover",
        "missing_person",
        "found_person",
    ),
    lane=Lane.CRIME_REPORT,
    lanes_by_category={
        "traffic": Lane.REFLECTION,
        "fire": Lane.REFLECTION,
        "weapon_handover": Lane.REFLECTION,
        "missing_person": Lane.REFLECTION,
        "found_person": Lane.REFLECTION,
    },
    outcomes=(Outcome.HANDLED_ON_SITE, *_COMMON_OUTCOMES, *DECISIONS),
    outcomes_by_category={
        SCAM_CATEGORY: (Outcome.FRAUD_STOPPED,),
        "missing_person": PERSON_OUTCOMES,
        "found_person": PERSON_OUTCOMES,
        "weapon_handover": (*WEAPON_OUTCOMES, Outcome.NO_WEAPON),
    },
    deadlines=(
        Deadline(
            name="pass_on",
            label=N_("Kiểm tra sơ bộ, chuyển điều tra"),
            hours=24,
            paused_in_states=(State.PASSED_ON, *_ENDED),
            lanes=(Lane.CRIME_REPORT,),
            source="Joint Circular 01/2017/TTLT as amended by 01/2021, Circular 28/2020/TT-BCA: 24 hours",
        ),
        Deadline(
            name="decide",
            label=N_("Giải quyết tin báo tội phạm"),
            hours=20 * 24,
            paused_in_states=_ENDED,
            lanes=(Lane.CRIME_REPORT,),
            source="Criminal Procedure Code art. 147(1): 20 days",
            warning_hours=(240, 120, 48),  # days 10, 15 and 18; the second is the last day to ask for an extension
            extensions=(
                DeadlineExtension(months=2, source="Criminal Procedure Code art. 147(2): complex, or in many places"),
                DeadlineExtension(months=2, source="Criminal Procedure Code art. 147(3): the procuracy, once"),
            ),
        ),
        replace(_ANSWER_WITHIN_THREE_DAYS, lanes=(Lane.REFLECTION,), waits_in_states=(State.WAITING,)),
    ),
    is_graded=True,
)


_KINDS = (CONDUCT, OTHER, PETITION, SEALED_TIP, TIP)


@lru_cache(maxsize=1)
def get_case_kinds() -> dict[str, CaseKind]:
    """Return every kind by code. Raises ValueError where two kinds claim the same code or category."""
    kinds_by_code: dict[str, CaseKind] = {}
    claimed: dict[str, str] = {}
    for kind in _KINDS:
        if kind.code in kinds_by_code:
            raise ValueError(f"Duplicate kind code: {kind.code}")
        for category in kind.categories:
            if category in claimed:
                raise ValueError(f"Category {category} is claimed by {claimed[category]} and by {kind.code}")
            claimed[category] = kind.code
        kinds_by_code[kind.code] = kind
    return kinds_by_code


@lru_cache(maxsize=1)
def get_kind_labels() -> dict[str, str]:
    """Return code → label of every kind, marked for translation; always the same dict."""
    return {code: case_kind.label for code, case_kind in get_case_kinds().items()}


def get_kind(code: str) -> CaseKind:
    return get_case_kinds()[code]


def get_kind_for_category(category: str) -> CaseKind:
    """Return the kind of case that a message category opens; «other» where no kind claims it."""
    return next(
        (case_kind for case_kind in get_case_kinds().values() if category in case_kind.categories),
        get_case_kinds()["other"],
    )
