"""Model statistics: classification quality and officers' corrections. Sums only, for maintainers of the model."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.intake import retraining
from binhyen.intake.alarm_budget import MIN_MESSAGES, read_calibration
from binhyen.intake.model_cache import get_model_in_use
from binhyen.intake.retraining import SHOWN_WEEKS, CategoryStats, TrainingRun
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.language.model_selection import LEXICON_NAME, SHIPPED_NAME, read_metrics, read_shipped_metrics
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission
from binhyen.ui import formatting
from binhyen.ui.label_cache import translated_labels

_MODEL_NAMES = {SHIPPED_NAME: N_("Mô hình đi kèm chương trình"), LEXICON_NAME: N_("Chỉ dùng danh sách từ")}
_METRIC_LABELS = (
    ("macro_f1", N_("Đúng loại (trung bình các loại)")),
    ("top3", N_("Đúng loại trong ba khả năng đầu")),
    ("urgency3_recall", N_("Nhận ra việc khẩn cấp")),
    ("false_alarms", N_("Báo khẩn nhầm")),
)


@require_any_permission(Permission.WATCH_READER)
def model_statistics(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    rows = retraining.get_category_stats(now=now)
    total, recent = retraining.count_corrections(now=now)
    context = {
        "now": now,
        "weeks": SHOWN_WEEKS,
        "all": _build_category_row(rows[0]),
        "rows": [_build_category_row(row) for row in rows[1:]],
        "corrections": {"total": total, "recent": recent},
        "model": _build_model_summary(),
        "budget": _build_budget(),
        "tries": [
            _build_run_row(training_run) for training_run in retraining.list_training_runs(Path(settings.MODELS_ROOT))
        ],
    }
    return render(request, "ops/learning.html", context)


def _build_category_row(row: CategoryStats) -> dict[str, Any]:
    label = translated_labels(CATEGORY_LABELS).get(row.category, _("Tất cả"))
    weeks = ", ".join(f"{round(share * 100)} %" for share in row.weeks)
    return {
        "label": label,
        "acted_on": row.acted_on,
        "unchanged": row.unchanged,
        "share": row.share,
        "trend": row.weeks,
        "trend_text": _("Theo tuần, cũ trước: {weeks}").format(weeks=weeks),
    }


def _build_run_row(training_run: TrainingRun) -> dict[str, Any]:
    return {
        "made": formatting.format_full_time(training_run.at),
        "live": training_run.live,
        "corrections": training_run.corrections,
        "score": training_run.score,
        "before": training_run.before,
    }


def _build_model_summary() -> dict[str, Any]:
    """Return the model in use in this process and its scores on the evaluation rows."""
    selection = get_model_in_use()
    metrics: dict[str, Any] = {}
    trained_text = ""
    if selection.version == SHIPPED_NAME:
        metrics = read_shipped_metrics()
    elif selection.version != LEXICON_NAME:
        metrics = read_metrics(Path(settings.MODELS_ROOT) / selection.version)
        trained_text = formatting.format_full_time(_parse_moment(metrics)) if _parse_moment(metrics) else ""
    return {
        "name": _format_model_name(selection.version),
        "made": trained_text,
        "passed_over": [translated_labels(_MODEL_NAMES).get(version, version) for version in selection.passed_over],
        "plain": selection.version == LEXICON_NAME,
        "taught": metrics.get("corrections"),
        "figures": [
            {"label": _(label), "value": float(metrics[name])}
            for name, label in _METRIC_LABELS
            if isinstance(metrics.get(name), int | float)
        ],
    }


def _build_budget() -> dict[str, Any] | None:
    """Return the budget of learnt alarms in groups and the effect of each bar; None before the first calibration."""
    calibration = read_calibration(Path(settings.MODELS_ROOT))
    if calibration is None:
        return None
    rates = [rate for _, rate in calibration.curve]
    current = next((rate for bar, rate in calibration.curve if bar >= calibration.bar), rates[-1] if rates else 0.0)
    return {
        "limit": settings.ALARM_BUDGET,
        "messages": calibration.messages,
        "at": formatting.format_full_time(calibration.at),
        "current": _format_rate(current),
        "curve": rates,
        "curve_text": _("Báo khẩn trên 1.000 tin, từ mức nhạy nhất: {rates}").format(
            rates="; ".join(map(_format_rate, rates))
        ),
        "curve_range": f"{_format_rate(rates[0])} → {_format_rate(rates[-1])}" if rates else "",
        "is_waiting": calibration.messages < MIN_MESSAGES,
    }


def _format_rate(rate: float) -> str:
    return f"{rate:.1f}".replace(".", ",")


def _format_model_name(version: str) -> str:
    return translated_labels(_MODEL_NAMES).get(version) or _("Mô hình học tại đây, bản {version}").format(
        version=version
    )


def _parse_moment(metrics: dict[str, Any]) -> Any:
    try:
        return dt.datetime.fromisoformat(str(metrics.get("at")))
    except ValueError:
        return None
