"""Consents: subject, purpose, text version, end date, and withdrawal."""

from django.db import models

from binhyen.consents.rules import BY_LABELS, LABELS, ConsentFacts
from binhyen.kit.ids import generate_code, generate_uuid7


class Consent(models.Model):
    """A consent under a pseudonym, of the person or for a child. Only `withdrawn_at` is ever set later.

    `code`: shown to officers. `officer`: recorded it; null where the person did it on the page.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    reporter = models.ForeignKey("vault.Reporter", models.CASCADE, null=True, related_name="consents")
    case = models.ForeignKey("cases.Case", models.SET_NULL, null=True, related_name="+")
    unit = models.ForeignKey("areas.Unit", models.PROTECT, null=True, related_name="+")  # the unit that may rely on it
    purpose = models.CharField(max_length=8, choices=[(p.value, label) for p, label in LABELS.items()])
    version = models.PositiveSmallIntegerField()  # of the shown text: rules.CONSENT_TEXTS
    by = models.CharField(max_length=16, choices=[(b.value, label) for b, label in BY_LABELS.items()])
    age = models.PositiveSmallIntegerField(null=True)  # of the child it is about
    child_agreed = models.BooleanField(default=False)
    proof = models.CharField(max_length=200, blank=True)  # how it was given: «giấy ký ngày …», never a name
    given_at = models.DateTimeField()
    until = models.DateField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    officer = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["case"]), models.Index(fields=["reporter"])]

    @property
    def facts(self) -> ConsentFacts:
        return ConsentFacts(
            self.purpose, self.by, self.age, self.child_agreed, self.until, self.withdrawn_at is not None
        )
