"""Tables of the statistics: contributions of cases, their sums, saved questions, and issued reports.

One row a case and metric, so that a number links to its cases; sums by day and commune.
"""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from binhyen.kit.ids import generate_uuid7


class Contribution(models.Model):
    """One case counted once for a metric, on a Vietnamese day, in a commune (null: unknown place), at a unit."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="contributions")
    metric = models.CharField(max_length=24)
    day = models.DateField()
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True)
    unit = models.ForeignKey("areas.Unit", models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "metric"], name="stats_contribution_once")]
        indexes = [models.Index(fields=["metric", "unit", "day"]), models.Index(fields=["metric", "day"])]


class Count(models.Model):
    """Sum of contributions of a day, unit, commune and metric."""

    day = models.DateField()
    unit = models.ForeignKey("areas.Unit", models.PROTECT)
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True)
    metric = models.CharField(max_length=24)
    value = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "unit", "day", "commune"], name="stats_count_once", nulls_distinct=False
            ),
            models.CheckConstraint(name="stats_count_positive", condition=Q(value__gte=0)),
        ]
        indexes = [models.Index(fields=["metric", "day"])]


class MonthCount(models.Model):
    """Sum of a month (its first day) over all units: of the province (`area` is its own), a commune, or null: unknown.

    Long periods of the whole province are read from here; written together with `Count`.
    """

    month = models.DateField()
    area = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    metric = models.CharField(max_length=24)
    value = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "month", "metric"], name="stats_month_once", nulls_distinct=False),
            models.CheckConstraint(name="stats_month_positive", condition=Q(value__gte=0)),
        ]
        indexes = [models.Index(fields=["metric", "month"], name="stats_month_metric")]


class DayCount(models.Model):
    """Sum of a day over all units. Days of the whole province are read from here; written together with `Count`."""

    day = models.DateField()
    metric = models.CharField(max_length=24)
    value = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "metric"], name="stats_day_once"),
            models.CheckConstraint(name="stats_day_positive", condition=Q(value__gte=0)),
        ]


class IssuedReport(models.Model):
    """A report as it was issued, never changed: a correction has the same number and the next version.

    `area_key`: of area_filter, "" for the whole unit. `content`: reports.content.ReportContent as JSON. `note`: why it
    was corrected.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    area_key = models.CharField(max_length=40, blank=True)
    first = models.DateField()
    last = models.DateField()
    content = models.JSONField(encoder=DjangoJSONEncoder)
    note = models.CharField(max_length=300, blank=True)
    template = models.ForeignKey("stats.ReportTemplate", models.PROTECT, null=True, related_name="+")  # null: our own
    issued_by = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "number", "version"], name="stats_report_number_once"),
            models.CheckConstraint(name="stats_report_period", condition=Q(last__gte=models.F("first"))),
        ]
        indexes = [models.Index(fields=["unit", "-id"], name="stats_report_unit")]


class SavedQuestion(models.Model):
    """A question that an officer saved. `query`: the fields of its address; no numbers."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    officer = models.ForeignKey("people.Officer", models.CASCADE, related_name="+")
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=500)
    is_shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "name"], name="stats_question_once")]
        indexes = [models.Index(fields=["unit", "name"], name="stats_question_unit")]


class Mailing(models.Model):
    """Numbers that an officer gets by mail on a schedule: a saved question, the reports issued since the last mail
    (`has_reports`), or the ledger of their area.

    `address`: of a domain that the operator allows. `next_on`: the day of the next mail; `failures`: attempts since
    the last one that was sent.
    """

    class Schedule(models.TextChoices):
        DAILY = "DAILY", _("Hằng ngày")
        WEEKLY = "WEEKLY", _("Thứ Hai hằng tuần")
        MONTHLY = "MONTHLY", _("Ngày 1 hằng tháng")

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    officer = models.ForeignKey("people.Officer", models.CASCADE, related_name="+")
    question = models.ForeignKey(SavedQuestion, models.CASCADE, null=True, related_name="+")
    has_reports = models.BooleanField(default=False, db_default=False)
    address = models.EmailField(max_length=120)
    schedule = models.CharField(max_length=8, choices=Schedule.choices)
    next_on = models.DateField()
    failures = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["officer", "question", "has_reports", "schedule"],
                name="stats_mailing_content_once",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["next_on"], name="stats_mailing_due")]


class ReportTemplate(models.Model):
    """A Word file with fields that a unit uses for its reports; the newest active one is in use, none is deleted."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    file = models.BinaryField()
    is_active = models.BooleanField(default=True)
    uploaded_by = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit"], condition=Q(is_active=True), name="stats_template_in_use_once")
        ]


class RemarkRequest(models.Model):
    """The province asks its communes for remarks on a period, to be part of its report."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    first = models.DateField()
    last = models.DateField()
    due_on = models.DateField()
    question = models.CharField(max_length=500)
    asked_by = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "last"], name="stats_remark_request_once"),
            models.CheckConstraint(name="stats_remark_request_period", condition=Q(last__gte=models.F("first"))),
        ]


class UnitRemark(models.Model):
    """The remark of one unit, empty until it answers. `reminders`: how often it was reminded."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    request = models.ForeignKey(RemarkRequest, models.CASCADE, related_name="remarks")
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    text = models.CharField(max_length=2000, blank=True)
    officer = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "unit"], name="stats_remark_once")]
        indexes = [models.Index(fields=["unit"], condition=Q(answered_at=None), name="stats_remark_open")]


class OpenDataRelease(models.Model):
    """Suppressed numbers of a month, released for everybody; a correction is the next version."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    month = models.DateField()
    version = models.PositiveSmallIntegerField(default=1)
    content = models.JSONField()
    released_by = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    released_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "version"], name="stats_release_once")]
