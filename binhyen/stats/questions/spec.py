"""Vocabulary of questions: dimensions, measures and filters, parsed from an address. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.choices import CATEGORY_LABELS, LANE_LABELS, OUTCOME_LABELS, STATE_LABELS
from binhyen.kit.i18n_markers import N_, DeferredText
from binhyen.stats.metrics import LEDGER_LINES, Breakdown, Metric, build_key
from binhyen.ui.urgency_labels import URGENCY_TEXTS

MAX_CELLS = 20_000
MAX_NAME_LENGTH = 80


class InvalidQuestion(Exception):
    """The question cannot be asked; the text is Vietnamese and shown to the user."""


class Dimension(StrEnum):
    """Split of rows or columns; the value is the code in the address."""

    NONE = ""
    COMMUNE = "xa"
    UNIT = "don-vi"
    YEAR = "nam"
    QUARTER = "quy"
    MONTH = "thang"
    WEEK = "tuan"
    DAY = "ngay"
    WEEKDAY = "thu"
    HOUR = "gio"
    CATEGORY = "linh-vuc"
    KIND = "loai"
    LANE = "dien"
    URGENCY = "muc"
    OUTCOME = "ket-qua"
    STATE = "trang-thai"
    CHANNEL = "kenh"


DIMENSION_LABELS: Mapping[Dimension, str] = {
    Dimension.NONE: N_("Không chia"),
    Dimension.COMMUNE: N_("Xã, phường"),
    Dimension.UNIT: N_("Đơn vị"),
    Dimension.YEAR: N_("Năm"),
    Dimension.QUARTER: N_("Quý"),
    Dimension.MONTH: N_("Tháng"),
    Dimension.WEEK: N_("Tuần"),
    Dimension.DAY: N_("Ngày"),
    Dimension.WEEKDAY: N_("Ngày trong tuần"),
    Dimension.HOUR: N_("Giờ báo tin"),
    Dimension.CATEGORY: N_("Lĩnh vực"),
    Dimension.KIND: N_("Loại vụ việc"),
    Dimension.LANE: N_("Diện xử lý"),
    Dimension.URGENCY: N_("Mức"),
    Dimension.OUTCOME: N_("Kết quả"),
    Dimension.STATE: N_("Trạng thái"),
    Dimension.CHANNEL: N_("Kênh báo tin"),
}
# Dimensions that are days or parts of a period: in the order of time.
TIME_DIMENSIONS = frozenset({Dimension.YEAR, Dimension.QUARTER, Dimension.MONTH, Dimension.WEEK, Dimension.DAY})
WEEKDAY_LABELS: Mapping[int, str] = {
    1: N_("Thứ Hai"),
    2: N_("Thứ Ba"),
    3: N_("Thứ Tư"),
    4: N_("Thứ Năm"),
    5: N_("Thứ Sáu"),
    6: N_("Thứ Bảy"),
    7: N_("Chủ Nhật"),
}
HOUR_OF_DAY_LABELS: Mapping[int, str] = {hour: DeferredText(N_("{hour} giờ"), hour=hour) for hour in range(24)}


class PivotMeasure(StrEnum):
    """A measure that is no count of one metric; counts have the code of their metric."""

    ON_TIME = "dung-han"
    RESPONSE = "phut-nhan-viec"
    DURATION = "gio-xu-ly"


@dataclass(frozen=True, slots=True)
class MeasureDefinition:
    """A measure: `metric` are the cases behind it; `kind` how they become a number."""

    label: str
    metric: str
    kind: str = "COUNT"  # or a PivotMeasure


def _list_measures() -> dict[str, MeasureDefinition]:
    counts = {
        line.metric.lower().replace("_", "-"): MeasureDefinition(line.label, line.metric)
        for line in LEDGER_LINES
        if line.metric is not None
    }
    late = build_key(Breakdown.DEADLINES, "LATE")
    return counts | {
        "qua-han": MeasureDefinition(N_("Xong quá hạn"), late),
        PivotMeasure.ON_TIME: MeasureDefinition(N_("Xong đúng hạn (%)"), Metric.CLOSED, PivotMeasure.ON_TIME),
        PivotMeasure.RESPONSE: MeasureDefinition(
            N_("Phút đến khi có cán bộ nhận (trung bình)"), Metric.REPORTS, PivotMeasure.RESPONSE
        ),
        PivotMeasure.DURATION: MeasureDefinition(
            N_("Giờ từ lúc báo đến khi xong (trung bình)"), Metric.CLOSED, PivotMeasure.DURATION
        ),
    }


MEASURES = _list_measures()
# Field in the address → title, column of the case, code → label.
FILTERS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "loc-linh-vuc": (N_("Chỉ lĩnh vực"), "category", dict(CATEGORY_LABELS)),
    "loc-dien": (N_("Chỉ diện"), "lane", {str(code): label for code, label in LANE_LABELS.items()}),
    "loc-muc": (N_("Chỉ mức"), "urgency", {str(level): label for level, label in URGENCY_TEXTS.items()}),
    "loc-ket-qua": (N_("Chỉ kết quả"), "outcome", {str(code): label for code, label in OUTCOME_LABELS.items()}),
    "loc-trang-thai": (N_("Chỉ trạng thái"), "state", {str(code): label for code, label in STATE_LABELS.items()}),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question without its area and period. `filters`: column of the case → code."""

    measure: str = "reports"
    rows: Dimension = Dimension.COMMUNE
    columns: Dimension = Dimension.NONE
    filters: tuple[tuple[str, str], ...] = ()

    @property
    def definition(self) -> MeasureDefinition:
        return MEASURES[self.measure]

    def list_pairs(self) -> list[tuple[str, str]]:
        """Return the fields of an address that asks this question."""
        names = {column: name for name, (_title, column, _labels) in FILTERS.items()}
        pairs = [("so", self.measure), ("hang", self.rows.value), ("cot", self.columns.value)]
        return [*pairs, *((names[column], code) for column, code in self.filters)]


def parse_question(fields: Mapping[str, str]) -> Question:
    """Parse the fields of an address; absent ones have their default. Raises InvalidQuestion for an unknown value."""
    measure = fields.get("so", "reports")
    if measure not in MEASURES:
        raise InvalidQuestion(N_("Số liệu này không có. Hãy chọn trong danh sách."))
    try:
        rows, columns = Dimension(fields.get("hang", Dimension.COMMUNE)), Dimension(fields.get("cot", ""))
    except ValueError:
        raise InvalidQuestion(N_("Cách chia này không có. Hãy chọn trong danh sách.")) from None
    if rows is columns and rows is not Dimension.NONE:
        raise InvalidQuestion(N_("Hàng và cột phải khác nhau."))
    filters = []
    for name, (_title, column, labels) in FILTERS.items():
        code = fields.get(name, "")
        if code and code not in labels:
            raise InvalidQuestion(N_("Giá trị lọc này không có. Hãy chọn trong danh sách."))
        if code:
            filters.append((column, code))
    return Question(measure, rows, columns, tuple(filters))
