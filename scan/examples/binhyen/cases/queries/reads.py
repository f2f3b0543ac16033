# access.yaml, where rows are read
def desk(officer):
    # ruleid: query-without-sight
    Case.objects.all()
    # ruleid: query-without-sight
    Message.objects.filter(unit_id=3).order_by("-id")
    # ruleid: query-without-sight
    everything = Case.objects
    # ruleid: query-without-sight
    Message._base_manager.get(pk=3)
    # ok: query-without-sight
    Case.objects.filter(access.filter_cases(officer), code=code)
    # ok: query-without-sight
    Message.objects.filter(access.visible_filter(officer)).order_by("-id")


def told():
    # ruleid: vault-in-sql
    sql = "SELECT value FROM vault_identity WHERE reporter_id = %s"
    # ok: vault-in-sql
    sql = "SELECT code FROM cases_case WHERE id = %s"
    # ruleid: identity-through-relation
    rows = Report.objects.values_list("reporter__phone")
    # ok: identity-through-relation
    rows = Report.objects.filter(reporter__in=known).values_list("reporter__pseudonym")
    # ruleid: access-by-assert
    assert access.may(officer, May.DECIDE)
    # ruleid: access-by-assert
    assert officer.role == "CHIEF" and case.unit_id == officer.unit_id
    # ok: access-by-assert
    assert isinstance(adapter, KeepsGroups)


def may_open(officer):
    # ruleid: failure-that-allows
    try:
        return ask_policy(officer)
    except LookupError:
        return True


def may_read(officer):
    # ok: failure-that-allows
    try:
        return ask_policy(officer)
    except LookupError:
        return False


def write(body, row, form):
    # ruleid: fields-from-outside
    Case.objects.create(**body.dict())
    # ruleid: fields-from-outside
    Case.objects.update(**form.cleaned_data)
    # ruleid: fields-from-outside
    for key, value in body.items():
        setattr(row, key, value)
    # ok: fields-from-outside
    Case.objects.create(title=body.title)
