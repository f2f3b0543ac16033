# output.yaml
def badge(text, parts):
    # ruleid: html-trusted-by-hand
    mark_safe(f"<b>{text}</b>")
    # ruleid: html-trusted-by-hand
    SafeString("<b>" + text + "</b>")
    # ok: html-trusted-by-hand
    SafeString("")
    # ruleid: format-html-already-formatted
    format_html(f"<b>{text}</b>")
    # ruleid: format-html-already-formatted
    format_html("<b>%s</b>" % text)
    # ok: format-html-already-formatted
    format_html("<b>{}</b>", text)
    # ok: html-trusted-by-hand
    return format_html("<b>{}</b>", text)


def link(token):
    # ruleid: secret-in-an-address
    url = f"/theo-doi?token={token}"
    # ok: secret-in-an-address
    url = f"/theo-doi/{token}"
    return url
