"""Our accounts on the kinds of channels, and what comes in from them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from binhyen.channels.credentials import Opened
from binhyen.kit.ids import uuid7


class Channel(models.Model):
    """One account on one kind of channel, e.g. the province's Official Account. `settings`: nothing secret."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True)  # set when the channel refuses everything for a while
    paused_reason = models.CharField(max_length=200, blank=True)


class Credential(Opened, models.Model):
    """Secrets of a channel, sealed: to the process that sends (all of them), to the door (what signs webhooks).

    The refresh token is single-use: it is read and replaced under a row lock only.
    """

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True)
    sealed = models.BinaryField(default=b"")  # JSON: app_secret, webhook_secret, access_token, refresh_token
    door_sealed = models.BinaryField(default=b"")  # JSON: app_secret or webhook_secret, whichever signs
    expires_at = models.DateTimeField(null=True)
    refresh_started_at = models.DateTimeField(null=True)  # set while a refresh is under way
    lost_at = models.DateTimeField(null=True)  # the grant is gone: an operator must authorise again


class Inbound(models.Model):
    """A webhook as it came, until it is read. The raw body holds outside ids and words: it is sealed to the reader at
    the door, and goes as soon as it was read.
    """

    class State(models.TextChoices):
        PENDING = "PENDING", _("Chờ đọc")
        DONE = "DONE", _("Đã đọc")
        UNKNOWN = "UNKNOWN", _("Sự kiện lạ")
        DEAD = "DEAD", _("Không đọc được")

    channel = models.ForeignKey(Channel, models.PROTECT)
    outside_id = models.CharField(max_length=100)
    event = models.CharField(max_length=60)
    raw = models.BinaryField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "outside_id"], name="channels_inbound_once")]
        indexes = [models.Index(fields=["id"], condition=Q(state="PENDING"), name="channels_inbound_pending")]


class EventCount(models.Model):
    """How many events of a name a channel sent on a day; unknown names show up here."""

    channel = models.ForeignKey(Channel, models.CASCADE)
    day = models.DateField()
    event = models.CharField(max_length=60)
    known = models.BooleanField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "day", "event"], name="channels_event_count_once")]
