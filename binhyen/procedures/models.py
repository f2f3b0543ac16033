"""Models of procedures: versions of each procedure, and questions that found no answer."""

from django.db import models
from django.db.models import Q

from binhyen.kit.ids import generate_uuid7
from binhyen.procedures.rules.states import (
    MAX_LINE_LENGTH,
    MAX_TITLE_LENGTH,
    STATE_LABELS,
    TOPIC_LABELS,
    ProcedureContent,
    ProcedureState,
    Variant,
)

MAX_QUESTION_LENGTH = 300


class Procedure(models.Model):
    """One version of a procedure. `key`: the same in all versions, of which at most one is in use.

    `shipped_revision`: of the library it comes from, without an author. `valid_to`: the last day of its answers.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    key = models.SlugField(max_length=60, db_index=False)
    unit = models.ForeignKey("areas.Unit", models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    shipped_revision = models.PositiveSmallIntegerField(null=True)
    topic = models.CharField(max_length=9, choices=[(topic.value, label) for topic, label in TOPIC_LABELS.items()])
    title = models.CharField(max_length=MAX_TITLE_LENGTH)
    questions = models.TextField()
    steps = models.TextField()
    papers = models.TextField(blank=True)
    fee = models.CharField(max_length=MAX_LINE_LENGTH, blank=True)
    duration = models.CharField(max_length=MAX_LINE_LENGTH, blank=True)
    place = models.CharField(max_length=MAX_LINE_LENGTH)
    hours = models.CharField(max_length=MAX_LINE_LENGTH, blank=True)
    ask = models.CharField(max_length=MAX_LINE_LENGTH, blank=True)
    variants = models.JSONField(default=list)
    source = models.CharField(max_length=MAX_LINE_LENGTH)
    source_url = models.CharField(max_length=MAX_LINE_LENGTH)
    source_on = models.DateField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    state = models.CharField(
        max_length=9,
        choices=[(state.value, label) for state, label in STATE_LABELS.items()],
        default=ProcedureState.DRAFT,
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    returned_note = models.CharField(max_length=MAX_LINE_LENGTH, blank=True)
    approved_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("people.Officer", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=MAX_LINE_LENGTH, blank=True)
    answers = models.PositiveIntegerField(default=0)  # given in chats

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(state="APPROVED"), name="procedures_one_in_use"),
            models.UniqueConstraint(
                fields=["key", "shipped_revision"],
                condition=Q(shipped_revision__isnull=False),
                name="procedures_shipped_once",
            ),
            models.CheckConstraint(
                name="procedures_two_people",
                condition=Q(approved_by__isnull=True) | Q(author__isnull=True) | ~Q(approved_by=models.F("author")),
            ),
            models.CheckConstraint(
                name="procedures_approved_has_end",
                condition=~Q(state="APPROVED") | Q(approved_by__isnull=False, valid_to__isnull=False),
            ),
            models.CheckConstraint(
                name="procedures_validity",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
            ),
            models.CheckConstraint(name="procedures_has_source", condition=~Q(source="") & ~Q(source_url="")),
        ]
        indexes = [
            models.Index(fields=["state", "topic", "title"], name="procedures_list"),
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="procedures_ended"),
        ]

    @property
    def content(self) -> ProcedureContent:
        return ProcedureContent(
            topic=self.topic,
            title=self.title,
            questions=self.questions,
            steps=self.steps,
            papers=self.papers,
            fee=self.fee,
            duration=self.duration,
            place=self.place,
            hours=self.hours,
            ask=self.ask,
            variants=tuple(Variant(item["label"], tuple(item["words"]), item["text"]) for item in self.variants),
            source=self.source,
            source_url=self.source_url,
            source_on=self.source_on,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class UnansweredQuestion(models.Model):
    """A question without an answer: masked, without person, place and hour. `digest`: of its words."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    text = models.CharField(max_length=MAX_QUESTION_LENGTH)
    nearest_key = models.SlugField(max_length=60, blank=True, db_index=False)
    times = models.PositiveIntegerField(default=1)
    first_on = models.DateField()
    last_on = models.DateField(db_index=True)
