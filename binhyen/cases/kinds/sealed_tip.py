"""An anonymous tip: the register has its place, deadlines and outcome; its text is only stored encrypted."""

from binhyen.cases.choices import Lane, Outcome, State
from binhyen.cases.kinds.base import HOUSE_RULE, CaseKind, Deadline
from binhyen.kit.i18n_markers import L_, N_

KIND = CaseKind(
    code="sealed_tip",
    label=L_("Tin kín"),
    categories=(),
    lane=Lane.REFLECTION,
    outcomes=(
        Outcome.RESOLVED,
        Outcome.ANSWERED,
        Outcome.PASSED_TO_OTHER,
        Outcome.UNFOUNDED,
        Outcome.NOT_FOUND,
    ),
    deadlines=(
        Deadline(
            name="answer",
            label=N_("Trả lời người báo"),
            hours=3 * 24,
            paused_in_states=(State.CLOSED, State.MERGED),
            source=HOUSE_RULE,
        ),
    ),
    is_graded=True,
    sealed=True,
)
