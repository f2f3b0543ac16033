"""Tips: reports of crimes and offences by victims, eyewitnesses or people with knowledge of them."""

from binhyen.cases.choices import DECISIONS, PERSON_OUTCOMES, SCAM_CATEGORY, WEAPON_OUTCOMES, Lane, Outcome, State
from binhyen.cases.kinds.base import HOUSE_RULE, CaseKind, Deadline, DeadlineExtension
from binhyen.kit.i18n_markers import L_, N_

KIND = CaseKind(
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
    outcomes=(
        Outcome.HANDLED_ON_SITE,
        Outcome.RESOLVED,
        Outcome.ANSWERED,
        Outcome.PASSED_TO_OTHER,
        Outcome.UNFOUNDED,
        Outcome.NOT_FOUND,
        *DECISIONS,
    ),
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
            paused_in_states=(State.PASSED_ON, State.CLOSED, State.MERGED),
            lanes=(Lane.CRIME_REPORT,),
            source="Joint Circular 01/2017/TTLT as amended by 01/2021, Circular 28/2020/TT-BCA: 24 hours",
        ),
        Deadline(
            name="decide",
            label=N_("Giải quyết tin báo tội phạm"),
            hours=20 * 24,
            paused_in_states=(State.CLOSED, State.MERGED),
            lanes=(Lane.CRIME_REPORT,),
            source="Criminal Procedure Code art. 147(1): 20 days",
            warning_hours=(240, 120, 48),  # days 10, 15 and 18; the second is the last day to ask for an extension
            extensions=(
                DeadlineExtension(months=2, source="Criminal Procedure Code art. 147(2): complex, or in many places"),
                DeadlineExtension(months=2, source="Criminal Procedure Code art. 147(3): the procuracy, once"),
            ),
        ),
        Deadline(
            name="answer",
            label=N_("Trả lời người báo"),
            hours=3 * 24,
            paused_in_states=(State.CLOSED, State.MERGED),
            lanes=(Lane.REFLECTION,),
            source=HOUSE_RULE,
            waits_in_states=(State.WAITING,),
        ),
    ),
    is_graded=True,
)
