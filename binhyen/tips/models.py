"""An anonymous tip: what is kept beside its sealed words. Nothing here tells who sent it, nor what."""

from django.db import models

from binhyen.kit.filekinds import LABELS, PICTURE
from binhyen.kit.ids import uuid7


class Tip(models.Model):
    """`lookup`: derived from the receipt, finds the row. `wrapped`: the lock's private half under a second derivation
    of the same receipt. The code itself is nowhere.
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    lookup = models.BinaryField(max_length=32, unique=True)
    wrapped = models.BinaryField()
    said = models.BinaryField(max_length=16)  # keyed mark of the first words: the same form twice is one tip
    last_form = models.BinaryField(max_length=16, default=b"")  # the same for what was added last
    lock = models.ForeignKey("vault.Lock", models.SET_NULL, null=True, related_name="+")
    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="+")  # its place on the desk, without words
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    last_word_at = models.DateTimeField()  # of either side
    told_at = models.DateTimeField()  # the person's last
    answered_at = models.DateTimeField(null=True)  # ours
    passed_on_at = models.DateTimeField(null=True)  # an extract last went on as a case
    withdrawn_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)  # its key was destroyed: nobody can read it any more

    class Meta:
        indexes = [models.Index(fields=["last_word_at"], condition=models.Q(gone_at=None), name="tips_tip_alive")]


class TipFile(models.Model):
    """A picture of a tip, or a file that is kept as it came only; neither has a name. The copy is sealed to the tip's
    lock, the file as it came to one that only two custodians together open (of a complaint about police: to the tip's,
    its desk has another rule).
    """

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    tip = models.ForeignKey(Tip, models.CASCADE, related_name="files")
    original = models.CharField(max_length=120, blank=True)  # as it came, for evidence; empty: the person kept it
    original_lock = models.ForeignKey("vault.Lock", models.SET_NULL, null=True, related_name="+")  # the custodians'
    shown = models.CharField(max_length=120, blank=True)  # a picture encoded anew, without metadata; of others nothing
    kind = models.CharField(max_length=5, choices=[(k, k) for k in (PICTURE, *LABELS)], default=PICTURE)
    at = models.DateTimeField()  # to the hour


class Extract(models.Model):
    """What a handler passes on, in their own words, until the worker has opened the case of it: seconds. `text`: sealed
    to the worker.
    """

    tip = models.ForeignKey(Tip, models.CASCADE, related_name="+")
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()
