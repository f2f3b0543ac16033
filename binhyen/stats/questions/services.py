"""Save, share and delete questions."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.models import Officer
from binhyen.stats.models import SavedQuestion
from binhyen.stats.questions.spec import MAX_NAME_LENGTH, InvalidQuestion

MAX_OWN = 50


@transaction.atomic
def store_saved_question(
    *, officer: Officer, name: str, query: str, is_shared: bool, now: dt.datetime
) -> SavedQuestion:
    """Save a question under a name; the same name again replaces the officer's own. Raises InvalidQuestion.

    `is_shared`: officers of the unit see it too; each gets the numbers of their own rights.
    """
    name = collapse_spaces(to_nfc(name))
    if not 2 <= len(name) <= MAX_NAME_LENGTH:
        raise InvalidQuestion(_("Tên phải dài từ 2 đến 80 chữ."))
    saved_questions = SavedQuestion.objects.filter(officer=officer)
    if saved_questions.exclude(name=name).count() >= MAX_OWN:
        raise InvalidQuestion(_("Bạn đã lưu {n} câu hỏi. Hãy bỏ bớt.").format(n=MAX_OWN))
    values = {"query": query, "is_shared": is_shared, "unit": officer.unit, "saved_at": now}
    return SavedQuestion.objects.update_or_create(officer=officer, name=name, defaults=values)[0]


@transaction.atomic
def delete_saved_question(*, officer: Officer, question: SavedQuestion) -> None:
    """Delete an own question. Raises InvalidQuestion for one of another officer."""
    if question.officer_id != officer.pk:
        raise InvalidQuestion(_("Chỉ người lưu mới bỏ được."))
    question.delete()
