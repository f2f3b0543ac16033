"""Scam indicators, the cases that report them, and disputes."""

from django.db import models
from django.db.models import Q

from binhyen.kit.ids import generate_uuid7
from binhyen.scams.rules.indicators import KIND_LABELS, MAX_VALUE_CHARS
from binhyen.scams.rules.review import STATE_LABELS, DisputeState, IndicatorState
from binhyen.scams.rules.stopped import MAX_PROOF_CHARS, METHOD_LABELS


class Indicator(models.Model):
    """A phone, account, link, app or shop of fraud reports, in normal form.

    Counts are of its `reports`, updated with them; `last_at` is the opening of the latest case.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=list(KIND_LABELS.items()))
    value = models.CharField(max_length=MAX_VALUE_CHARS)
    state = models.CharField(max_length=8, choices=list(STATE_LABELS.items()), default=IndicatorState.REPORTED)
    reporters = models.PositiveIntegerField(default=0)  # different people; the web form is one
    cases = models.PositiveIntegerField(default=0)
    communes = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    proposed_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    proposal_reason = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["value", "kind"], name="scams_indicator_once"),
            models.CheckConstraint(
                name="scams_two_people",
                condition=~Q(state=IndicatorState.VERIFIED)
                | (Q(proposed_by__isnull=False, decided_by__isnull=False) & ~Q(proposed_by=models.F("decided_by"))),
            ),
        ]
        indexes = [
            models.Index(fields=["-reporters", "-id"], name="scams_most_reported"),
            models.Index(fields=["last_at"], name="scams_expiry"),
        ]


class IndicatorReport(models.Model):
    """An indicator in the messages of a case. `at`: the case's opening."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="reports")
    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="indicator_reports")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["indicator", "case"], name="scams_report_once")]
        indexes = [models.Index(fields=["indicator", "at"], name="scams_report_curve")]


class StoppedFraud(models.Model):
    """A fraud that was stopped before the money was gone: how much, how, and what proves it. Ends its case."""

    case = models.OneToOneField("cases.Case", models.CASCADE, related_name="+")
    amount = models.BigIntegerField()  # đồng that the victim kept or got back; 0: no sum was named
    method = models.CharField(max_length=10, choices=list(METHOD_LABELS.items()))
    proof = models.CharField(max_length=MAX_PROOF_CHARS)
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="scams_amount_not_negative", condition=Q(amount__gte=0))]


class PictureText(models.Model):
    """Numbers and links that an officer typed from the pictures of a fraud case; read like its messages."""

    case = models.OneToOneField("cases.Case", models.CASCADE, related_name="+")
    text = models.TextField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Dispute(models.Model):
    """An objection to a public warning, without a name. Its answer shows when the indicator is checked again."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="disputes")
    statement = models.TextField()
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=[(s, s) for s in DisputeState], default=DisputeState.OPEN)
    answer = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["indicator"], condition=Q(state=DisputeState.OPEN), name="scams_open_dispute")]
