"""Needs of people in hardship, pledges and deliveries. Visible as their case is; the public page names no household."""

from django.db import models
from django.db.models import F, Q

from binhyen.aid.rules import (
    DONOR_LABELS,
    KIND_LABELS,
    MAX_NAME_CHARS,
    MAX_NOTE_CHARS,
    MAX_REASON_CHARS,
    MAX_SUMMARY_CHARS,
    MAX_UNIT_NAME_CHARS,
    PledgeFacts,
    PledgeState,
)
from binhyen.kit.ids import generate_code, generate_uuid7


class Need(models.Model):
    """The need of a household. Its case has owner, state and outcome; `summary` and `unit_name` are public.

    `household_key`, `place_key`: normal forms to find double aid. `delivered` is counted with each delivery.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    case = models.OneToOneField("cases.Case", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=[(k.value, label) for k, label in KIND_LABELS.items()])
    summary = models.CharField(max_length=MAX_SUMMARY_CHARS)
    unit_name = models.CharField(max_length=MAX_UNIT_NAME_CHARS)
    needed = models.PositiveIntegerField()
    delivered = models.PositiveIntegerField(default=0)
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    household = models.CharField(max_length=100)
    household_place = models.CharField(max_length=120, blank=True)
    household_key = models.CharField(max_length=100)
    place_key = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=MAX_REASON_CHARS, blank=True)
    search_text = models.CharField(max_length=200)  # folded public columns
    is_public = models.BooleanField(default=True)  # once verified
    by_team = models.BooleanField(default=False)  # entered by the village team
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    verified_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField(null=True)
    check_note = models.CharField(max_length=MAX_NOTE_CHARS, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="aid_needed_positive", condition=Q(needed__gte=1)),
            models.CheckConstraint(name="aid_delivered_within", condition=Q(delivered__lte=F("needed"))),
            models.CheckConstraint(
                name="aid_second_person",
                condition=Q(by_team=False) | Q(verified_by=None) | ~Q(verified_by=F("officer")),
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(is_public=True, verified_at__isnull=False), name="aid_board"),
            models.Index(fields=["household_key"], name="aid_household"),
        ]


class Pledge(models.Model):
    """Units that a donor promised; reserved until `expires_at`. `reporter`: the sealed contact, given with consent.

    `donor_name` is public if `is_named`, decided by an officer with a delivery, while `consent` is in force.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    need = models.ForeignKey(Need, models.CASCADE, related_name="pledges")
    link_hash = models.CharField(max_length=64, unique=True)
    donor_kind = models.CharField(max_length=12, choices=[(k.value, label) for k, label in DONOR_LABELS.items()])
    donor_name = models.CharField(max_length=MAX_NAME_CHARS, blank=True)
    is_named = models.BooleanField(default=False)
    consent = models.ForeignKey("consents.Consent", models.SET_NULL, null=True, related_name="+")
    reporter = models.ForeignKey("vault.Reporter", models.SET_NULL, null=True, related_name="+")
    has_contact = models.BooleanField(default=False)
    units = models.PositiveIntegerField()
    delivered = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=9, choices=[(s.value, s.value) for s in PledgeState], default="RESERVED")
    expires_at = models.DateTimeField()
    note = models.CharField(max_length=MAX_NOTE_CHARS, blank=True)  # by the donor: when and how they bring it
    answer = models.CharField(max_length=MAX_NOTE_CHARS, blank=True)  # by the desk, shown behind the donor's link
    officer = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")  # null: from the page
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="aid_pledge_positive", condition=Q(units__gte=1)),
            models.CheckConstraint(name="aid_pledge_delivered", condition=Q(delivered__lte=F("units"))),
        ]

    @property
    def facts(self) -> PledgeFacts:
        return PledgeFacts(self.units, self.delivered, self.state, self.expires_at)


class AidDelivery(models.Model):
    """Units handed over to the household; never changed. `minutes`: number of the signed minutes."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    need = models.ForeignKey(Need, models.CASCADE, related_name="deliveries")
    number = models.PositiveSmallIntegerField()
    pledge = models.ForeignKey(Pledge, models.CASCADE, null=True, related_name="deliveries")  # null: of the police
    units = models.PositiveIntegerField()
    receiver = models.CharField(max_length=100)
    minutes = models.CharField(max_length=60)
    note = models.CharField(max_length=MAX_NOTE_CHARS, blank=True)
    day = models.DateField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="aid_delivery_positive", condition=Q(units__gte=1)),
            models.UniqueConstraint(fields=["need", "number"], name="aid_delivery_once"),
        ]
