"""Models of channels, groups, incoming messages and outgoing messages."""

import json

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from binhyen.channels.retry_policy import format_credential_context
from binhyen.kit.ids import generate_uuid7
from binhyen.kit.ranked_search import search_vector
from binhyen.vault import group_keys, process_keys

# Channel accounts and the webhooks received from them.


class Channel(models.Model):
    """One account on one kind of channel, e.g. the province's Official Account. `settings` holds no secrets."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True)  # set when the channel rejects everything for a while
    paused_reason = models.CharField(max_length=200, blank=True)
    last_webhook_at = models.DateTimeField(
        null=True
    )  # time of the last webhook, to the minute; outlives the webhook rows
    unit = models.ForeignKey("areas.Unit", models.PROTECT, null=True, related_name="+")  # null: of the whole province
    # Catch-up (services/catch_up.py): the channel's own time up to which its history was read, and what no webhook
    # had brought.
    history_until = models.DateTimeField(null=True)
    missed_count = models.PositiveIntegerField(default=0, db_default=0)
    missed_at = models.DateTimeField(null=True)
    plan = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))  # services/account_plans.py
    plan_read_at = models.DateTimeField(null=True)


class Credential(models.Model):
    """Secrets of a channel, encrypted: all for the sender process, the signing secret for the gateway.

    The refresh token is single-use: it is read and replaced only under a row lock. Reading a secret outside the sender
    process raises key_files.KeyFileMissing.
    """

    SEALED = ("ciphertext", "gateway_ciphertext")  # the fields that `update_secrets` changes

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True)
    ciphertext = models.BinaryField(default=b"")  # JSON: app_secret, webhook_secret, access_token, refresh_token
    gateway_ciphertext = models.BinaryField(default=b"")  # JSON: the secret that signs, app_secret or webhook_secret
    expires_at = models.DateTimeField(null=True)
    refresh_started_at = models.DateTimeField(null=True)  # set while a refresh is under way
    lost_at = models.DateTimeField(null=True)  # the grant is gone: an operator must authorise again
    refused_since = models.DateTimeField(null=True)  # since when refreshes are refused for a reason that is not known
    refusal = models.CharField(max_length=60, blank=True, db_default="")  # the channel's own words for it

    def opened(self) -> dict[str, str]:
        """Return all secrets by name."""
        if not self.ciphertext:
            return {}
        secrets: dict[str, str] = json.loads(
            process_keys.open_with_process_key("DELIVERY", self.ciphertext, context=format_credential_context(self.pk))
        )
        return secrets

    @property
    def secrets(self) -> dict[str, str]:
        return {name: value for name, value in self.opened().items() if name.endswith("_secret")}

    @property
    def access_token(self) -> str:
        return self.opened().get("access_token", "")

    @property
    def refresh_token(self) -> str:
        return self.opened().get("refresh_token", "")

    def update_secrets(self, **changes: str) -> None:
        """Change some of app_secret, webhook_secret, access_token, refresh_token.

        The caller saves `ENCRYPTED_FIELDS`.
        """
        secrets = self.opened() | changes
        self.ciphertext = group_keys.seal_to_group(
            "DELIVERY", json.dumps(secrets).encode(), context=format_credential_context(self.pk)
        )
        if not self.gateway_ciphertext or any(name.endswith("_secret") for name in changes):
            self.gateway_ciphertext = self._encrypt_signing_secret(secrets)

    def encrypt_for_gateway(self) -> bytes:
        """Return the signing secret encrypted with the current key of the gateway."""
        return self._encrypt_signing_secret(self.opened())

    def _encrypt_signing_secret(self, secrets: dict[str, str]) -> bytes:
        """Return the encrypted signing secret.

        Zalo signs with the secret of the account or, by a setting, with that of the app.
        """
        switches = self.channel.settings.get("switches") or {}
        signing_name = "app_secret" if switches.get("webhook_secret") == "app" else "webhook_secret"
        signing_secret = {name: value for name, value in secrets.items() if name == signing_name}
        return group_keys.seal_to_group(
            "GATEWAY", json.dumps(signing_secret).encode(), context=format_credential_context(self.pk)
        )


class Inbound(models.Model):
    """A webhook as received, until it is processed.

    The raw body holds external ids and texts: the gateway encrypts it for the inbox worker, and it is deleted once
    processed.
    """

    class State(models.TextChoices):
        PENDING = "PENDING", _("Chờ đọc")
        DONE = "DONE", _("Đã đọc")
        UNKNOWN = "UNKNOWN", _("Sự kiện lạ")
        DEAD = "DEAD", _("Không đọc được")

    channel = models.ForeignKey(Channel, models.PROTECT)
    external_id = models.CharField(max_length=100)
    event = models.CharField(max_length=60)
    sealed_body = models.BinaryField()
    received_at = models.DateTimeField()  # by our clock
    signed_at = models.DateTimeField(null=True)  # by the sender's own clock, as the webhook was signed
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="channels_inbound_once")]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="PENDING"), name="channels_inbound_pending"),
            models.Index(fields=["received_at"], condition=Q(state="DEAD"), name="channels_inbound_dead"),
        ]


class EventCount(models.Model):
    """Number of events of a name that a channel sent on a day; unknown names are listed here."""

    channel = models.ForeignKey(Channel, models.CASCADE)
    day = models.DateField()
    event = models.CharField(max_length=60)
    known = models.BooleanField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "day", "event"], name="channels_event_count_once")]


# Chat groups of areas.


class Group(models.Model):
    """A chat group of an area, created by our account."""

    class Level(models.TextChoices):
        COMMUNE = "COMMUNE", _("Nhóm xã, phường")
        VILLAGE = "VILLAGE", _("Nhóm thôn, tổ dân phố")

    class State(models.TextChoices):
        CREATING = "CREATING", _("Đang mở")
        OPEN = "OPEN", _("Đang hoạt động")
        CLOSED = "CLOSED", _("Đã đóng")
        FAILED = "FAILED", _("Mở không thành")

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="groups")
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="groups")
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="groups")
    level = models.CharField(max_length=8, choices=Level.choices)
    name = models.CharField(max_length=30)
    state = models.CharField(max_length=8, choices=State.choices, default=State.CREATING)
    reason = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=64, blank=True)
    link = models.CharField(max_length=200, blank=True)
    rules_version = models.PositiveIntegerField(default=0)
    welcomed_at = models.DateTimeField(null=True)  # last post that welcomes new members
    members = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    last_message_at = models.DateTimeField(null=True)
    asset_type = models.CharField(max_length=20, blank=True, db_default="")  # type of the package: gmf100
    asset_until = models.DateField(null=True)  # last day of it
    asset_renews = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id"], condition=~Q(external_id=""), name="channels_group_once"
            )
        ]
        indexes = [models.Index(fields=["unit", "state"])]


class Membership(models.Model):
    """A reporter in a group, or one with a join request (not in the group yet).

    The external id stays in the vault. `answer`: the decision of an officer, until the channel has accepted it.
    `in_several_groups`: present here and in another group; kept by the trigger of channels_mark_several_groups.sql.
    """

    class Answer(models.TextChoices):
        NONE = "", "–"
        LET_IN = "IN", _("cho vào")
        TURNED_AWAY = "OUT", _("không nhận")

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships")
    reporter = models.ForeignKey("vault.Reporter", models.CASCADE)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=3, choices=Answer.choices, blank=True, default="", db_default="")
    in_several_groups = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "reporter"], name="channels_member_once")]
        indexes = [
            models.Index(fields=["group"], condition=Q(asked_at__isnull=False), name="channels_member_asks"),
            # Ordered by person, so that people in several groups are counted without a sort or hash table.
            models.Index(
                fields=["reporter", "group"],
                condition=Q(left_at__isnull=True, asked_at__isnull=True, in_several_groups=True),
                name="channels_member_several",
            ),
        ]


class GroupSize(models.Model):
    """Number of members at the end of a Vietnamese day; a row for each day on which it changed.

    Memberships do not show the past: they are deleted some time after leaving, and a return reuses the same one.
    """

    group = models.ForeignKey(Group, models.CASCADE, related_name="sizes")
    day = models.DateField()
    members = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "day"], name="channels_size_once")]


class GroupRules(models.Model):
    """A version of the group rules, as sent when a group opens, and the text that welcomes new members."""

    version = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    welcome = models.TextField(blank=True, default="", db_default="")
    at = models.DateTimeField()


# Messages received in private or in a group.


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


# Outgoing messages and the data that outbound DLP needs.


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


# Subscriptions of browsers and e-mail addresses, notices, and the delivery of each notice to each subscription.


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
