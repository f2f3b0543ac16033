"""What officers taught the reader. Personal data is masked before a row is written; nobody who wrote is named."""

from django.db import models


class Correction(models.Model):
    """What an officer made of a message, beside what the reader thought. One row a message: the last word counts."""

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
    officer_hash = models.CharField(max_length=16, blank=True)  # tells teachers apart, names none
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="intake_correction_at")]


class Collected(models.Model):
    """How far the events of the register were looked through: row 1 for corrections, row 2 for landmarks."""

    event_id = models.BigIntegerField(default=0)
