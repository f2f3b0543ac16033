"""The country's page of a national installation: signed ledgers of provinces, checked and added up at each visit."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.audit.rules.signed_notes import InvalidNote
from binhyen.kit import clock
from binhyen.people.access import counts_province
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission
from binhyen.scams.rules.indicators import KIND_LABELS
from binhyen.stats import national, periods
from binhyen.stats.metrics import LEDGER_LINES, Metric
from binhyen.stats.national import LedgerRefused, NationalLedger, ProvinceLedger

_COMPARED = (Metric.REPORTS, Metric.VALUABLE_TIPS, Metric.CLOSED, Metric.FRAUDS_STOPPED)
_MAX_INDICATORS = 50


@require_any_permission(Permission.READ_STATISTICS)
def show_country(request: OfficerRequest) -> HttpResponse:
    """Show the sums of all provinces; a file that is refused is named with its reason, and counts nowhere."""
    if not counts_province(request.user):
        raise PermissionDenied
    folder = Path(settings.LEDGERS_ROOT)
    if not (folder / national.KEY_LIST).is_file():
        raise Http404
    total, refused = load_country(folder)
    labels = {line.metric or line.source: _(line.label) for line in LEDGER_LINES}
    kinds = {str(kind): _(label) for kind, label in KIND_LABELS.items()}
    context: dict[str, Any] = {
        "now": clock.now(),
        "period": f"{periods.format_day(total.first)} – {periods.format_day(total.last)}" if total else "",
        "refused": refused,
        "lines": [{"label": label, "value": total.lines[code]} for code, label in labels.items() if code in total.lines]
        if total
        else [],
        "head": [labels[code] for code in _COMPARED],
        "provinces": [
            {"name": ledger.name, "numbers": [ledger.lines.get(code, 0) for code in _COMPARED]}
            for ledger in sorted(total.provinces, key=lambda entry: -entry.lines.get(Metric.REPORTS, 0))
        ]
        if total
        else [],
        "indicators": [
            {
                "kind": kinds.get(entry.kind, entry.kind),
                "value": entry.value,
                "provinces": len(entry.provinces),
                "cases": entry.cases,
            }
            for entry in total.indicators[:_MAX_INDICATORS]
        ]
        if total
        else [],
        "indicator_count": len(total.indicators) if total else 0,
    }
    return render(request, "stats/country.html", context)


def load_country(folder: Path) -> tuple[NationalLedger | None, list[str]]:
    """Check and add up the ledgers of a folder; return the sum, and a line for each refused file."""
    refused: list[str] = []
    try:
        keys = national.parse_key_list((folder / national.KEY_LIST).read_text(encoding="utf-8"))
    except (InvalidNote, OSError, UnicodeDecodeError):
        return None, [_("{file}: danh sách khóa không đọc được").format(file=national.KEY_LIST)]
    ledgers: dict[str, ProvinceLedger] = {}
    for file in sorted(folder.glob("*.note")):
        try:
            ledger = national.read_signed_ledger(file.read_text(encoding="utf-8"), keys)
        except (LedgerRefused, OSError, UnicodeDecodeError):
            refused.append(_("{file}: không có chữ ký đúng của tỉnh").format(file=file.name))
            continue
        if ledger.province in ledgers:
            refused.append(_("{file}: tỉnh này đã có tệp khác").format(file=file.name))
            continue
        ledgers[ledger.province] = ledger
    spans = [(ledger.last, ledger.first) for ledger in ledgers.values()]
    newest = max(spans, default=None)
    for ledger in [ledger for ledger in ledgers.values() if (ledger.last, ledger.first) != newest]:
        refused.append(_("{name}: kỳ khác, chưa gửi kỳ mới").format(name=ledger.name))
        del ledgers[ledger.province]
    return (national.add_ledgers(ledgers.values()) if ledgers else None), refused
