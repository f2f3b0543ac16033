"""Models of privacy: data subject requests, legal holds, sweeps, breaches."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from binhyen.kit.ids import generate_code, generate_uuid7
from binhyen.privacy.rules.breaches import AlertStage
from binhyen.privacy.rules.data_requests import LABELS, STATE_LABELS, DataRequestState


class Request(models.Model):
    """A data subject request. Its text is deleted some time after the answer; kind and dates stay.

    `link_hash`: of the status link used, so that the person finds the answer after the report is deleted. `apart`: the
    person had complained about police, so the province's staff does not see the request. Decided once: a listed request
    stays listed after any later report, and later reports are no part of its answer
    (services/fulfilment.py). `excluded_officers`: custodians excluded because that complaint is about them or a
    relative.
    """

    class Via(models.TextChoices):
        LINK = "LINK", gettext_lazy("trang theo dõi")
        CHAT = "CHAT", gettext_lazy("nhắn riêng")
        CHANNEL = "APP", gettext_lazy("rút tại kênh chat")

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    reporter = models.ForeignKey("vault.Reporter", models.SET_NULL, null=True, related_name="data_requests")
    conversation = models.ForeignKey("channels.Conversation", models.SET_NULL, null=True, related_name="+")
    link_hash = models.CharField(max_length=64, blank=True)
    is_restricted = models.BooleanField(default=False)
    excluded_officers = ArrayField(models.BigIntegerField(), null=True)
    kind = models.CharField(max_length=8, choices=[(k.value, label) for k, label in LABELS.items()])
    via = models.CharField(max_length=4, choices=Via.choices)
    words = models.TextField(blank=True)
    state = models.CharField(
        max_length=8, choices=[(s.value, label) for s, label in STATE_LABELS.items()], default=DataRequestState.OPEN
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    alarm = models.PositiveSmallIntegerField(default=AlertStage.QUIET)  # the highest stage raised so far
    duty = models.CharField(max_length=9, blank=True)  # rules.retention.RetentionDuty of the refusal
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="OPEN"), name="privacy_request_open"),
            models.Index(fields=["link_hash"], condition=~Q(link_hash=""), name="privacy_request_link"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["reporter", "kind", "is_restricted"],
                condition=Q(state__in=["OPEN", "GRANTED"]),
                name="privacy_request_once_each",
            ),
            models.CheckConstraint(
                name="privacy_request_answered", condition=Q(state="OPEN") | Q(answered_at__isnull=False)
            ),
        ]


class Hold(models.Model):
    """Legal hold: a case is stored beyond its period, for the protection of a reporter, a court, an appeal."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    until = models.DateField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class Sweep(models.Model):
    """Result of one night's sweep of one class: deleted rows, and the status afterwards."""

    group = models.CharField(max_length=12)  # rules.retention_periods: code of the class
    at = models.DateTimeField()
    removed = models.PositiveIntegerField(default=0)
    retained = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)  # overdue rows still there: 0, or something is wrong
    oldest_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    failed = models.CharField(max_length=80, blank=True)  # name of the error that ended it

    class Meta:
        indexes = [models.Index(fields=["group", "-id"])]


class Breach(models.Model):
    """Personal data breach: disclosure, loss or change. The report is written once; steps are added."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    found_at = models.DateTimeField()
    due_at = models.DateTimeField()
    alarm = models.PositiveSmallIntegerField(default=AlertStage.QUIET)  # the highest stage raised so far
    what = models.TextField()
    who = models.TextField()  # groups of people, never a name
    people = models.PositiveIntegerField(null=True)
    measures = models.TextField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)  # to the authority
    notified_at = models.DateTimeField(null=True)  # notice to the people concerned
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(reported_at=None), name="privacy_breach_open")]


class BreachStep(models.Model):
    """A later step of a breach. Never changed."""

    class Kind(models.TextChoices):
        MEASURE = "MEASURE", gettext_lazy("Đã làm thêm")
        REPORTED = "REPORTED", gettext_lazy("Đã báo cơ quan chuyên trách")
        TOLD = "TOLD", gettext_lazy("Đã báo người bị ảnh hưởng")
        CLOSED = "CLOSED", gettext_lazy("Kết thúc")

    breach = models.ForeignKey(Breach, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = models.TextField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
