"""The picture of one service: put there, replaced, taken away. Owners and managers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from booking.models import Service
from booking.page.shop import picture_path
from booking.page_forms import PictureForm
from booking.selectors import find_row
from booking.services.pictures import BadPicture
from booking.services.service_pictures import remove_picture, set_picture
from booking.views.row_forms import CHANGED
from saas.core import clock
from saas.core.access import MANAGERS, panel
from saas.core.htmx import saved


@panel("services.edit", roles=MANAGERS)
def service_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The form; `remove` takes the picture away."""
    row, url = find_row(Service, pk), reverse("booking:service_list")
    form = PictureForm()
    if request.method == "POST" and "remove" in request.POST:
        remove_picture(request.tenant, pk)
        text = _("The picture of “%(name)s” is removed.")
        return saved(request, url, text % {"name": row}, event=CHANGED)
    if request.method == "POST":
        form = PictureForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                set_picture(request.tenant, pk, form.cleaned_data["picture"], now=clock.now())
            except BadPicture as error:
                form.add_error("picture", str(error.message))
            else:
                text = _("“%(name)s” is shown with its picture.")
                return saved(request, url, text % {"name": row}, event=CHANGED)
    context = {
        "title": _("Picture of “%(name)s”") % {"name": row},
        "lead": _("Stands beside the service on your public page."),
        "form": form,
        "picture": row.picture,
        "picture_url": picture_path(row.picture) if row.picture else "",
        "action": request.path,
        "multipart": True,
        "back_url": url,
        "shell": "panel_base.html",
    }
    status = 422 if form.errors else 200
    return render(request, "booking/service_picture.html", context, status=status)
