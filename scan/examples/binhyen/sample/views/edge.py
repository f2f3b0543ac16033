# access.yaml, where a request arrives
def listing(request):
    # ruleid: table-in-an-edge
    rows = Case.objects.filter(unit=request.GET["unit"])
    # ruleid: table-in-an-edge
    everything = Case.objects
    # ruleid: table-in-an-edge
    everything = Case._default_manager.all()
    # ok: table-in-an-edge
    rows = queries.desk_page(request.user, filters)
    # ruleid: role-compared-in-an-edge
    if request.user.role == "OPERATOR":
        return None
    # ruleid: role-compared-in-an-edge
    if request.user.is_superuser:
        return rows
    # ok: role-compared-in-an-edge
    return rows if request.user.may(May.OPERATE) else None


def answer(request, text):
    # ruleid: page-written-by-hand
    HttpResponse(f"<p>{text}</p>")
    # ruleid: page-written-by-hand
    HttpResponse("<p>" + text + "</p>")
    # ok: page-written-by-hand
    HttpResponse("a;b" + text, content_type="text/csv")
    # ok: page-written-by-hand
    render(request, "x.html", {"text": text})
    # ruleid: json-list-at-the-top
    JsonResponse([1, 2], safe=False)
    # ok: json-list-at-the-top
    JsonResponse({"rows": [1, 2]})


def onwards(request):
    # ruleid: redirect-to-what-was-asked
    redirect(request.GET["next"])
    target = request.POST.get("next", "/")
    # ruleid: redirect-to-what-was-asked
    HttpResponseRedirect(target)
    # ok: redirect-to-what-was-asked
    redirect(reverse("desk"))
    # ok: redirect-to-what-was-asked
    redirect(get_safe_target(request, request.GET["next"]))


def download(answer, upload, code):
    # ruleid: file-name-from-outside
    answer.headers["Content-Disposition"] = f'attachment; filename="{upload.name}"'
    # ruleid: file-name-from-outside
    FileResponse(code, filename=upload.name)
    # ok: file-name-from-outside
    answer.headers["Content-Disposition"] = 'attachment; filename="danh-sach.csv"'


# ruleid: page-kept-by-caches
@cache_page(60)
def kept(request):
    answer = render(request, "x.html")
    # ruleid: page-kept-by-caches
    answer["Cache-Control"] = "public, max-age=60"
    # ok: page-kept-by-caches
    answer["Cache-Control"] = "no-store"
    # ruleid: cookie-set-loosely
    answer.set_cookie("phone", "0912", max_age=60)
    # ok: cookie-set-loosely
    answer.set_cookie("desk", "1", httponly=True, secure=True, samesite="Lax")


def given(request):
    # ruleid: file-by-given-name
    open(request.GET["name"])
    # ruleid: file-by-given-name
    target = Path(ROOT) / request.FILES["photo"].name
    upload = request.FILES["photo"]
    # ruleid: file-by-given-name
    place = os.path.join(ROOT, upload.name)
    # ok: file-by-given-name
    open(Path(ROOT) / uuid4().hex)
    # ruleid: fields-from-outside
    Case.fresh(**request.POST)
    # ok: fields-from-outside
    services.note(code=code, text=form.cleaned_data["text"])
    # ruleid: gateway-without-a-limit
    request.read()
    # ok: gateway-without-a-limit
    request.body


# ruleid: csrf-switched-off
@csrf_exempt
def unguarded(request):
    return None


# ok: csrf-switched-off
@require_POST
def guarded(request):
    # ruleid: words-kept-in-the-session
    request.session["draft_text"] = request.POST["text"]
    # ok: words-kept-in-the-session
    request.session["sign_in"] = 7
    # ruleid: caller-told-by-a-header
    where = request.META["HTTP_X_FORWARDED_FOR"]
    # ruleid: caller-told-by-a-header
    where = request.META.get("REMOTE_ADDR")
    # ok: caller-told-by-a-header
    where = peer_from_forwarded(request.headers.get("X-Forwarded-For", ""))
