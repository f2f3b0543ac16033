"""What people ask about their data, what must be kept longer, what was deleted, and what went wrong."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from binhyen.kit.ids import code, uuid7
from binhyen.privacy.rules.alarms import Stage
from binhyen.privacy.rules.asking import LABELS, STATE_LABELS, State


class Request(models.Model):
    """A person asks about their own data. Their words go some time after the answer; kind and days stay.

    `link_hash`: of the status link it was asked on, so that the asker finds the answer when the report is gone.
    `apart`: asked by who had told about police, so the province's staff does not see that they ask. Decided once: what
    stood in a list stays there whatever its asker tells later, which is no part of its answer (services/carrying.py).
    `barred`: custodians it is kept from, because what was told of police then was told of them or a relative of theirs.
    """

    class Via(models.TextChoices):
        LINK = "LINK", gettext_lazy("trang theo dõi")
        CHAT = "CHAT", gettext_lazy("nhắn riêng")
        CHANNEL = "APP", gettext_lazy("rút tại kênh chat")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=code, unique=True)
    reporter = models.ForeignKey("vault.Reporter", models.SET_NULL, null=True, related_name="data_requests")
    conversation = models.ForeignKey("channels.Conversation", models.SET_NULL, null=True, related_name="+")
    link_hash = models.CharField(max_length=64, blank=True)
    apart = models.BooleanField(default=False)
    barred = ArrayField(models.BigIntegerField(), null=True)
    kind = models.CharField(max_length=8, choices=[(k.value, label) for k, label in LABELS.items()])
    via = models.CharField(max_length=4, choices=Via.choices)
    words = models.TextField(blank=True)
    state = models.CharField(
        max_length=8, choices=[(s.value, label) for s, label in STATE_LABELS.items()], default=State.OPEN
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    alarm = models.PositiveSmallIntegerField(default=Stage.QUIET)  # the loudest that was raised
    duty = models.CharField(max_length=9, blank=True)  # rules.keeping.Duty it was refused for
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
                fields=["reporter", "kind", "apart"],
                condition=Q(state__in=["OPEN", "GRANTED"]),
                name="privacy_request_once_each",
            ),
            models.CheckConstraint(
                name="privacy_request_answered", condition=Q(state="OPEN") | Q(answered_at__isnull=False)
            ),
        ]


class Hold(models.Model):
    """Somebody competent ordered that a case is kept beyond its time: protection of who told, a court, an appeal."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    until = models.DateField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class Sweep(models.Model):
    """One night's work on one class: how much went, and how it stood afterwards."""

    group = models.CharField(max_length=12)  # rules.times: code of the class
    at = models.DateTimeField()
    removed = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)  # over their time and still there: 0, or something is wrong
    oldest_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    failed = models.CharField(max_length=80, blank=True)  # name of the error that ended it

    class Meta:
        indexes = [models.Index(fields=["group", "-id"])]


class Breach(models.Model):
    """Personal data got out, was lost or changed. What happened is written once; steps are added."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=code, unique=True)
    found_at = models.DateTimeField()
    due_at = models.DateTimeField()
    alarm = models.PositiveSmallIntegerField(default=Stage.QUIET)  # the loudest that was raised
    what = models.TextField()
    who = models.TextField()  # groups of people, never a name
    people = models.PositiveIntegerField(null=True)
    measures = models.TextField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)  # to the authority
    told_at = models.DateTimeField(null=True)  # the people concerned
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(reported_at=None), name="privacy_breach_open")]


class BreachStep(models.Model):
    """What was done about it since. Never changed."""

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
