"""Complaint about police: unlisted in the register.

The register has its deadlines and its outcome; text and desks are sealed.
"""

from binhyen.cases.choices import CONDUCT_KIND, Lane, Outcome, State
from binhyen.cases.kinds.base import CaseKind, Deadline, DeadlineExtension
from binhyen.kit.i18n_markers import L_, N_

_OVER = (State.CLOSED, State.MERGED)

KIND = CaseKind(
    code=CONDUCT_KIND,
    label=L_("Phản ánh cán bộ"),
    categories=("officer_complaint",),
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
            name="accept",
            label=N_("Nhận, báo người phản ánh"),
            hours=7 * 24,
            paused_in_states=(State.RECEIVED, State.WORKING, State.WAITING, State.PASSED_ON, *_OVER),
            source="Law on Denunciations 25/2018 art. 24: 7 working days; calendar days are the stricter house rule",
        ),
        Deadline(
            name="answer",
            label=N_("Kết luận, trả lời"),
            hours=30 * 24,
            paused_in_states=_OVER,
            source="Law on Denunciations 25/2018 art. 30: 30 days",
            extensions=(DeadlineExtension(days=30, source="Law on Denunciations art. 30: complex"),),
        ),
    ),
    sealed=True,
    is_restricted=True,
)
