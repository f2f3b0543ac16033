"""Source of bulletins about frauds: a warning drafted from the cluster that a case belongs to."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import override

from binhyen.cases.bulletin_source import BulletinProposal
from binhyen.cases.models import Case
from binhyen.people.models import Officer
from binhyen.scams import queries
from binhyen.scams.models import Indicator
from binhyen.scams.rules.indicators import KIND_LABELS, IndicatorKind
from binhyen.scams.rules.review import IndicatorState
from binhyen.scams.rules.scripts import SCRIPT_LABELS

_TOPIC, _LIFETIME = "ONLINE_FRAUD", dt.timedelta(days=30)


class ScamClusterSource:
    """Bulletins about the gravest cluster of a fraud case. Only confirmed numbers and links are named."""

    def build_proposal(self, case: Case, *, officer: Officer, now: dt.datetime) -> BulletinProposal | None:
        rows = list(queries.list_indicators(officer).filter(reports__case=case).distinct()[:20])
        if not rows:
            return None
        gravest = max(rows, key=lambda row: (row.reporters, row.kind == IndicatorKind.SCRIPT))
        script = next((row for row in rows if row.kind == IndicatorKind.SCRIPT), None)
        with override("vi"):
            story = _(SCRIPT_LABELS[script.value]) if script and script.value in SCRIPT_LABELS else _("Lừa đảo")
            return BulletinProposal(
                topic=_TOPIC,
                title=_("Cảnh báo: {story}").format(story=story)[:120],
                text=_format_text(gravest, rows, story),
                ground="",
                expires_at=now + _LIFETIME,
            )

    def record_bulletin(self, case: Case, code: str, *, now: dt.datetime) -> None:
        """Do nothing: a warning stays when the case ends."""


def _format_text(gravest: Indicator, rows: list[Indicator], story: str) -> str:
    named = [
        f"- {_(KIND_LABELS[IndicatorKind(row.kind)])}: {_format_value(row.value)}"
        for row in rows
        if row.state == IndicatorState.VERIFIED and row.kind != IndicatorKind.SCRIPT
    ]
    spread = _("{people} người ở {communes} xã, phường đã báo: {story}.").format(
        people=gravest.reporters, communes=max(gravest.communes, 1), story=story.lower()
    )
    lines = [
        spread if gravest.reporters > 1 else _("Đã có người báo: {story}.").format(story=story.lower()),
        *([_("Công an đã xác nhận:"), *named] if named else []),
        _("- Không chuyển tiền, không đọc mã OTP, không cài ứng dụng theo lời người lạ."),
        _("- Nghi ngờ thì kiểm tra tại mục «Kiểm tra lừa đảo», hoặc hỏi công an xã."),
        _("- Lỡ chuyển tiền: gọi ngân hàng xin chặn ngay, rồi báo công an."),
    ]
    return "\n".join(lines)


def _format_value(value: str) -> str:
    return f"0{value[3:]}" if value.startswith("+84") else value.removesuffix("/")
