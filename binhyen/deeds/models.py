"""Good deeds: the person is named only with a consent; withdrawn, the texts go and a number stays."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from binhyen.deeds.rules import DEED_KIND_LABELS, DEED_STATE_LABELS, DeedState
from binhyen.kit.ids import generate_code, generate_uuid7


class Deed(models.Model):
    """A good deed of one person in a closed case. Visible as its case; approved ones in public while consent lasts.

    `school`: of a pupil; `link_hash`: the school's page; `erased_at`: name and texts are gone.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="+")
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    consent = models.OneToOneField("consents.Consent", models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=[(k.value, label) for k, label in DEED_KIND_LABELS.items()])
    person_name = models.CharField(max_length=100, blank=True)
    text = models.CharField(max_length=300, blank=True)
    school = models.CharField(max_length=120, blank=True)
    school_class = models.CharField(max_length=20, blank=True)
    state = models.CharField(
        max_length=8, choices=[(s.value, label) for s, label in DEED_STATE_LABELS.items()], default=DeedState.DRAFT
    )
    author = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    decided_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved_on = models.DateField(null=True)  # the day of the roll and of the ledger
    reason = models.CharField(max_length=300, blank=True)  # of a refusal
    link_hash = models.CharField(max_length=64, null=True, unique=True)
    sent_at = models.DateTimeField(null=True)  # letter and link given to the school
    praised_on = models.DateField(null=True)
    school_note = models.CharField(max_length=300, blank=True)
    erased_at = models.DateTimeField(null=True)
    # codes of bulletins that name the person, until they are withdrawn
    bulletin_codes = ArrayField(models.CharField(max_length=8), default=list, db_default=[])

    class Meta:
        indexes = [
            models.Index(fields=["approved_on"], condition=Q(state="APPROVED", erased_at=None), name="deeds_roll"),
            models.Index(fields=["case"], name="deeds_case"),
        ]
        constraints = [
            models.CheckConstraint(
                name="deeds_decided_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("author")),
            )
        ]
