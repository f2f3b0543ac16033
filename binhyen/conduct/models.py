"""Models of complaints about police: plaintext data beside the sealed texts. No texts and no names."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy

from binhyen.kit.ids import generate_uuid7


class Complaint(models.Model):
    """A complaint about police.

    `case`: its clocks, state and outcome, in no list. `veto`: its desk and excluded conflict keys. `owner`: name of its
    texts in the vault. `wrapped`: the conversation key for the holder of the status link, encrypted with that link or
    to the key of its page.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="+")
    veto = models.OneToOneField("people.ConflictRule", models.PROTECT, related_name="+")
    lock = models.ForeignKey("vault.ConversationKey", models.SET_NULL, null=True, related_name="+")
    owner = models.CharField(max_length=60)
    page_wrapped_key = models.BinaryField(default=b"")
    subject_ranks = ArrayField(models.CharField(max_length=10), default=list)  # possible subjects
    urgency = models.PositiveSmallIntegerField(default=1)
    last_message_at = models.DateTimeField()  # the reporter's last message
    answered_at = models.DateTimeField(null=True)  # our last answer

    class Meta:
        indexes = [models.Index(fields=["-last_message_at"], name="conduct_told")]


class DeskTransfer(models.Model):
    """Transfer of a complaint to a desk, with its reason; never changed."""

    class Why(models.TextChoices):
        CAME = "CAME", gettext_lazy("Mới đến")
        NAMED = "NAMED", gettext_lazy("Rõ về ai")
        TAKEN = "TAKEN", gettext_lazy("Cấp trên rút lên")
        NOBODY = "NOBODY", gettext_lazy("Nơi nhận không còn người xử lý")

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="moves")
    desk = models.CharField(max_length=12)
    why = models.CharField(max_length=8, choices=Why.choices)
    reason = models.BinaryField(default=b"")  # encrypted to the conversation key
    officer = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()


class File(models.Model):
    """A picture or file of a complaint.

    Both files on disk are encrypted to the complaint's key (`FILE` contexts of channels/services/media.py).
    `original` "": the custodians hold it, of a case that an officer recognised.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="files")
    kind = models.CharField(max_length=12)
    original = models.CharField(max_length=120, blank=True)  # the original file
    preview = models.CharField(max_length=120, blank=True)  # a re-encoded picture, without metadata
    is_internal = models.BooleanField(
        default=False, db_default=False
    )  # an officer's evidence: hidden from the reporter
    at = models.DateTimeField()


class ComplaintAlarm(models.Model):
    """An alarm: a complaint waits for its handlers.

    `desk`: the highest one that it rings at; from the complaint's own desk up to there, all handlers without a conflict
    are alerted (HandlerAlert), until one acknowledges or the cause ends.
    """

    class Cause(models.TextChoices):
        URGENT = "URGENT", gettext_lazy("Khẩn")
        LATE = "LATE", gettext_lazy("Quá hạn")
        NOBODY = "NOBODY", gettext_lazy("Không còn ai được giải quyết")

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="alarms")
    cause = models.CharField(max_length=6, choices=Cause.choices)
    clock = models.CharField(max_length=20, blank=True)  # name of the overdue clock
    desk = models.CharField(max_length=12)
    raised_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)  # time of the next escalation; null: at the highest desk
    acknowledged_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["complaint", "cause", "clock"], name="conduct_complaintalarm_once")
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(acknowledged_at=None), name="conduct_complaintalarm_rings"),
        ]


class HandlerAlert(models.Model):
    """An alert that calls an officer to the custody page. Their ordinary pages know only that it exists."""

    alarm = models.ForeignKey(ComplaintAlarm, models.CASCADE, related_name="summons")
    officer = models.ForeignKey("people.Officer", models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alarm", "officer"], name="conduct_handleralert_once")]
