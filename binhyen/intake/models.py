"""Officers' corrections of the classification. Personal data is masked before a row is written; no author is named."""

from django.db import models


class Correction(models.Model):
    """An officer's correction beside the prediction. One row per message: the last correction counts."""

    class Source(models.TextChoices):
        RECLASSIFIED = "RECLASSIFIED", "Sửa trên vụ việc"
        PROMOTED = "PROMOTED", "Mở vụ việc từ tin nhắn"

    message = models.OneToOneField("channels.Message", models.SET_NULL, null=True, related_name="correction")
    source = models.CharField(max_length=12, choices=Source.choices)
    text = models.TextField()  # masked: phones, accounts, numbers, plates, links and names are slots
    category_before = models.CharField(max_length=20)
    category_after = models.CharField(max_length=20)
    urgency_before = models.PositiveSmallIntegerField()
    urgency_after = models.PositiveSmallIntegerField()
    unit = models.ForeignKey("areas.Unit", models.PROTECT, null=True, related_name="+")
    officer_hash = models.CharField(max_length=16, blank=True)  # tells officers apart without naming them
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="intake_correction_at")]


class EventCursor(models.Model):
    """Progress in the case events: row 1 for corrections, row 2 for landmarks."""

    event_id = models.BigIntegerField(default=0)
