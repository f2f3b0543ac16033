"""Messages received in private or in a group."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from binhyen.channels.models.accounts import Channel
from binhyen.channels.models.groups import Group
from binhyen.kit.ids import generate_uuid7
from binhyen.kit.ranked_search import search_vector


class Conversation(models.Model):
    """The private chat of one reporter on one channel."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    channel = models.ForeignKey(Channel, models.PROTECT)
    reporter = models.ForeignKey("vault.Reporter", models.CASCADE, related_name="conversations")
    last_interaction_at = models.DateTimeField(null=True)  # Zalo's 48 h and 7 day windows count from here
    unfollowed_at = models.DateTimeField(null=True)
    page_public_key = models.BinaryField(null=True, max_length=32)  # of the status page (intake/idempotency.py)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "reporter"], name="channels_conversation_once")]


class Message(models.Model):
    """A received message. Never a case by itself; deleted after `expires_at` unless a case holds it."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    channel = models.ForeignKey(Channel, models.PROTECT)
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, related_name="messages")
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="messages", db_index=False)
    reporter = models.ForeignKey("vault.Reporter", models.CASCADE, related_name="messages")
    unit = models.ForeignKey("areas.Unit", models.PROTECT, null=True)  # the unit that may assign it to a case
    external_id = models.CharField(max_length=100)
    text = models.TextField(blank=True)
    search_text = models.TextField(blank=True)  # text without diacritics, then normalised phones, plates, accounts
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()
    category = models.CharField(max_length=20, blank=True)
    urgency = models.PositiveSmallIntegerField(default=0)
    sensitive = models.BooleanField(default=False)
    reading = models.JSONField(default=dict)  # language.Reading as a dict
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    in_case = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True)  # null while a case holds it (no expiry)
    dismissed_at = models.DateTimeField(null=True)  # an officer put it aside: out of the list, deleted as before
    # A tip in a group: its text is only here, for holders of the tip key.
    ciphertext = models.BinaryField(null=True)
    lock = models.ForeignKey("vault.ConversationKey", models.SET_NULL, null=True, related_name="+")
    search = models.GeneratedField(
        expression=search_vector("search_text"), output_field=SearchVectorField(), db_persist=True
    )
    search_accented = SearchVectorField(default="", db_default="")  # accented words of the text: `kit/search_terms.py`

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="channels_message_once"),
            models.CheckConstraint(
                name="channels_empty_text_has_no_terms",
                condition=~Q(search_text="") | Q(Exact(Length("search_accented"), 0)),
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "-id"], condition=Q(in_case=False), name="channels_message_loose"),
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="channels_message_keep"),
            models.Index(fields=["conversation", "-id"]),
            models.Index(fields=["group", "-id"], condition=Q(group__isnull=False), name="channels_message_group"),
            # Messages that leave fingerprints for outbound DLP.
            models.Index(fields=["unit", "received_at"], condition=Q(sensitive=True), name="channels_message_told"),
            # Messages of a case are found through the case. New entries wait in a short pending list, so that inserts
            # stay cheap.
            GinIndex(
                fields=["search"],
                condition=Q(in_case=False),
                name="channels_message_search",
                fastupdate=True,
                gin_pending_list_limit=256,
            ),
            GinIndex(
                fields=["search_accented"],
                condition=Q(in_case=False),
                name="channels_message_accented_gin",
                fastupdate=True,
                gin_pending_list_limit=256,
            ),
        ]


class Flag(models.Model):
    """A group message that its officers should review (moderation), with a polite reply to suggest.

    A person decides.
    """

    class Kind(models.TextChoices):
        ABUSE = "abuse", _("Lời xúc phạm")
        ADVERT = "advert", _("Quảng cáo")
        BAIT_LINK = "bait_link", _("Đường dẫn đáng ngờ")
        THIRD_PARTY_DATA = "third_party_data", _("Lộ thông tin người khác")

    class State(models.TextChoices):
        OPEN = "OPEN", _("Chờ xem")
        ANSWERED = "ANSWERED", _("Đã nhắc")
        DISMISSED = "DISMISSED", _("Bỏ qua")

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="flags")
    group = models.ForeignKey(Group, models.CASCADE, related_name="flags")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    why = models.CharField(max_length=300)
    answer = models.CharField(max_length=500)  # the suggested reply, then the one sent
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("people.Officer", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "kind"], name="channels_flag_once")]
        indexes = [models.Index(fields=["group", "-id"], condition=Q(state="OPEN"), name="channels_flag_open")]


class Attachment(models.Model):
    """A file of a message.

    `original`: the bytes received, encrypted for the custodians under `lock`, since they may reveal author and place.
    `shown`: re-encoded, without metadata. `name`: only the kind for a file of an unknown sender. `apart`: the
    conversation key of a complaint about police, with which every fetched file is encrypted; its store then takes the
    row over. `shown_lock`: the key of a sealed tip's message, for the `shown` copy: only its handlers can open it.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("Chờ tải")
        READY = "READY", _("Xem được")
        KEPT = "KEPT", _("Lưu, không xem được")
        REFUSED = "REFUSED", _("Không nhận")
        SEALED = "SEALED", _("Niêm phong")
        UNLISTED = "UNLISTED", _("Chờ người vận hành cho phép máy chủ")

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="attachments")
    kind = models.CharField(max_length=12)
    url = models.TextField(blank=True)  # outside address until fetched, then cleared
    unlisted_host = models.CharField(max_length=120, blank=True, db_default="")  # a host that is not allowed yet
    name = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=120, blank=True)
    original = models.CharField(max_length=120, blank=True)
    lock = models.ForeignKey("vault.ConversationKey", models.SET_NULL, null=True, related_name="+")
    restricted_key = models.ForeignKey("vault.ConversationKey", models.SET_NULL, null=True, related_name="+")
    shown_lock = models.ForeignKey("vault.ConversationKey", models.SET_NULL, null=True, related_name="+")
    preview = models.CharField(max_length=120, blank=True)
    mime = models.CharField(max_length=60, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["unlisted_host"], condition=Q(state="UNLISTED"), name="channels_attachment_unlisted"),
        ]
