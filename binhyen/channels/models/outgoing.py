"""Outgoing messages and the data that outbound DLP needs."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from binhyen.channels.models.accounts import Channel
from binhyen.channels.models.groups import Group
from binhyen.channels.models.messages import Conversation
from binhyen.kit.ids import generate_uuid7


class Outgoing(models.Model):
    """An outgoing message with its whole life cycle: state, attempts, reason. `key` is the idempotency key."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Chờ gửi")
        SENDING = "SENDING", _("Đang gửi")
        SENT = "SENT", _("Đã gửi")
        DELIVERED = "DELIVERED", _("Đã đến máy")
        SEEN = "SEEN", _("Đã xem")
        DEAD = "DEAD", _("Không gửi được")
        CANCELLED = "CANCELLED", _("Đã bỏ")
        READING = "READING", _("Máy đang đọc lại")  # the asynchronous review of outbound DLP: services/async_dlp.py
        HELD = "HELD", _("Chờ người xem")  # quarantined by outbound DLP: channels/dlp

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True)
    channel = models.ForeignKey(Channel, models.PROTECT)
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, related_name="outgoing")
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="outgoing", db_index=False)
    unit = models.ForeignKey("areas.Unit", models.PROTECT, null=True)
    case = models.ForeignKey("cases.Case", models.SET_NULL, null=True, related_name="outgoing")
    officer = models.ForeignKey("people.Officer", models.SET_NULL, null=True)  # null: written by the system
    purpose = models.CharField(max_length=20)  # ACK, ANSWER, ASK, INVITE, MOVED, RULES, RESULT, REMIND
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)  # first attempt: the check for a lost receipt begins here
    sent_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    external_ids = models.JSONField(default=list)
    delivery_unknown = models.BooleanField(default=False)  # ask the channel before sending again
    dlp_findings = models.JSONField(default=list)  # why it is quarantined: kind, start, end in the text
    fingerprint_hits = models.PositiveSmallIntegerField(
        default=0, db_default=0
    )  # number of reports it repeated when it was checked
    priority = models.PositiveSmallIntegerField(default=0, db_default=0)  # above 0: sent before everything else
    buttons = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))  # [title, text it sends]
    media = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField())
    )  # kind, name and file of each; the file belongs to the feature that queued it
    quote_of = models.CharField(max_length=100, blank=True, db_default="")  # external id of the answered message
    shown_until = models.DateField(null=True)  # last day on which a child's details may be shown on our pages

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="channels_outgoing_one_target",
                condition=Q(conversation__isnull=False, group__isnull=True)
                | Q(conversation__isnull=True, group__isnull=False),
            )
        ]
        indexes = [
            models.Index(
                fields=["channel", "due_at"], condition=Q(state__in=["QUEUED", "SENDING"]), name="channels_outgoing_due"
            ),
            models.Index(
                fields=["channel", "due_at"],
                condition=Q(state__in=["QUEUED", "SENDING"], priority__gt=0),
                name="channels_outgoing_urgent",
            ),
            models.Index(fields=["unit", "-id"], condition=Q(state="DEAD"), name="channels_outgoing_dead"),
            models.Index(fields=["case", "id"]),
            models.Index(fields=["conversation", "id"]),
            models.Index(fields=["group", "-id"], condition=Q(group__isnull=False), name="channels_outgoing_group"),
            models.Index(fields=["unit", "-id"], condition=Q(state="HELD"), name="channels_outgoing_held"),
            models.Index(fields=["id"], condition=Q(state="READING"), name="channels_outgoing_reading"),
            models.Index(fields=["officer"], condition=Q(fingerprint_hits__gt=0), name="channels_outgoing_echoes"),
            models.Index(
                fields=["shown_until"], condition=Q(shown_until__isnull=False), name="channels_outgoing_until"
            ),
        ]


class PublishedText(models.Model):
    """A phone number or mailbox that a unit published itself; outbound DLP lets it pass.

    `value`: digits, or as written.
    """

    unit = models.ForeignKey("areas.Unit", models.CASCADE, related_name="+")
    value = models.CharField(max_length=80)
    officer = models.ForeignKey("people.Officer", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "value"], name="channels_publishedtext_once")]


class TextFingerprint(models.Model):
    """Keyed fingerprints of the particulars of a confidential report (channels/dlp/source_fingerprints.py).

    They reveal whether a text repeats the report and cannot be read. Only the worker has the key. `source`: public id
    of a message or a tip.
    """

    source = models.UUIDField(db_index=True)
    unit = models.ForeignKey("areas.Unit", models.CASCADE, null=True, related_name="+")  # receiver; null: before 0018
    prints = ArrayField(models.BigIntegerField())
    until = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [GinIndex(fields=["prints"], name="channels_fingerprint_gin", fastupdate=False)]


class DlpOverride(models.Model):
    """A report that went to another unit with its case: group messages of that unit are compared with it, too."""

    source = models.UUIDField(db_index=True)  # as in `TextFingerprint`
    unit = models.ForeignKey("areas.Unit", models.CASCADE, related_name="+")
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "unit"], name="channels_dlpoverride_once")]


class ChildGround(models.Model):
    """Why a child's details were sent, and until when: a consent, or an emergency. Never changed."""

    class Kind(models.TextChoices):
        CONSENT = "CONSENT", _("Cha mẹ hoặc người giám hộ đồng ý; trẻ từ 7 tuổi cũng đồng ý")
        EMERGENCY = "EMERGENCY", _("Khẩn cấp, vì an toàn của trẻ")

    outgoing = models.OneToOneField(Outgoing, models.CASCADE, related_name="child_ground")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    reason = models.CharField(max_length=300)
    until = models.DateField()
    consent = models.ForeignKey("consents.Consent", models.SET_NULL, null=True, related_name="+")
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()
