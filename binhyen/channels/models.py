"""Channels, groups, what came in, who said what, and what goes out."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value

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


class Group(models.Model):
    """A chat group of an area that our account created."""

    class Level(models.TextChoices):
        COMMUNE = "COMMUNE", "Nhóm xã, phường"
        VILLAGE = "VILLAGE", "Nhóm thôn, tổ dân phố"

    class State(models.TextChoices):
        CREATING = "CREATING", "Đang mở"
        OPEN = "OPEN", "Đang hoạt động"
        CLOSED = "CLOSED", "Đã đóng"
        FAILED = "FAILED", "Mở không thành"

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="groups")
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="groups")
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="groups")
    level = models.CharField(max_length=8, choices=Level.choices)
    name = models.CharField(max_length=30)
    state = models.CharField(max_length=8, choices=State.choices, default=State.CREATING)
    reason = models.CharField(max_length=200, blank=True)
    outside_id = models.CharField(max_length=64, blank=True)
    link = models.CharField(max_length=200, blank=True)
    rules_version = models.PositiveIntegerField(default=0)
    members = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    last_message_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "outside_id"], condition=~Q(outside_id=""), name="channels_group_once"
            )
        ]
        indexes = [models.Index(fields=["unit", "state"])]


class Membership(models.Model):
    """A reporter in a group. The outside id stays in the vault."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships")
    reporter = models.ForeignKey("vault.Reporter", models.CASCADE)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "reporter"], name="channels_member_once")]


class GroupRules(models.Model):
    """A version of the rules a group is opened with."""

    version = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    at = models.DateTimeField()


class Inbound(models.Model):
    """A webhook as it came, until it is read. The raw body holds outside ids and words: it is sealed to the reader at
    the door, and goes as soon as it was read.
    """

    class State(models.TextChoices):
        PENDING = "PENDING", "Chờ đọc"
        DONE = "DONE", "Đã đọc"
        UNKNOWN = "UNKNOWN", "Sự kiện lạ"
        DEAD = "DEAD", "Không đọc được"

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


class Conversation(models.Model):
    """One reporter on one channel, in private."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    channel = models.ForeignKey(Channel, models.PROTECT)
    reporter = models.ForeignKey("vault.Reporter", models.CASCADE, related_name="conversations")
    last_interaction_at = models.DateTimeField(null=True)  # Zalo's 48 h and 7 day windows count from here
    unfollowed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "reporter"], name="channels_conversation_once")]


class Message(models.Model):
    """What somebody wrote to us. Never a case by itself; gone after `keep_until` unless a case holds it."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    channel = models.ForeignKey(Channel, models.PROTECT)
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, related_name="messages")
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="messages")
    reporter = models.ForeignKey("vault.Reporter", models.CASCADE, related_name="messages")
    unit = models.ForeignKey("areas.Unit", models.PROTECT, null=True)  # who may sort it
    outside_id = models.CharField(max_length=100)
    text = models.TextField(blank=True)
    folded = models.TextField(blank=True)  # the words without marks, then canonical phones, plates, accounts
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()
    category = models.CharField(max_length=20, blank=True)
    urgency = models.PositiveSmallIntegerField(default=0)
    sensitive = models.BooleanField(default=False)
    reading = models.JSONField(default=dict)  # language.Reading as a dict
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    in_case = models.BooleanField(default=False)
    keep_until = models.DateTimeField(null=True)  # null while a case holds it
    # Signs become blanks first: PostgreSQL would keep «o/xa» or «a.b» as one word.
    search = models.GeneratedField(
        expression=SearchVector(
            Func(F("folded"), Value("-./_@:"), Value("      "), function="translate", output_field=models.TextField()),
            config="simple",
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "outside_id"], name="channels_message_once")]
        indexes = [
            models.Index(fields=["unit", "-id"], condition=Q(in_case=False), name="channels_message_loose"),
            models.Index(fields=["keep_until"], condition=Q(keep_until__isnull=False), name="channels_message_keep"),
            models.Index(fields=["conversation", "-id"]),
            # What a case holds is found through the case. New words wait in a short list, so that storing stays cheap.
            GinIndex(
                fields=["search"], condition=Q(in_case=False), name="channels_message_search", fastupdate=True,
                gin_pending_list_limit=256,
            ),
        ]


class Flag(models.Model):
    """A message in a group that its officers should look at, with a polite answer to suggest. A person decides."""

    class Kind(models.TextChoices):
        ABUSE = "abuse", "Lời xúc phạm"
        ADVERT = "advert", "Quảng cáo"
        BAIT_LINK = "bait_link", "Đường dẫn đáng ngờ"
        THIRD_PARTY_DATA = "third_party_data", "Lộ thông tin người khác"

    class State(models.TextChoices):
        OPEN = "OPEN", "Chờ xem"
        ANSWERED = "ANSWERED", "Đã nhắc"
        DISMISSED = "DISMISSED", "Bỏ qua"

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="flags")
    group = models.ForeignKey(Group, models.CASCADE, related_name="flags")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    why = models.CharField(max_length=300)
    answer = models.CharField(max_length=500)  # what is suggested, then what was sent
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("people.Officer", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "kind"], name="channels_flag_once")]
        indexes = [models.Index(fields=["group", "-id"], condition=Q(state="OPEN"), name="channels_flag_open")]


class Attachment(models.Model):
    """A file of a message. `original` is what came and is never served; `shown` is re-encoded, without metadata."""

    class State(models.TextChoices):
        WAITING = "WAITING", "Chờ tải"
        READY = "READY", "Xem được"
        KEPT = "KEPT", "Lưu, không xem được"
        REFUSED = "REFUSED", "Không nhận"

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="attachments")
    kind = models.CharField(max_length=12)
    url = models.TextField(blank=True)  # outside address until fetched, then cleared
    name = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=120, blank=True)
    original = models.CharField(max_length=120, blank=True)
    shown = models.CharField(max_length=120, blank=True)
    mime = models.CharField(max_length=60, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)


class Outgoing(models.Model):
    """Something to send, with its whole life: state, attempts, reason. `key` makes one effect one row."""

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Chờ gửi"
        SENDING = "SENDING", "Đang gửi"
        SENT = "SENT", "Đã gửi"
        DELIVERED = "DELIVERED", "Đã đến máy"
        SEEN = "SEEN", "Đã xem"
        DEAD = "DEAD", "Không gửi được"
        CANCELLED = "CANCELLED", "Đã bỏ"

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    key = models.CharField(max_length=100, unique=True)
    channel = models.ForeignKey(Channel, models.PROTECT)
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, related_name="outgoing")
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="outgoing")
    unit = models.ForeignKey("areas.Unit", models.PROTECT, null=True)
    case = models.ForeignKey("cases.Case", models.SET_NULL, null=True, related_name="outgoing")
    officer = models.ForeignKey("people.Officer", models.SET_NULL, null=True)  # null: the system wrote it
    purpose = models.CharField(max_length=20)  # ACK, ANSWER, ASK, INVITE, RULES, RESULT, REMIND
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)  # first try: what a check for a lost receipt looks after
    sent_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    outside_ids = models.JSONField(default=list)
    maybe_sent = models.BooleanField(default=False)  # ask the channel before sending again

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
            models.Index(fields=["unit", "-id"], condition=Q(state="DEAD"), name="channels_outgoing_dead"),
            models.Index(fields=["case", "id"]),
            models.Index(fields=["conversation", "id"]),
        ]


class EventCount(models.Model):
    """How many events of a name a channel sent on a day; unknown names show up here."""

    channel = models.ForeignKey(Channel, models.CASCADE)
    day = models.DateField()
    event = models.CharField(max_length=60)
    known = models.BooleanField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "day", "event"], name="channels_event_count_once")]
