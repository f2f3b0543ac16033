"""Model statistics: classification quality and officers' corrections. Sums only, for maintainers of the model."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.intake import correction_stats
from binhyen.intake.correction_stats import WEEKS, Kept, Try
from binhyen.intake.model_cache import in_use
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.language.model_selection import PLAIN_NAME, SHIPPED_NAME, figures, shipped_figures
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers
from binhyen.ui import formatting
from binhyen.ui.label_cache import spoken

_NAMES = {SHIPPED_NAME: N_("Mô hình đi kèm chương trình"), PLAIN_NAME: N_("Chỉ dùng danh sách từ")}
_FIGURES = (
    ("macro_f1", N_("Đúng loại (trung bình các loại)")), ("top3", N_("Đúng loại trong ba khả năng đầu")),
    ("urgency3_recall", N_("Nhận ra việc khẩn cấp")), ("false_alarms", N_("Báo khẩn nhầm")),
)  # fmt: skip


@officers(May.WATCH_READER)
def learning(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    rows = correction_stats.kept(now=now)
    total, recent = correction_stats.corrections(now=now)
    context = {
        "now": now, "weeks": WEEKS, "all": _row(rows[0]), "rows": [_row(r) for r in rows[1:]],
        "corrections": {"total": total, "recent": recent}, "model": _model(),
        "tries": [_try(each) for each in correction_stats.tries(Path(settings.MODELS_ROOT))],
    }  # fmt: skip
    return render(request, "ops/learning.html", context)


def _row(row: Kept) -> dict[str, Any]:
    label = spoken(CATEGORY_LABELS).get(row.category, _("Tất cả"))
    weeks = ", ".join(f"{round(share * 100)} %" for share in row.weeks)
    return {
        "label": label, "acted_on": row.acted_on, "unchanged": row.unchanged, "share": row.share,
        "trend": row.weeks, "trend_text": _("Theo tuần, cũ trước: {weeks}").format(weeks=weeks),
    }  # fmt: skip


def _try(each: Try) -> dict[str, Any]:
    return {
        "made": formatting.clock_time(each.at), "live": each.live, "corrections": each.corrections, "score": each.score,
        "before": each.before,
    }  # fmt: skip


def _model() -> dict[str, Any]:
    """Return the model in use in this process and its scores on the evaluation rows."""
    chosen = in_use()
    known: dict[str, Any] = {}
    made = ""
    if chosen.version == SHIPPED_NAME:
        known = shipped_figures()
    elif chosen.version != PLAIN_NAME:
        known = figures(Path(settings.MODELS_ROOT) / chosen.version)
        made = formatting.clock_time(_moment(known)) if _moment(known) else ""
    return {
        "name": _name(chosen.version), "made": made,
        "passed_over": [spoken(_NAMES).get(v, v) for v in chosen.passed_over], "plain": chosen.version == PLAIN_NAME,
        "taught": known.get("corrections"),
        "figures": [
            {"label": _(label), "value": float(known[name])}
            for name, label in _FIGURES
            if isinstance(known.get(name), int | float)
        ],
    }  # fmt: skip


def _name(version: str) -> str:
    return spoken(_NAMES).get(version) or _("Mô hình học tại đây, bản {version}").format(version=version)


def _moment(known: dict[str, Any]) -> Any:
    try:
        return dt.datetime.fromisoformat(str(known.get("at")))
    except ValueError:
        return None
