"""A complaint about police: what is kept beside its sealed words. No words, no name of anybody."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy

from binhyen.kit.ids import uuid7


class Complaint(models.Model):
    """`case`: its clocks, state and outcome, in no list. `veto`: the desk it lies at and from whom it is kept. `owner`:
    how the vault calls its words. `wrapped`: the lock's private half for who holds the status link, under that link.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="+")
    veto = models.OneToOneField("people.Veto", models.PROTECT, related_name="+")
    lock = models.ForeignKey("vault.Lock", models.SET_NULL, null=True, related_name="+")
    owner = models.CharField(max_length=60)
    wrapped = models.BinaryField(default=b"")
    ranks = ArrayField(models.CharField(max_length=10), default=list)  # whom it may be about
    urgency = models.PositiveSmallIntegerField(default=1)
    told_at = models.DateTimeField()  # the person's last word
    answered_at = models.DateTimeField(null=True)  # ours

    class Meta:
        indexes = [models.Index(fields=["-told_at"], name="conduct_told")]


class Move(models.Model):
    """A complaint came to a desk, and why; never changed."""

    class Why(models.TextChoices):
        CAME = "CAME", gettext_lazy("Mới đến")
        NAMED = "NAMED", gettext_lazy("Rõ về ai")
        TAKEN = "TAKEN", gettext_lazy("Cấp trên rút lên")
        NOBODY = "NOBODY", gettext_lazy("Nơi nhận không còn người xử lý")

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="moves")
    desk = models.CharField(max_length=12)
    why = models.CharField(max_length=8, choices=Why.choices)
    reason = models.BinaryField(default=b"")  # sealed to the conversation's lock
    officer = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
