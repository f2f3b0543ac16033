"""Categories without a kind of their own yet: lost and found, doubtful messages."""

from binhyen.cases.choices import Lane, Outcome, State
from binhyen.cases.kinds.base import HOUSE_RULE, CaseKind, Deadline
from binhyen.kit.i18n_markers import L_, N_

KIND = CaseKind(
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
    deadlines=(
        Deadline(
            name="answer",
            label=N_("Trả lời người báo"),
            hours=3 * 24,
            paused_in_states=(State.CLOSED, State.MERGED),
            source=HOUSE_RULE,
        ),
    ),
)
