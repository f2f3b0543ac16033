"""Models of bulletins: one text with its audience and state, a delivery for each group, groups run by hand."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from binhyen.bulletins.rules import BULLETIN_STATE_LABELS, GROUND_LABELS, TOPIC_LABELS, BulletinState, UrgentGround
from binhyen.kit.ids import generate_code, generate_uuid7


class Bulletin(models.Model):
    """A text of a unit to the groups of its audience and on the public page.

    `areas`, `excluded_areas`: ids of areas of today or of before a merger. `accepted_kinds`: findings of outbound DLP
    that the releasing person accepted. `groups_fixed_at`: when the audience became deliveries.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    author = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    topic = models.CharField(max_length=12, choices=[(k.value, label) for k, label in TOPIC_LABELS.items()])
    title = models.CharField(max_length=120)
    text = models.TextField()
    ground = models.CharField(
        max_length=14,
        choices=[(k.value, label) for k, label in GROUND_LABELS.items()],
        blank=True,
        default=UrgentGround.NONE,
    )
    areas = ArrayField(models.BigIntegerField(), default=list)
    excluded_areas = ArrayField(models.BigIntegerField(), default=list)
    group_level = models.CharField(max_length=8, blank=True)  # channels.Group.Level; empty: groups of both levels
    cap_source = models.CharField(max_length=400, blank=True, default="", db_default="")  # key of the CAP message read
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")
    state = models.CharField(
        max_length=9,
        choices=[(k.value, label) for k, label in BULLETIN_STATE_LABELS.items()],
        default=BulletinState.DRAFT,
    )
    accepted_kinds = models.JSONField(default=list)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    scheduled_at = models.DateTimeField(null=True)  # as wished
    expires_at = models.DateTimeField(null=True)
    returned_note = models.CharField(max_length=300, blank=True)
    approved_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    release_at = models.DateTimeField(null=True)  # after quiet hours
    released_at = models.DateTimeField(null=True)
    groups_fixed_at = models.DateTimeField(null=True)
    group_count = models.PositiveIntegerField(default=0)
    head_count = models.PositiveIntegerField(default=0)
    reviewed_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)  # of the withdrawal
    erased_at = models.DateTimeField(null=True)
    asks_acknowledgement = models.BooleanField(default=False, db_default=False)  # of the officers of its units
    citizen_reads = models.PositiveIntegerField(default=0, db_default=0)  # pressed «I have read it» on the public page
    digest_from = models.DateField(null=True)  # first day of the week that a weekly digest is about
    private_count = models.PositiveIntegerField(null=True, default=None, db_default=0)  # private chats; null: not yet

    class Meta:
        indexes = [
            models.Index(fields=["unit", "-id"]),
            models.Index(fields=["-released_at"], condition=Q(state="RELEASED"), name="bulletins_current"),
            models.Index(fields=["release_at"], condition=Q(state="APPROVED"), name="bulletins_due"),
            # Counted on each page of an approver.
            models.Index(
                fields=["unit"],
                condition=Q(state="SUBMITTED")
                | Q(released_at__isnull=False, approved_by__isnull=True, reviewed_at__isnull=True),
                name="bulletins_awaiting",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="bulletins_approved_by_another",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("author")),
            ),
            models.CheckConstraint(
                name="bulletins_released_has_expiry",
                condition=Q(released_at__isnull=True) | Q(expires_at__isnull=False),
            ),
        ]


class BulletinPicture(models.Model):
    """A picture of a bulletin, re-encoded as JPEG without metadata. `alt`: its description in words.

    `file`: name of the copy that the sender process sends to groups; empty before the first post is queued.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="pictures")
    data = models.BinaryField()
    file = models.CharField(max_length=60, blank=True, default="", db_default="")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    alt = models.CharField(max_length=120)
    created_at = models.DateTimeField()


class BulletinDocument(models.Model):
    """A document of a bulletin, as uploaded. `file`: as of a picture."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="documents")
    data = models.BinaryField()
    file = models.CharField(max_length=60, blank=True, default="", db_default="")
    name = models.CharField(max_length=80)  # with its extension
    size = models.PositiveIntegerField()  # bytes
    created_at = models.DateTimeField()


class GroupDelivery(models.Model):
    """A bulletin, its correction or its withdrawal for one group; `outgoing` once it is in the outbox."""

    class Kind(models.TextChoices):
        POST = "POST", _("Bản tin")
        CORRECTION = "CORRECT", _("Đính chính")
        WITHDRAWAL = "WITHDRAW", _("Rút tin")

    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="deliveries")
    group = models.ForeignKey("channels.Group", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    members = models.PositiveIntegerField(default=0)
    outgoing = models.ForeignKey("channels.Outgoing", models.SET_NULL, null=True, related_name="+")
    is_cancelled = models.BooleanField(default=False)  # before it came into the outbox
    queued_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulletin", "group", "kind"], name="bulletins_delivery_once")]
        indexes = [
            models.Index(
                fields=["bulletin"], condition=Q(queued_at=None, is_cancelled=False), name="bulletins_delivery_unqueued"
            ),
            models.Index(
                fields=["queued_at"], condition=Q(kind="POST", is_cancelled=False), name="bulletins_delivery_posted"
            ),
        ]


class ManualGroup(models.Model):
    """A chat group run by an officer from a personal account: no program may enter it, a person posts there."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="+")
    level = models.CharField(max_length=8)  # channels.Group.Level
    name = models.CharField(max_length=60)
    members = models.PositiveIntegerField(default=0)  # as counted by a person
    keeper = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    successor = models.ForeignKey("channels.Group", models.PROTECT, null=True, related_name="+")  # members move there
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["unit"], condition=Q(closed_at=None), name="bulletins_manual_open")]


class ManualPost(models.Model):
    """A bulletin, its correction or its withdrawal that a person posts in a group run by hand."""

    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="manual_posts")
    group = models.ForeignKey(ManualGroup, models.PROTECT, related_name="posts")
    kind = models.CharField(max_length=8, choices=GroupDelivery.Kind.choices)
    members = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True)
    posted_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    is_cancelled = models.BooleanField(default=False)  # the bulletin ended before it was posted

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulletin", "group", "kind"], name="bulletins_manual_once")]
        indexes = [
            models.Index(
                fields=["group"], condition=Q(posted_at=None, is_cancelled=False), name="bulletins_manual_owed"
            )
        ]


class Station(models.Model):
    """How to reach a police station, as it stands on the public page of its area."""

    unit = models.OneToOneField("areas.Unit", models.CASCADE, related_name="+")
    phone = models.CharField(max_length=20)  # digits
    address = models.CharField(max_length=160)
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()


class Acknowledgement(models.Model):
    """An officer has read a bulletin that asks for it. `unit`: the officer's at that time."""

    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="acknowledgements")
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulletin", "officer"], name="bulletins_acknowledged_once")]


class TextTemplate(models.Model):
    """A text with variables in braces, such as {nơi}, that officers of a unit start from; the province's serve all."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    topic = models.CharField(max_length=12, choices=[(k.value, label) for k, label in TOPIC_LABELS.items()])
    title = models.CharField(max_length=120)
    text = models.TextField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()


class Population(models.Model):
    """Number of inhabitants of a village or commune, as an officer of its unit entered it."""

    area = models.OneToOneField("areas.Area", models.CASCADE, related_name="+")
    people = models.PositiveIntegerField()
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()


class CapFeed(models.Model):
    """State of a CAP feed of another system. `etag`, `modified`: of its last answer (RFC 9110, 13.1)."""

    url = models.CharField(max_length=500, unique=True)
    etag = models.CharField(max_length=200, blank=True)
    modified = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=40, blank=True)  # of the last check
    failing_since = models.DateTimeField(null=True)


class CapAlert(models.Model):
    """A CAP message found in a feed. `entry`: hash of the feed's entry, so that each is fetched once.

    `key`: sender, identifier and time sent, empty where it was not read; `problem`: why no bulletin may be proposed
    from it, and its text was not stored then.
    """

    entry = models.CharField(max_length=64, unique=True)
    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    key = models.CharField(max_length=400, blank=True)
    references = models.TextField(blank=True)
    problem = models.CharField(max_length=20, blank=True)
    headline = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=120, blank=True)  # name of the sender
    is_cancellation = models.BooleanField(default=False)
    areas = ArrayField(models.BigIntegerField(), default=list)
    data = models.BinaryField(default=bytes)
    expires_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)  # proposed, set aside, or superseded by a later message

    class Meta:
        indexes = [
            models.Index(fields=["-received_at"], condition=Q(problem="", seen_at=None), name="bulletins_cap_new")
        ]


class SharedMessage(models.Model):
    """A message of a group run by hand that an officer passed on as a report; finds it when it is passed on again.

    `fingerprint`: keyed hash of group and folded text; the text itself is only in the case.
    """

    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    group = models.ForeignKey(ManualGroup, models.PROTECT, null=True, related_name="+")
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "fingerprint"], name="bulletins_shared_once")]


class OfficerChat(models.Model):
    """An officer's own chat with the account: a one-time code until it is linked, then its reporter.

    `code_hash`: keyed hash, empty once used. Which reporter it is leaves this table only as a note on a case.
    """

    officer = models.OneToOneField("people.Officer", models.CASCADE, related_name="+")
    reporter = models.OneToOneField("vault.Reporter", models.CASCADE, null=True, related_name="+")
    code_hash = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True)
    linked_at = models.DateTimeField(null=True)
