"""Subscriptions of browsers and e-mail addresses, notices, and the delivery of each notice to each subscription."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from binhyen.channels.models.accounts import Channel
from binhyen.kit.ids import generate_uuid7


class PushSubscription(models.Model):
    """A browser or e-mail address that accepts notices: of an officer for alarms, or of a citizen for bulletins.

    `officer` null: a citizen. Address and keys are encrypted for the sender process; `endpoint_hash` finds the row
    again: of a browser's address, which has 128 random bits or more, or a keyed hash of an e-mail address. `area` null:
    the whole province; `topics` empty: all. `is_pending`: an e-mail address whose owner has not confirmed it yet;
    `token_hash`: of the token in the links of its letters.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    officer = models.ForeignKey("people.Officer", models.CASCADE, null=True, related_name="+")
    area = models.ForeignKey("areas.Area", models.CASCADE, null=True, related_name="+")
    topics = ArrayField(models.CharField(max_length=12), default=list)
    sealed = models.BinaryField(default=b"")  # JSON of kinds/webpush/adapter.py: Device; empty once it has ended
    endpoint_hash = models.CharField(max_length=64)
    browser = models.CharField(max_length=40, blank=True)
    is_pending = models.BooleanField(default=False, db_default=False)
    token_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_code = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint_hash", "is_pending"], condition=Q(ended_at=None), name="channels_subscription_once"
            )
        ]
        indexes = [
            models.Index(fields=["officer"], condition=Q(ended_at=None), name="channels_push_officer"),
            models.Index(fields=["id"], condition=Q(ended_at=None, officer=None), name="channels_push_citizens"),
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="channels_push_ended"),
            models.Index(fields=["token_hash"], condition=~Q(token_hash=""), name="channels_push_mail"),
        ]


class PushNotice(models.Model):
    """A notice to officers, or to the citizens that subscribed to an area and topic. Holds no personal data.

    `subscription`: it asks one address for confirmation. `officers`: their ids; null: citizens. `areas`: ids of
    communes; null: the whole province. `cursor`: the last subscription for which a delivery exists, so that a killed
    sender continues there.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    subscription = models.ForeignKey(PushSubscription, models.CASCADE, null=True, related_name="+")
    officers = ArrayField(models.BigIntegerField(), null=True)
    areas = ArrayField(models.BigIntegerField(), null=True)
    topic = models.CharField(max_length=12, blank=True)  # of the bulletin
    case = models.ForeignKey("cases.Case", models.SET_NULL, null=True, related_name="+")  # to acknowledge its alarm
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=300, blank=True)
    mail_text = models.TextField(blank=True, default="", db_default="")  # the whole text, where it goes by e-mail
    url = models.CharField(max_length=200)  # path on our pages
    replaces = models.CharField(max_length=32, blank=True)  # notices with the same name replace each other
    is_urgent = models.BooleanField(default=False)
    only_reached = models.BooleanField(default=False)  # only devices that may have got a notice of the same name
    only_local = models.BooleanField(default=False, db_default=False)  # not for subscriptions to the whole province
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    cursor = models.BigIntegerField(default=0)
    spread_at = models.DateTimeField(null=True)  # every subscription has its delivery
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "-is_urgent", "id"], condition=Q(spread_at=None), name="channels_push_open"
            ),
            models.Index(fields=["replaces"], condition=~Q(replaces=""), name="channels_push_replaces"),
            models.Index(fields=["expires_at"], name="channels_push_expiry"),
        ]


class PushDelivery(models.Model):
    """One notice for one subscription. `is_uncertain`: an attempt got no answer, so it may have arrived, perhaps twice.

    UNKNOWN: given up without knowing whether it arrived.
    """

    class State(models.TextChoices):
        SENDING = "SENDING", _("Đang gửi")
        QUEUED = "QUEUED", _("Chờ gửi lại")
        SENT = "SENT", _("Đã gửi")
        DEAD = "DEAD", _("Không gửi được")
        UNKNOWN = "UNKNOWN", _("Không rõ có đến không")
        CANCELLED = "CANCELLED", _("Đã bỏ")

    notice = models.ForeignKey(PushNotice, models.CASCADE, related_name="deliveries")
    subscription = models.ForeignKey(PushSubscription, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State.choices, default=State.SENDING)
    attempts = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField()  # of the next attempt; while SENDING: when another sender may take it
    sent_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=20, blank=True)
    is_uncertain = models.BooleanField(default=False)
    token_hash = models.CharField(max_length=64, blank=True)  # of the token that acknowledges from the notification
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "subscription"], name="channels_pushdelivery_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["SENDING", "QUEUED"]), name="channels_push_due"),
            models.Index(fields=["token_hash"], condition=~Q(token_hash=""), name="channels_push_token"),
        ]
