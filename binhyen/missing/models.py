"""Records of missing and unidentified people, sightings, searched areas. Visible as their case is."""

from django.db import models
from django.db.models import F, Q

from binhyen.kit.ids import generate_code, generate_uuid7
from binhyen.missing.rules.records import (
    MOVEMENT_LABELS,
    PERSON_KIND_LABELS,
    RELEASE_GROUND_LABELS,
    SEX_LABELS,
    SIDE_LABELS,
    SIGHTING_VERDICT_LABELS,
    SightingVerdict,
)


class PersonRecord(models.Model):
    """A missing or unidentified person. Its case has owner, state and outcome.

    `health` is for officers alone. `contact`: the family, whose phone is sealed in the vault. The release
    columns say on which ground and until which day the appeal is public; `recalled_at` ends it.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    case = models.OneToOneField("cases.Case", models.CASCADE, related_name="+")
    side = models.CharField(max_length=12, choices=[(s.value, label) for s, label in SIDE_LABELS.items()])
    kind = models.CharField(max_length=8, choices=[(k.value, label) for k, label in PERSON_KIND_LABELS.items()])
    name = models.CharField(max_length=80, blank=True)
    other_names = models.CharField(max_length=120, blank=True)  # separated by commas
    age_low = models.PositiveSmallIntegerField(null=True)
    age_high = models.PositiveSmallIntegerField(null=True)
    sex = models.CharField(max_length=7, choices=[(s.value, label) for s, label in SEX_LABELS.items()])
    clothes = models.CharField(max_length=160, blank=True)
    marks = models.CharField(max_length=160, blank=True)
    health = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=120, blank=True)
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    seen_at = models.DateTimeField()  # last seen, or found
    movement = models.CharField(max_length=9, choices=[(m.value, label) for m, label in MOVEMENT_LABELS.items()])
    contact = models.ForeignKey("vault.Reporter", models.SET_NULL, null=True, related_name="+")
    photo = models.ForeignKey("channels.Attachment", models.SET_NULL, null=True, related_name="+")
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    ground = models.CharField(
        max_length=9, choices=[(g.value, label) for g, label in RELEASE_GROUND_LABELS.items()], blank=True
    )
    ground_reason = models.CharField(max_length=200, blank=True)
    consent = models.ForeignKey("consents.Consent", models.SET_NULL, null=True, related_name="+")
    public_until = models.DateField(null=True)
    shows_photo = models.BooleanField(default=False)
    reviewed_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    recalled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["-released_at"],
                condition=Q(released_at__isnull=False, recalled_at__isnull=True),
                name="missing_appeals",
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="missing_reviewed_by_another",
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("released_by")),
            ),
            models.CheckConstraint(
                name="missing_release_has_ground",
                condition=Q(released_at__isnull=True) | (~Q(ground="") & Q(public_until__isnull=False)),
            ),
        ]


class Sighting(models.Model):
    """A sighting by anybody, on the appeal's page or by phone to the desk (`officer` entered it)."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    record = models.ForeignKey(PersonRecord, models.CASCADE, related_name="sightings")
    key_hash = models.CharField(max_length=64, unique=True)  # of the form: the same form sent twice is one sighting
    seen_at = models.DateTimeField()
    place = models.CharField(max_length=120)
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    text = models.CharField(max_length=500, blank=True)
    contact = models.ForeignKey("vault.Reporter", models.SET_NULL, null=True, related_name="+")
    photo = models.ForeignKey("channels.Attachment", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    verdict = models.CharField(
        max_length=9,
        choices=[(v.value, label) for v, label in SIGHTING_VERDICT_LABELS.items()],
        default=SightingVerdict.OPEN,
    )
    officer = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")


class SearchedArea(models.Model):
    """An area that a search party covered."""

    record = models.ForeignKey(PersonRecord, models.CASCADE, related_name="searched_areas")
    place = models.CharField(max_length=120)
    party = models.CharField(max_length=120)
    searched_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")


class AppealBulletin(models.Model):
    """A bulletin about a record, by its code: it is withdrawn when the appeal is recalled."""

    record = models.ForeignKey(PersonRecord, models.CASCADE, related_name="bulletins")
    code = models.CharField(max_length=8, unique=True)
    at = models.DateTimeField()


class CareRegistration(models.Model):
    """A person that may get lost, registered in advance by the family; their bracelet shows a code and nothing else.

    `photo`: for officers, and for the appeal once the person is searched for.
    `contact`: the family, sealed in the vault. `guardian_paper`: the signed consent of the representative.
    `last_case`: of the latest finder.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=[(k.value, label) for k, label in PERSON_KIND_LABELS.items()])
    name = models.CharField(max_length=80)
    other_names = models.CharField(max_length=120, blank=True)
    birth_year = models.PositiveSmallIntegerField(null=True)
    sex = models.CharField(max_length=7, choices=[(s.value, label) for s, label in SEX_LABELS.items()])
    marks = models.CharField(max_length=160, blank=True)
    habits = models.CharField(max_length=200, blank=True)  # places the person walks to
    health = models.CharField(max_length=200, blank=True)
    contact = models.ForeignKey("vault.Reporter", models.SET_NULL, null=True, related_name="+")
    guardian_paper = models.CharField(max_length=80)
    photo = models.ForeignKey("channels.Attachment", models.SET_NULL, null=True, related_name="+")
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    valid_until = models.DateField()
    ended_at = models.DateTimeField(null=True)
    last_case = models.ForeignKey("cases.Case", models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["unit", "-id"], name="missing_care_unit")]
