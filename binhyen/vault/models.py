"""Reporters: a pseudonym for everybody else, the identity for the vault alone.

Names, phones and channel ids are sealed as they enter (boxes.py). The database holds public keys; who holds the
private ones is said at `Group`.
"""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy

from binhyen.kit.ids import code, uuid7
from binhyen.vault.rules import WHY_LABELS


class Group(models.TextChoices):
    """Who can open what is sealed to a group's key. The first three are machines: key files of one process each."""

    DOOR = "DOOR", gettext_lazy("cửa nhận webhook")  # the channels' webhook secrets
    INTAKE = "INTAKE", gettext_lazy("bộ đọc tin")  # bodies of webhooks until they are read
    DELIVERY = "DELIVERY", gettext_lazy("bộ gửi tin")  # outside ids to send to; tokens and secrets of channels
    IDENTITY = "IDENTITY", gettext_lazy("người giữ danh tính")  # who a reporter is; two of them together
    TIPS = "TIPS", gettext_lazy("bàn tin kín")  # text of anonymous tips
    CONDUCT = (
        "CONDUCT",
        gettext_lazy("tiếp nhận phản ánh của tỉnh"),
    )  # text of complaints about police, at each of three desks
    DIRECTOR = "DIRECTOR", gettext_lazy("văn phòng Giám đốc")
    INSPECT = "INSPECT", gettext_lazy("thanh tra")
    REASON = "REASON", gettext_lazy("lý do xin mở")  # why something is to be opened; each custodian reads it alone


class GroupKey(models.Model):
    """A public key of a group. The newest that is not retired is sealed to; a retired one opens what it sealed."""

    group = models.CharField(max_length=8, choices=Group.choices)
    public = models.BinaryField(max_length=32)
    key_id = models.BinaryField(max_length=8, unique=True)  # as envelopes name it
    created_at = models.DateTimeField()
    part = models.PositiveSmallIntegerField(default=0)  # of a group that is sealed in three parts; 0: the whole
    founding = models.BooleanField(default=False)  # its private half still lies in a file, no person has taken it over
    stale_at = models.DateTimeField(null=True)  # somebody lost their share of it: the group should have a new one
    retired_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["group", "-id"], condition=models.Q(retired_at=None), name="vault_group_key")]


class Lock(models.Model):
    """A key pair of one reporter or one conversation. Its private half exists only inside `LockCopy` rows: when these
    are deleted, all that is sealed to `public` is gone for good, wherever copies of it lie.
    """

    public = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()


class LockCopy(models.Model):
    """The private half of a lock, sealed to one group's key."""

    lock = models.ForeignKey(Lock, models.CASCADE, related_name="copies")
    group_key = models.ForeignKey(GroupKey, models.PROTECT, related_name="copies")
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lock", "group_key"], name="vault_copy_once")]


class Holder(models.Model):
    """A person's own key pair. The private half lies here only under the person's passphrase (wrapping.py).

    Somebody without an account keeps a recovery key: an office, or an envelope in a safe.
    """

    officer = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    label = models.CharField(max_length=80, blank=True)  # of a recovery key: whose
    seat = models.PositiveSmallIntegerField(null=True)  # 1, 2 or 3, for what needs two people (shares.py)
    public = models.BinaryField(max_length=32)
    wrapped = models.BinaryField()  # empty: the private half lies on an isolated machine (vault/offline)
    verify = models.BinaryField(max_length=32)  # Ed25519, of the same private half: for signed files
    created_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True)  # by a command of the server; null: its officer made it or took it in
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["officer"], condition=models.Q(retired_at=None), name="vault_holder_one_key"
            ),
            models.CheckConstraint(
                name="vault_holder_somebody", condition=models.Q(officer__isnull=False) | ~models.Q(label="")
            ),
        ]


class KeyShare(models.Model):
    """A group's private key, sealed to one holder. `part` 0: the key; 1 to 3: a part of it, for recovery by two."""

    group_key = models.ForeignKey(GroupKey, models.CASCADE, related_name="shares")
    holder = models.ForeignKey(Holder, models.CASCADE, related_name="shares")
    part = models.PositiveSmallIntegerField(default=0)
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group_key", "holder", "part"], name="vault_share_once")]


class Reporter(models.Model):
    """A person who wrote to us, known to officers by `pseudonym` only."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    pseudonym = models.CharField(max_length=8, default=code, unique=True)
    created_at = models.DateTimeField()
    lock = models.OneToOneField(Lock, models.SET_NULL, null=True)  # made with the first fact that is sealed


class Contact(models.Model):
    """How a channel reaches a reporter. `key` is a keyed hash of the outside id; the id itself is sealed twice: to the
    process that sends, and to the custodians.
    """

    reporter = models.ForeignKey(Reporter, models.CASCADE, related_name="contacts")
    channel_id = models.BigIntegerField()
    key = models.CharField(max_length=64)
    sealed = models.BinaryField()
    custody_sealed = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel_id", "key"], name="vault_contact_once")]


class Identity(models.Model):
    """One fact about a reporter, sealed to the reporter's lock."""

    class Field(models.TextChoices):
        NAME = "NAME", gettext_lazy("họ tên")
        PHONE = "PHONE", gettext_lazy("số điện thoại")
        ADDRESS = "ADDRESS", gettext_lazy("địa chỉ")

    reporter = models.ForeignKey(Reporter, models.CASCADE, related_name="identities")
    field = models.CharField(max_length=8, choices=Field.choices)
    sealed = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reporter", "field"], name="vault_identity_once")]


class SealedText(models.Model):
    """Words of an anonymous tip or a complaint about police, sealed to the lock of their conversation."""

    class Kind(models.TextChoices):
        TOLD = "TOLD", gettext_lazy("người báo")
        REPLY = "REPLY", gettext_lazy("công an")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    lock = models.ForeignKey(Lock, models.CASCADE, related_name="texts")
    owner = models.CharField(max_length=60)  # whose conversation, in its feature's own word: «tip:<public id>»
    kind = models.CharField(max_length=5, choices=Kind.choices)
    author = models.CharField(max_length=60, blank=True)  # as the audit names an officer; "" for the person who told
    sealed = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "id"])]


class Opening(models.Model):
    """Somebody asks to know who a reporter is, or for a picture as it came (`file`): it may show where it was taken and
    with whose device. Two custodians of different seats agree, or one refuses.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    reporter = models.ForeignKey(
        Reporter, models.CASCADE, null=True, related_name="openings"
    )  # null: an officer's file
    file = models.CharField(max_length=120, blank=True)  # envelope under FILES_ROOT; "": it is the identity
    file_context = models.CharField(max_length=120, blank=True)
    file_lock = models.ForeignKey(Lock, models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=80)  # the matter, as the audit names it: «case:K7M29QXD»
    requester = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    asked_as = models.CharField(max_length=16)  # their role, and below their unit, as they asked: it holds for these
    asked_unit = models.ForeignKey("areas.Unit", models.PROTECT, null=True, related_name="+")
    holder = models.ForeignKey(Holder, models.PROTECT, related_name="+")  # whose key it is opened for
    why = models.CharField(max_length=8, choices=[(w.value, label) for w, label in WHY_LABELS.items()])
    # Of before 28 November 2026, until the next start seals it; `refusal` below the same.
    reason = models.TextField(blank=True)
    words_lock = models.ForeignKey(Lock, models.SET_NULL, null=True, related_name="+")  # both envelopes lie under it
    words_key = models.BinaryField(null=True)  # its private half, sealed to `holder`
    sealed_reason = models.BinaryField(null=True)
    sealed_refusal = models.BinaryField(null=True)
    hours = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    carried_at = models.DateTimeField(null=True)  # first taken to an isolated machine, where it may have been opened
    opened_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    refused_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    refusal = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject"])]
        constraints = [
            models.CheckConstraint(
                name="vault_opening_of_what", condition=models.Q(reporter__isnull=False) | ~models.Q(file="")
            ),
            models.CheckConstraint(
                name="vault_opening_ends",
                condition=models.Q(opened_at=None, ends_at=None)
                | models.Q(
                    ends_at__gt=models.F("opened_at"), ends_at__lte=models.F("opened_at") + dt.timedelta(hours=72)
                ),
            ),
        ]

    @property
    def lock_id(self) -> int | None:
        """The lock it is about; None where its key was destroyed since."""
        return self.file_lock_id if self.file else (self.reporter.lock_id if self.reporter else None)


class Approval(models.Model):
    """One custodian agreed."""

    opening = models.ForeignKey(Opening, models.CASCADE, related_name="approvals")
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    seat = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["opening", "officer"], name="vault_approval_once"),
            models.UniqueConstraint(fields=["opening", "seat"], name="vault_approval_two_seats"),
        ]


class OpenedPart(models.Model):
    """A part of the reporter's lock, sealed anew to whoever asked; gone when the time is over."""

    opening = models.ForeignKey(Opening, models.CASCADE, related_name="parts")
    part = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["opening", "part"], name="vault_opened_part_once")]
