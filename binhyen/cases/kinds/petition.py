"""Petitions and reflections: requests to the police and reports about daily life."""

from binhyen.cases.choices import WELFARE_CATEGORY, Lane, Outcome, State
from binhyen.cases.kinds.base import HOUSE_RULE, CaseKind, Deadline, DeadlineExtension
from binhyen.kit.i18n_markers import L_, N_

KIND = CaseKind(
    code="petition",
    label=L_("Phản ánh, kiến nghị"),
    categories=("environment_noise", "admin_question", WELFARE_CATEGORY),
    lane=Lane.REFLECTION,
    outcomes=(
        Outcome.RESOLVED,
        Outcome.ANSWERED,
        Outcome.PASSED_TO_OTHER,
        Outcome.UNFOUNDED,
        Outcome.NOT_FOUND,
        Outcome.NO_ACTION,
    ),
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
            paused_in_states=(State.CLOSED, State.MERGED),
            lanes=(Lane.REFLECTION,),
            source=HOUSE_RULE,
            waits_in_states=(State.WAITING,),
        ),
        Deadline(
            name="accept",
            label=N_("Thụ lý khiếu nại"),
            hours=10 * 24,
            paused_in_states=(State.WORKING, State.WAITING, State.PASSED_ON, State.CLOSED, State.MERGED),
            lanes=(Lane.COMPLAINT,),
            source="Law on Complaints 02/2011/QH13 art. 27: 10 days",
            warning_hours=(48,),
        ),
        Deadline(
            name="resolve",
            label=N_("Giải quyết"),
            hours=30 * 24,
            paused_in_states=(State.CLOSED, State.MERGED),
            lanes=(Lane.COMPLAINT,),
            source="Law on Complaints art. 28: 30 days",
            warning_hours=(120, 48),
            extensions=(DeadlineExtension(days=15, source="Law on Complaints art. 28: 45 days if complex"),),
        ),
        Deadline(
            name="resolve",
            label=N_("Giải quyết"),
            hours=30 * 24,
            paused_in_states=(State.CLOSED, State.MERGED),
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
