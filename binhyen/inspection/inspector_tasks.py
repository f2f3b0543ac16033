"""Next tasks of the inspectorate, at the top of its first page."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from binhyen.audit.queries import entries
from binhyen.audit.queries.chain import LogState
from binhyen.audit.queries.entries import EntryFilters
from binhyen.conduct import queries as conduct
from binhyen.people.models import Officer
from binhyen.privacy import queries as privacy

_DELIVERY_INTERVAL = dt.timedelta(days=31)  # a paper checkpoint a month
_CHECK_INTERVAL = dt.timedelta(days=2)  # the whole log is verified every night


@dataclass(frozen=True, slots=True)
class InspectionTask:
    """A task. `urgent`: a deadline or the log itself is in danger; `url`: where it is done."""

    text: str
    url: str = ""
    urgent: bool = False


def list_inspection_tasks(officer: Officer, log: LogState, *, visible: Q, now: dt.datetime) -> list[InspectionTask]:
    """List the tasks, urgent ones first. `visible`: filter of the entries that the officer may read."""
    tasks = []
    if log.checked is not None and log.checked.faults:
        tasks.append(
            InspectionTask(_("Sổ không nguyên vẹn: lập biên bản, gọi người vận hành, giữ nguyên máy chủ."), "", True)
        )
    if breaches := privacy.list_alerted_breaches(officer).count():
        text = _("Sự cố dữ liệu sắp hoặc đã quá 72 giờ: {n}. Báo cơ quan chuyên trách.").format(n=breaches)
        tasks.append(InspectionTask(text, "/su-co-du-lieu", True))
    if conduct.list_alerts(officer).exists():
        tasks.append(InspectionTask(_("Có phản ánh về cán bộ đang chờ bạn đọc."), "/giu-kin/tin", True))
    newest = max((delivery.at for delivery in log.given), default=None)
    if newest is None or now - newest > _DELIVERY_INTERVAL:
        text = _("Chưa có bản điểm kiểm tra nào giao ra ngoài trong tháng này: in, ký nhận, cất ở thanh tra.")
        tasks.append(InspectionTask(text, "/nhat-ky/diem-kiem-tra"))
    if log.checked is None or now - log.checked.at > _CHECK_INTERVAL:
        tasks.append(InspectionTask(_("Lâu chưa đối chiếu toàn bộ sổ: nhắc người vận hành xem việc chạy nền.")))
    yesterday = EntryFilters(outcome="refused", since=now - dt.timedelta(days=1))
    refused = entries.count_entries(yesterday, visible=visible)
    if refused:
        text = _("Một ngày qua có {n} việc bị từ chối: xem ai, vì sao.").format(n=refused)
        tasks.append(InspectionTask(text, "/nhat-ky?ket-qua=tu-choi"))
    return sorted(tasks, key=lambda task: not task.urgent)
