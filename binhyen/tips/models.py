"""Models of anonymous tips: plaintext data beside the sealed texts. Nothing here reveals the sender or the content."""

from django.db import models

from binhyen.kit.file_storage import LABELS, PICTURE
from binhyen.kit.ids import generate_uuid7


class Tip(models.Model):
    """An anonymous tip.

    `lookup`: derived from the receipt, finds the row. `wrapped`: the private half of the conversation key under a
    second derivation of the same receipt. The code itself is never stored.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    lookup = models.BinaryField(max_length=32, unique=True)
    page_wrapped_key = models.BinaryField()
    # keyed hash of the first text: sending the same form twice creates one tip
    text_digest = models.BinaryField(max_length=16)
    last_form = models.BinaryField(max_length=16, default=b"")  # the same for the latest addition
    lock = models.ForeignKey("vault.ConversationKey", models.SET_NULL, null=True, related_name="+")
    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="+")  # its place on the desk, without texts
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    last_word_at = models.DateTimeField()  # of either side
    last_message_at = models.DateTimeField()  # the reporter's last message
    answered_at = models.DateTimeField(null=True)  # our last answer
    passed_on_at = models.DateTimeField(null=True)  # last time an extract became a case
    withdrawn_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)  # key destroyed: unreadable for good

    class Meta:
        indexes = [models.Index(fields=["last_word_at"], condition=models.Q(gone_at=None), name="tips_tip_alive")]


class TipFile(models.Model):
    """A picture of a tip, or a file that is stored as original only; neither has a name.

    The preview is encrypted to the tip's key, the original to a key that needs two custodians (of a complaint about
    police: to the tip's key, because its desk has another rule).
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    tip = models.ForeignKey(Tip, models.CASCADE, related_name="files")
    # original for evidence; empty: the reporter did not send it
    original = models.CharField(max_length=120, blank=True)
    original_lock = models.ForeignKey(
        "vault.ConversationKey", models.SET_NULL, null=True, related_name="+"
    )  # the custodians' key
    preview = models.CharField(
        max_length=120, blank=True
    )  # a re-encoded picture without metadata; empty for other files
    kind = models.CharField(max_length=5, choices=[(k, k) for k in (PICTURE, *LABELS)], default=PICTURE)
    at = models.DateTimeField()  # to the hour


class Extract(models.Model):
    """Extract that a handler passes on, until the worker has opened its case: seconds.

    `text`: encrypted to the worker.
    """

    tip = models.ForeignKey(Tip, models.CASCADE, related_name="+")
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()
