"""Who did or saw what: append-only; chained, signed and handed out a moment after the commit (see services)."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy

from binhyen.audit.rules.judge import Start
from binhyen.audit.rules.merkle import Range


class AuditEntry(models.Model):
    """One act. `detail` holds codes and ids only. Never changed, never deleted."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=60)  # "officer:<public id>", "citizen", "system:<job>", "token:<id>"
    verb = models.CharField(max_length=40)
    object = models.CharField(max_length=80, blank=True)  # "case:K7M29QXD"
    unit_id = models.BigIntegerField(null=True)  # whose book it belongs to
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["object", "-id"], name="audit_object"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["unit_id", "-id"], name="audit_unit"),
            models.Index(fields=["verb", "-id"], name="audit_verb"),
            BrinIndex(fields=["at"], name="audit_at", pages_per_range=16, autosummarize=True),
        ]


class Waiting(models.Model):
    """An entry that has no place in the chain yet; written with it, taken by the chainer."""

    entry_id = models.BigIntegerField(primary_key=True)


class Link(models.Model):
    """An entry's place in the chain. No foreign key: that an entry is gone must show."""

    seq = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    hash = models.BinaryField(max_length=32)  # over the entry, its place and the hash before it


class Checkpoint(models.Model):
    """What was signed: the tree over the first `size` links, and what is needed to go on from there."""

    size = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    head = models.BinaryField(max_length=32)  # hash of the last link
    roots = models.JSONField()  # of the complete subtrees, hexadecimal
    note = models.TextField()  # as it is handed out

    def start(self) -> Start:
        """Where reading may begin after it."""
        return Start(bytes(self.head), Range(self.size, tuple(bytes.fromhex(r) for r in self.roots)))


class Handed(models.Model):
    """A second party has the checkpoint. `receipt`: the witness's line; for paper, who took it."""

    class To(models.TextChoices):
        FOLDER = "FOLDER", gettext_lazy("Tệp ở thư mục bàn giao")
        WITNESS = "WITNESS", gettext_lazy("Máy làm chứng")
        PAPER = "PAPER", gettext_lazy("Bản in")

    size = models.BigIntegerField()
    to = models.CharField(max_length=8, choices=To)
    at = models.DateTimeField()
    receipt = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["size", "to"], name="audit_handed_once")]


class Check(models.Model):
    """One reading of the whole book by a verifier: how long it was, and the first things that did not fit."""

    at = models.DateTimeField()
    size = models.BigIntegerField()
    faults = models.JSONField(default=list)
