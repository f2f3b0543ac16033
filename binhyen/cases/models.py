"""The register: cases, their append-only events, reports, clocks, alarms, relations and evidence."""

from typing import Any, cast

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from binhyen.cases import choices
from binhyen.kit.ids import generate_code, generate_uuid7
from binhyen.kit.ranked_search import search_vector

_OPEN = Q(state__in=[s.value for s in choices.OPEN_STATES])


class Case(models.Model):
    """A case with its owner, clocks and outcome.

    Every write increments `version`; a stale write is refused (optimistic lock).
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=8, default=generate_code, unique=True)
    kind = models.CharField(max_length=16)
    lane = models.CharField(max_length=16, choices=list(choices.LANE_LABELS.items()))
    state = models.CharField(max_length=10, choices=list(choices.STATE_LABELS.items()), default=choices.State.NEW)
    category = models.CharField(max_length=20)
    urgency = models.PositiveSmallIntegerField()
    sensitive = models.BooleanField(default=False)
    title = models.CharField(max_length=160)
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="cases")
    # smallest known area, as of the report
    area = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")  # today's commune
    place = models.CharField(max_length=160, blank=True)
    snippet = models.CharField(max_length=160, blank=True)  # start of the report text, so that the list needs no join
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    assignee = models.ForeignKey("people.Officer", models.SET_NULL, null=True, related_name="cases")
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # the earliest running clock
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True, choices=list(choices.OUTCOME_LABELS.items()))
    result = models.TextField(blank=True)  # the text shown to the reporter
    tip_value = models.CharField(max_length=8, choices=list(choices.GRADE_LABELS.items()), default=choices.Grade.NONE)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="absorbed")
    state_before_merge = models.CharField(max_length=10, blank=True)
    version = models.PositiveIntegerField(default=1)
    # closed, but a reporter answered that it did not help; until an officer adds a note or reopens
    reporter_unsatisfied = models.BooleanField(default=False, db_default=False)
    unread_reason = models.PositiveSmallIntegerField(
        default=choices.UnreadUpdate.NONE, db_default=choices.UnreadUpdate.NONE
    )
    erased_at = models.DateTimeField(null=True)  # its content was erased; only the statistics remain
    is_restricted = models.BooleanField(
        default=False, db_default=False
    )  # a complaint about police: in no list (access.cases)
    # officers excluded from the case (conduct/services/exclusions.py)
    excluded_officers = ArrayField(models.BigIntegerField(), null=True)
    search_text = models.TextField(blank=True)  # title, place, message words, normalized phones and plates
    is_open = models.GeneratedField(
        expression=cast("Any", _OPEN),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    search = models.GeneratedField(
        expression=search_vector("search_text"), output_field=SearchVectorField(), db_persist=True
    )
    search_accented = SearchVectorField(
        default="", db_default=""
    )  # accented words of the same text: `kit/search_terms.py`

    class Meta:
        indexes = [
            models.Index(fields=["-id"], condition=_OPEN, name="cases_open"),
            models.Index(fields=["-id"], condition=Q(is_open=False), name="cases_done"),
            models.Index(fields=["unit", "-id"], name="cases_unit"),
            models.Index(fields=["unit", "-id"], condition=_OPEN, name="cases_unit_open"),
            models.Index(fields=["unit", "is_open", "-urgency", "-id"], name="cases_unit_queue"),
            models.Index(fields=["is_open", "-urgency", "-id"], name="cases_queue"),
            models.Index(fields=["commune", "-id"], name="cases_commune"),
            models.Index(fields=["category", "-id"], name="cases_category"),
            models.Index(fields=["state", "-id"], name="cases_state"),
            models.Index(fields=["kind", "-id"], name="cases_kind"),
            models.Index(fields=["urgency", "-id"], name="cases_urgency"),
            models.Index(fields=["assignee", "-id"], condition=Q(assignee__isnull=False), name="cases_assignee"),
            models.Index(
                fields=["closed_at"], condition=Q(closed_at__isnull=False, erased_at=None), name="cases_to_forget"
            ),
            models.Index(fields=["unit", "-id"], condition=Q(reporter_unsatisfied=True), name="cases_unhelped"),
            models.Index(fields=["unit", "-id"], condition=Q(unread_reason__gt=0), name="cases_news"),
            models.Index(fields=["due_at"], condition=_OPEN & Q(due_at__isnull=False), name="cases_due"),
            # Counting open cases reads this index alone: it also has the columns of the row policy.
            models.Index(
                fields=["commune"],
                include=[
                    "id",
                    "unit",
                    "urgency",
                    "due_at",
                    "assignee",
                    "is_restricted",
                    "excluded_officers",
                    "merged_into",
                ],
                condition=Q(is_open=True),
                name="cases_open_counts",
            ),
            models.Index(
                fields=["-id"], condition=Q(is_open=True, longitude__isnull=False), name="cases_open_positions"
            ),
            GinIndex(fields=["search"], name="cases_search", fastupdate=False),
            GinIndex(
                fields=["search_accented"],
                name="cases_search_accented_gin",
                fastupdate=True,
                gin_pending_list_limit=256,
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="cases_closed_has_outcome",
                condition=~Q(state=choices.State.CLOSED) | (~Q(outcome="") & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="cases_merged_knows_where",
                condition=Q(state=choices.State.MERGED, merged_into__isnull=False)
                | (~Q(state=choices.State.MERGED) & Q(merged_into__isnull=True)),
            ),
            models.CheckConstraint(name="cases_urgency_range", condition=Q(urgency__lte=3)),
            models.CheckConstraint(
                name="cases_empty_text_has_no_terms",
                condition=~Q(search_text="") | Q(Exact(Length("search_accented"), 0)),
            ),
            models.CheckConstraint(
                name="cases_complaint_is_restricted", condition=~Q(kind=choices.CONDUCT_KIND) | Q(is_restricted=True)
            ),
        ]


class CaseEvent(models.Model):
    """An append-only event of a case; a trigger rejects updates and deletes."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    officer = models.ForeignKey("people.Officer", models.PROTECT, null=True)
    verb = models.CharField(max_length=20)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["case", "id"]),
            models.Index(fields=["officer", "-id"], condition=Q(verb=choices.Verb.HANDED_ON), name="cases_handed_on"),
            models.Index(
                KT("data__after"), name="cases_follows", condition=Q(verb=choices.Verb.OPENED, data__has_key="after")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="cases_event_known", condition=Q(verb__in=[verb.value for verb in choices.Verb])
            ),
        ]


class StatsDirty(models.Model):
    """Cases changed since `stats` last counted them; written with the event, consumed by the counter."""

    case = models.ForeignKey(Case, models.CASCADE)


class DerivedCase(models.Model):
    """A case opened with facts extracted from a sealed one (`source`).

    Only the worker reads it: an officer excluded from the source is excluded from the case as well
    (services/exclusions.py).
    """

    case = models.OneToOneField(Case, models.CASCADE, related_name="drawn")
    source = models.ForeignKey(Case, models.CASCADE, related_name="+")


class Report(models.Model):
    """The report of one citizen on a case. `link_hash`: their status page; `conversation`: where replies go."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="reports")
    reporter = models.ForeignKey("vault.Reporter", models.CASCADE, related_name="reports")
    conversation = models.ForeignKey("channels.Conversation", models.SET_NULL, null=True)
    link_hash = models.CharField(max_length=64, null=True, unique=True)
    at = models.DateTimeField()
    recovery = models.BinaryField(null=True)  # the link, encrypted under the code and a word of the reporter
    was_helpful = models.BooleanField(null=True)
    result_score = models.PositiveSmallIntegerField(null=True)  # 1 to 5, of the result
    attitude_score = models.PositiveSmallIntegerField(null=True)  # 1 to 5, of the officers' attitude
    appealed_at = models.DateTimeField(null=True)  # the reporter wrote one level up, once
    loss_amount = models.PositiveBigIntegerField(null=True)  # đồng sent to a fraud; null: not asked or not answered
    rated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "reporter"], name="cases_report_once")]
        indexes = [models.Index(fields=["reporter", "-id"])]


class CallbackView(models.Model):
    """One display of the number that a reporter left to be called back; the reporter reads these on their page."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="callback_views")
    reporter = models.ForeignKey("vault.Reporter", models.CASCADE, related_name="+")
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["reporter", "-id"], name="cases_callbackview_reporter")]


class ReplyTemplate(models.Model):
    """A ready reply that a unit wrote for itself, offered beside the built-in ones."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    unit = models.ForeignKey("areas.Unit", models.CASCADE, related_name="+")
    label = models.CharField(max_length=30)
    text = models.CharField(max_length=600)
    officer = models.ForeignKey("people.Officer", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "label"], name="cases_replytemplate_once")]


class CaseMessage(models.Model):
    """A link of a message to a case. One message can belong to two cases; a link is detached, never deleted."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="case_messages")
    message = models.ForeignKey("channels.Message", models.PROTECT, related_name="case_messages")
    attached_at = models.DateTimeField()
    attached_by = models.CharField(max_length=60)
    detached_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "message"], condition=Q(detached_at__isnull=True), name="cases_message_once"
            )
        ]


class Clock(models.Model):
    """A named deadline of a case. `inherited_from`: the merged case that this clock comes from, until it is unmerged.

    `escalation_level`: the highest level notified (rules.OverdueLevel), `acknowledged_level`: the level that
    acknowledged; `next_at`: next notification.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="clocks")
    name = models.CharField(max_length=20)
    label = models.CharField(max_length=60)
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)  # stands still, e.g. while the citizen is asked
    paused_in_states = models.JSONField(default=list)  # states in which it is met
    inherited_from = models.ForeignKey(Case, models.CASCADE, null=True, related_name="lent_clocks")
    escalation_level = models.PositiveSmallIntegerField(default=0, db_default=0)
    acknowledged_level = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_at = models.DateTimeField(null=True)
    prolonged = models.PositiveSmallIntegerField(default=0, db_default=0)  # how often

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "name"], condition=Q(inherited_from=None), name="cases_clock_once"),
            models.UniqueConstraint(fields=["inherited_from", "name"], name="cases_clock_lent_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(stopped_at=None, next_at__isnull=False), name="cases_clock_next"
            ),
            models.Index(
                fields=["case"], condition=Q(stopped_at=None, escalation_level__gt=0), name="cases_clock_told"
            ),
        ]


class Alarm(models.Model):
    """An urgent case rings until an officer acknowledges; `escalation_level` is the level notified."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="alarm", primary_key=True)
    escalation_level = models.PositiveSmallIntegerField(default=0)
    raised_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("people.Officer", models.PROTECT, null=True)
    left_at = models.DateTimeField(null=True)  # officers set out
    arrived_at = models.DateTimeField(null=True)
    arrival_late = models.BooleanField(default=False, db_default=False)  # the chief was notified

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], condition=Q(acknowledged_at__isnull=True), name="cases_alarm_due"),
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="cases_alarm_next"),
            models.Index(fields=["case"], condition=Q(acknowledged_at__isnull=True), name="cases_alarm_ringing"),
        ]


class Note(models.Model):
    """An internal note of an officer; never shown to citizens."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="notes")
    officer = models.ForeignKey("people.Officer", models.PROTECT)
    text = models.TextField()
    at = models.DateTimeField()


class Relation(models.Model):
    """A relation between two cases."""

    class Kind(models.TextChoices):
        RELATED = "RELATED", _("Liên quan")
        SAME_PERSON = "SAME_PERSON", _("Cùng đối tượng")
        DUPLICATE = "DUPLICATE", _("Có thể trùng")
        # lost and found: the same item or person, confirmed by an officer with access to both
        MATCH = "MATCH", _("Đã khớp")

    case = models.ForeignKey(Case, models.CASCADE, related_name="relations")
    related_case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    officer = models.ForeignKey("people.Officer", models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "related_case", "kind"], name="cases_relation_once"),
            models.CheckConstraint(name="cases_relation_two", condition=~Q(case=F("related_case"))),
        ]


class Evidence(models.Model):
    """Proof of an outcome: a text, and an optional file."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="evidence")
    officer = models.ForeignKey("people.Officer", models.PROTECT)
    text = models.TextField(blank=True)
    attachment = models.OneToOneField("channels.Attachment", models.PROTECT, null=True)
    at = models.DateTimeField()
