"""Found things with hidden details, claims, chain of custody and receipt. Visible as their case is."""

from django.db import models
from django.db.models import Q

from binhyen.found.rules import (
    CLAIM_LABELS,
    FIELD_LABELS,
    GROUND_LABELS,
    HOLDER_LABELS,
    KIND_LABELS,
    STEP_LABELS,
    ClaimState,
    FoundGround,
)
from binhyen.kit.ids import generate_code, generate_uuid7


class FoundItem(models.Model):
    """A found thing. Its case has owner, state and outcome; these columns may stand on the public board."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    case = models.OneToOneField("cases.Case", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=[(k.value, label) for k, label in KIND_LABELS.items()])
    description = models.CharField(max_length=120)
    brand = models.CharField(max_length=40, blank=True)
    colour = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=120, blank=True)
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    found_on = models.DateField()
    found_time = models.TimeField(null=True)  # Vietnamese time, for the desk: an owner is asked about it
    holder = models.CharField(max_length=8, choices=[(h.value, label) for h, label in HOLDER_LABELS.items()])
    value = models.BigIntegerField(null=True)  # estimate in đồng, for the shares of the Civil Code
    is_free_roaming = models.BooleanField(default=False)  # cattle
    ground = models.CharField(
        max_length=9,
        choices=[(g.value, label) for g, label in GROUND_LABELS.items()],
        default=FoundGround.DROPPED,
        db_default=FoundGround.DROPPED.value,
    )
    search_text = models.CharField(max_length=400)  # folded public columns
    announced_on = models.DateField(null=True)  # first day on the board; starts the period of the Civil Code
    is_public = models.BooleanField(default=False)
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["-id"], condition=Q(is_public=True), name="found_board"),
            models.Index(fields=["commune", "-id"], condition=Q(is_public=True), name="found_board_commune"),
        ]


class HiddenDetail(models.Model):
    """A detail that only the owner knows."""

    item = models.ForeignKey(FoundItem, models.CASCADE, related_name="details")
    field = models.CharField(max_length=10, choices=[(f.value, label) for f, label in FIELD_LABELS.items()])
    text = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "field"], name="found_detail_once")]


class Claim(models.Model):
    """A claim under a link that only the claimant has. No name: the claimant shows papers at the desk."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    item = models.ForeignKey(FoundItem, models.CASCADE, related_name="claims")
    link_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(
        max_length=8, choices=[(s.value, label) for s, label in CLAIM_LABELS.items()], default=ClaimState.OPEN
    )
    tries = models.PositiveSmallIntegerField(default=0)
    right = models.PositiveSmallIntegerField(default=0)  # matching answers of the last try
    answers = models.JSONField(default=dict)  # of the last try
    at = models.DateTimeField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(state=ClaimState.ACCEPTED), name="found_claim_accepted_once"
            )
        ]


class CustodyEntry(models.Model):
    """A step of the chain of custody; never changed. `digest`: over the fields and the digest before it."""

    item = models.ForeignKey(FoundItem, models.CASCADE, related_name="custody")
    number = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=12, choices=[(s.value, label) for s, label in STEP_LABELS.items()])
    giver = models.CharField(max_length=120)
    receiver = models.CharField(max_length=120)
    note = models.CharField(max_length=300, blank=True)  # condition, seal number, place
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="found_custody_once")]

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the fields under the digest."""
        moment = self.at.isoformat()
        return (str(self.item_id), str(self.number), self.step, self.giver, self.receiver, self.note, moment)


class Receipt(models.Model):
    """The hand-over receipt: signed by both, on the screen or on paper (`paper`: its number)."""

    item = models.OneToOneField(FoundItem, models.CASCADE, related_name="receipt")
    claim = models.ForeignKey(Claim, models.CASCADE, null=True, related_name="+")
    receiver_name = models.CharField(max_length=100)
    condition = models.CharField(max_length=200, blank=True)
    paper = models.CharField(max_length=60, blank=True)
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    # strokes drawn on the screen: `kit/signature_strokes.py`
    receiver_signature = models.TextField(blank=True, db_default="")
    officer_signature = models.TextField(blank=True, db_default="")
