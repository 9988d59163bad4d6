"""The template tags of the lists of counted rows (`{% load rows %}`)."""

from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from saas.core.addresses import row_url
from saas.core.markup import fill

register = template.Library()


@register.simple_tag
def hours_link(resource: Any, row: Any) -> SafeString:
    """`{% hours_link resource row as hours %}`: whose hours a row has, as the way to them."""
    others = _("As the place") if resource.name == "staff" else _("As the business")
    words = _("Own hours") if row.has_hours else others
    return fill('<a class="soft" href="{}">{}</a>', row_url(resource.hours_url, row.pk), words)
