"""Weapons handed in: record of a case, its weapons, append-only custody, receipt, appointments, campaigns.

A record is visible as its case. Names and storage places (custody, receipt) are for chiefs, the province's duty desk
and the officer of the record (`people/access.py: filter_weapon_custody`).
"""

from django.db import models

from binhyen.kit.ids import generate_code, generate_uuid7
from binhyen.weapons.rules import (
    DAY_PART_LABELS,
    MEASURE_LABELS,
    VISIT_MODE_LABELS,
    WEAPON_KIND_LABELS,
    WEAPON_ORIGIN_LABELS,
    WEAPON_STEP_LABELS,
)

_STEP_CHOICES = [(step.value, label) for step, label in WEAPON_STEP_LABELS.items()]


class WeaponRecord(models.Model):
    """Weapons handed in or seized in a case. Its case has owner, state and outcome."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    case = models.OneToOneField("cases.Case", models.CASCADE, related_name="+")
    origin = models.CharField(max_length=10, choices=[(o.value, label) for o, label in WEAPON_ORIGIN_LABELS.items()])
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    completed_on = models.DateField(null=True)  # day that campaigns count; set when every weapon is accounted for

    class Meta:
        indexes = [models.Index(fields=["completed_on"], name="weapons_record_completed")]


class Weapon(models.Model):
    """A weapon, or several alike. `last_step`, `ended_at`: of its chain of custody."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    record = models.ForeignKey(WeaponRecord, models.CASCADE, related_name="weapons")
    kind = models.CharField(max_length=12, choices=[(k.value, label) for k, label in WEAPON_KIND_LABELS.items()])
    description = models.CharField(max_length=120)
    serial = models.CharField(max_length=40, blank=True)  # as stamped
    serial_key = models.CharField(max_length=40, blank=True, db_index=True)  # normalized
    quantity = models.PositiveIntegerField()
    measure = models.CharField(max_length=10, choices=[(m.value, label) for m, label in MEASURE_LABELS.items()])
    condition = models.CharField(max_length=200, blank=True)
    last_step = models.CharField(max_length=14, blank=True, choices=_STEP_CHOICES)
    ended_at = models.DateTimeField(null=True)


class WeaponCustody(models.Model):
    """A step of the chain of custody; never changed. `digest`: over the fields and the digest before it."""

    weapon = models.ForeignKey(Weapon, models.CASCADE, related_name="custody")
    number = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=14, choices=_STEP_CHOICES)
    giver = models.CharField(max_length=120)
    receiver = models.CharField(max_length=120, blank=True)
    place = models.CharField(max_length=120, blank=True)
    seal = models.CharField(max_length=40, blank=True)
    paper = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["weapon", "number"], name="weapons_custody_once")]

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the fields under the digest."""
        words = (self.giver, self.receiver, self.place, self.seal, self.paper, self.note)
        return (str(self.weapon_id), str(self.number), self.step, *words, self.at.isoformat())


class WeaponReceipt(models.Model):
    """The receipt for the giver: signed by both, by officer and witness, or on paper (`paper`: its number)."""

    record = models.OneToOneField(WeaponRecord, models.CASCADE, related_name="receipt")
    giver_name = models.CharField(max_length=100, blank=True)  # empty: stays unnamed
    witness = models.CharField(max_length=100, blank=True)
    place = models.CharField(max_length=120, blank=True)
    seal = models.CharField(max_length=40, blank=True)
    paper = models.CharField(max_length=60, blank=True)
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    # strokes drawn on the screen: `kit/signature_strokes.py`
    giver_signature = models.TextField(blank=True, db_default="")
    officer_signature = models.TextField(blank=True, db_default="")


class WeaponAppointment(models.Model):
    """When a weapon is brought or collected, as the person wished; `answered_at`: the police agreed."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=[(k.value, label) for k, label in WEAPON_KIND_LABELS.items()])
    mode = models.CharField(max_length=8, choices=[(m.value, label) for m, label in VISIT_MODE_LABELS.items()])
    day = models.DateField()
    part = models.CharField(max_length=10, choices=[(p.value, label) for p, label in DAY_PART_LABELS.items()])
    at = models.DateTimeField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "day", "part", "mode"], name="weapons_appointment_once")]


class WeaponCampaign(models.Model):
    """A campaign of a unit; its counters are the records completed in its days."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    starts_on = models.DateField()
    ends_on = models.DateField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["ends_on"], name="weapons_campaign_end")]
