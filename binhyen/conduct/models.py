"""A complaint about police: what is kept beside its sealed words. No words, no name of anybody."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy

from binhyen.kit.ids import uuid7


class Complaint(models.Model):
    """`case`: its clocks, state and outcome, in no list. `veto`: the desk it lies at and from whom it is kept. `owner`:
    how the vault calls its words. `wrapped`: the lock's private half for who holds the status link, under that link or
    sealed to the key of its page.
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


class File(models.Model):
    """A picture or file of a complaint. Both files on disk are sealed to the complaint's lock (`FILE` contexts of
    channels/services/apart.py). `original` "": it lies with the custodians, of a case that an officer recognised.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="files")
    kind = models.CharField(max_length=12)
    original = models.CharField(max_length=120, blank=True)  # as it came
    shown = models.CharField(max_length=120, blank=True)  # a picture made anew, without metadata
    ours = models.BooleanField(default=False, db_default=False)  # an officer's proof: who told does not see it
    at = models.DateTimeField()


class Alarm(models.Model):
    """A complaint waits for its handlers. `desk`: the highest one that it rings at; from the complaint's own up to
    there everybody without a conflict hears it (Summons), until somebody acknowledges or its cause is over.
    """

    class Cause(models.TextChoices):
        URGENT = "URGENT", gettext_lazy("Khẩn")
        LATE = "LATE", gettext_lazy("Quá hạn")
        NOBODY = "NOBODY", gettext_lazy("Không còn ai được giải quyết")

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="alarms")
    cause = models.CharField(max_length=6, choices=Cause.choices)
    clock = models.CharField(max_length=20, blank=True)  # which one is over
    desk = models.CharField(max_length=12)
    raised_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)  # when it goes a desk up; null: it is at the highest
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["complaint", "cause", "clock"], name="conduct_alarm_once")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(ended_at=None), name="conduct_alarm_rings"),
        ]


class Summons(models.Model):
    """An officer is called to the custody page. All that their ordinary pages know of it is that it is there."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="summons")
    officer = models.ForeignKey("people.Officer", models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alarm", "officer"], name="conduct_summons_once")]
