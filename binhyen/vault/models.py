"""Reporters and keys: officers see a pseudonym; the identity is readable in custody only.

Names, phones and channel ids are encrypted on entry (envelopes.py). The database holds public keys; `Group` lists the
holders of the private ones.
"""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy

from binhyen.kit.ids import generate_code, generate_uuid7
from binhyen.vault.rules import PURPOSE_LABELS


class KeyGroup(models.TextChoices):
    """Key groups: the recipients of an envelope. The first three are machines: key files of one process each."""

    GATEWAY = "GATEWAY", gettext_lazy("cửa nhận webhook")  # the channels' webhook secrets
    INTAKE = "INTAKE", gettext_lazy("bộ đọc tin")  # webhook bodies until they are processed
    DELIVERY = "DELIVERY", gettext_lazy("bộ gửi tin")  # external ids to send to; tokens and secrets of channels
    IDENTITY = "IDENTITY", gettext_lazy("người giữ danh tính")  # a reporter's identity; two custodians open it together
    TIPS = "TIPS", gettext_lazy("bàn tin kín")  # text of anonymous tips
    CONDUCT = (
        "CONDUCT",
        gettext_lazy("tiếp nhận phản ánh của tỉnh"),
    )  # text of complaints about police, one for each of three desks
    DIRECTOR = "DIRECTOR", gettext_lazy("văn phòng Giám đốc")
    INSPECT = "INSPECT", gettext_lazy("thanh tra")
    REASON = "REASON", gettext_lazy("lý do xin mở")  # reason of a disclosure request; each custodian reads it alone


class GroupKey(models.Model):
    """Public key of a group.

    New envelopes use the newest one that is not retired; a retired one opens its old envelopes.
    """

    group = models.CharField(max_length=8, choices=KeyGroup.choices)
    public = models.BinaryField(max_length=32)
    key_id = models.BinaryField(max_length=8, unique=True)  # as named in envelopes
    created_at = models.DateTimeField()
    part = models.PositiveSmallIntegerField(default=0)  # share index of a split group; 0: a whole key
    # its private half still lies in a key file: no person has taken it over
    founding = models.BooleanField(default=False)
    stale_at = models.DateTimeField(null=True)  # a holder lost a share of it: the group needs a key rotation
    retired_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["group", "-id"], condition=models.Q(retired_at=None), name="vault_group_key")]


class ConversationKey(models.Model):
    """Key pair of one reporter or one conversation.

    Its private half exists only inside `WrappedKey` rows: deleting these makes all envelopes to `public` unreadable for
    good, wherever copies of them lie (crypto-shredding).
    """

    public = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()


class WrappedKey(models.Model):
    """Private half of a conversation key, encrypted to one group's key."""

    lock = models.ForeignKey(ConversationKey, models.CASCADE, related_name="copies")
    group_key = models.ForeignKey(GroupKey, models.PROTECT, related_name="copies")
    ciphertext = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lock", "group_key"], name="vault_copy_once")]


class Holder(models.Model):
    """A person's own key pair.

    The private half lies here only encrypted under the person's passphrase (key_wrapping.py). A holder without an
    account is a recovery key: of an office, or an envelope in a safe.
    """

    officer = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    label = models.CharField(max_length=80, blank=True)  # owner of a recovery key
    seat = models.PositiveSmallIntegerField(null=True)  # share index 1, 2 or 3, for dual control (secret_sharing.py)
    public = models.BinaryField(max_length=32)
    wrapped_key = models.BinaryField()  # empty: the private half lies on an isolated machine (vault/offline)
    verify = models.BinaryField(max_length=32)  # Ed25519, of the same private half: for signed files
    created_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True)  # set by a server command; null: its officer created or accepted it
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
    """A group's private key, encrypted to one holder.

    `part` 0: the whole key; 1 to 3: a share of it, for recovery by two.
    """

    group_key = models.ForeignKey(GroupKey, models.CASCADE, related_name="shares")
    holder = models.ForeignKey(Holder, models.CASCADE, related_name="shares")
    part = models.PositiveSmallIntegerField(default=0)
    ciphertext = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group_key", "holder", "part"], name="vault_share_once")]


class Reporter(models.Model):
    """A person who wrote to us, known to officers by `pseudonym` only."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    pseudonym = models.CharField(max_length=8, default=generate_code, unique=True)
    created_at = models.DateTimeField()
    lock = models.OneToOneField(ConversationKey, models.SET_NULL, null=True)  # created with the first encrypted fact


class Contact(models.Model):
    """Address of a reporter on a channel.

    `key` is a keyed hash of the external id; the id itself is encrypted twice: to the sender process and to the
    custodians.
    """

    reporter = models.ForeignKey(Reporter, models.CASCADE, related_name="contacts")
    channel_id = models.BigIntegerField()
    key = models.CharField(max_length=64)
    ciphertext = models.BinaryField()
    custody_sealed = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel_id", "key"], name="vault_contact_once")]


class Identity(models.Model):
    """One fact about a reporter, encrypted to the reporter's conversation key."""

    class Field(models.TextChoices):
        NAME = "NAME", gettext_lazy("họ tên")
        PHONE = "PHONE", gettext_lazy("số điện thoại")
        ADDRESS = "ADDRESS", gettext_lazy("địa chỉ")

    reporter = models.ForeignKey(Reporter, models.CASCADE, related_name="identities")
    field = models.CharField(max_length=8, choices=Field.choices)
    ciphertext = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reporter", "field"], name="vault_identity_once")]


class CallbackNumber(models.Model):
    """A phone number that its owner lets the officers of the case call, encrypted to the pages process.

    The same number is an `Identity` too; deleting that deletes this. docs/decisions/0035-callback-number.md
    """

    reporter = models.OneToOneField(Reporter, models.CASCADE, related_name="callback")
    ciphertext = models.BinaryField()
    at = models.DateTimeField()


class SealedText(models.Model):
    """Text of an anonymous tip or a complaint about police, encrypted to the key of its conversation."""

    class Kind(models.TextChoices):
        TOLD = "TOLD", gettext_lazy("người báo")
        REPLY = "REPLY", gettext_lazy("công an")

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    lock = models.ForeignKey(ConversationKey, models.CASCADE, related_name="texts")
    owner = models.CharField(max_length=60)  # the conversation, as its feature names it: «tip:<public id>»
    kind = models.CharField(max_length=5, choices=Kind.choices)
    author = models.CharField(max_length=60, blank=True)  # officer as named in the audit log; "" for the reporter
    ciphertext = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "id"])]


class DisclosureRequest(models.Model):
    """Request to disclose a reporter's identity, or an original picture (`file`), which may show place and device.

    Two custodians with different share indexes approve, or one refuses.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    reporter = models.ForeignKey(
        Reporter, models.CASCADE, null=True, related_name="openings"
    )  # null: a file of an officer
    file = models.CharField(max_length=120, blank=True)  # envelope under FILES_ROOT; "": the identity is asked for
    file_context = models.CharField(max_length=120, blank=True)
    file_lock = models.ForeignKey(ConversationKey, models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=80)  # audit subject: «case:K7M29QXD»
    requester = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    # role and, below, unit of the requester at that time: the request is bound to both
    asked_as = models.CharField(max_length=16)
    asked_unit = models.ForeignKey("areas.Unit", models.PROTECT, null=True, related_name="+")
    holder = models.ForeignKey(Holder, models.PROTECT, related_name="+")  # key that the disclosure is encrypted to
    why = models.CharField(max_length=8, choices=[(w.value, label) for w, label in PURPOSE_LABELS.items()])
    # Plaintext written before 28 November 2026, until the next start encrypts it; the same for `refusal` below.
    reason = models.TextField(blank=True)
    words_lock = models.ForeignKey(
        ConversationKey, models.SET_NULL, null=True, related_name="+"
    )  # both envelopes below use it
    words_key = models.BinaryField(null=True)  # its private half, encrypted to `holder`
    sealed_reason = models.BinaryField(null=True)
    sealed_refusal = models.BinaryField(null=True)
    hours = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    carried_at = models.DateTimeField(null=True)  # first export to an isolated machine, where it may have been opened
    opened_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    refused_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    refusal = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject"])]
        constraints = [
            models.CheckConstraint(
                name="vault_disclosure_of_what", condition=models.Q(reporter__isnull=False) | ~models.Q(file="")
            ),
            models.CheckConstraint(
                name="vault_disclosurerequest_ends",
                condition=models.Q(opened_at=None, ends_at=None)
                | models.Q(
                    ends_at__gt=models.F("opened_at"), ends_at__lte=models.F("opened_at") + dt.timedelta(hours=72)
                ),
            ),
        ]

    @property
    def lock_id(self) -> int | None:
        """Id of the conversation key in question; None where that key was destroyed."""
        return self.file_lock_id if self.file else (self.reporter.lock_id if self.reporter else None)


class Approval(models.Model):
    """Approval by one custodian."""

    opening = models.ForeignKey(DisclosureRequest, models.CASCADE, related_name="approvals")
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    seat = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["opening", "officer"], name="vault_approval_once"),
            models.UniqueConstraint(fields=["opening", "seat"], name="vault_approval_two_seats"),
        ]


class DisclosedShare(models.Model):
    """A part of the reporter's conversation key, encrypted to the requester; deleted when access ends."""

    opening = models.ForeignKey(DisclosureRequest, models.CASCADE, related_name="parts")
    part = models.PositiveSmallIntegerField()
    ciphertext = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["opening", "part"], name="vault_opened_part_once")]
