"""The doors to the WhatsApp texts that Meta has approved: add, change, delete. It all is audited."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from saas.core import audit
from saas.core.audit import Subject, Verb
from saas.core.errors import NotHere
from tenants.models import User
from workflows.actions.whatsapp import PLACE
from workflows.channels.catalogue import WHATSAPP
from workflows.models import Action, ApprovedTemplate

LONGEST = 1024
"""Meta’s limit of a template’s body."""
NAME = re.compile(r"[a-z0-9_]{1,120}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
PROVIDER_NAME = re.compile(r"[A-Za-z0-9_]{0,120}")
FIELDS = ("name", "language", "body", "provider_name", "is_active")
AUDITED: tuple[Verb | Subject, ...] = (
    Verb("template.saved", gettext_lazy("Approved text changed")),
    Verb("template.deleted", gettext_lazy("Approved text deleted")),
    Subject("workflows.approvedtemplate", "console_channels:template"),
)


@dataclass(frozen=True)
class Text:
    """What is to be stored of a text. `provider_name`: Twilio’s HX… id, empty where the name itself is asked for."""

    name: str
    language: str
    body: str
    provider_name: str = ""
    is_active: bool = True


def template_called(pk: int) -> ApprovedTemplate:
    """Raises NotHere."""
    found = ApprovedTemplate.objects.filter(pk=pk).first()
    if found is None:
        raise NotHere(_("This text is not there any more."))
    return found


def uses_of(template: ApprovedTemplate) -> int:
    """How many actions of workflows send it, everybody’s together."""
    return Action.objects.filter(kind=WHATSAPP, settings__template=str(template.pk)).count()


@transaction.atomic
def save_template(text: Text, *, pk: int | None = None, by: User | None) -> ApprovedTemplate:
    """The text as stored; a new one without `pk`. Raises ValidationError by field, and NotHere.

    While workflows use it, it keeps the number of its places: they fill as many.
    """
    row = _locked(pk) if pk is not None else ApprovedTemplate()
    before = audit.snapshot(row, FIELDS) if pk is not None else {}
    wrong = {field: sentence for field, sentence in _complaints(text, row).items() if sentence}
    if wrong:
        raise ValidationError(wrong)
    for field, value in asdict(text).items():
        setattr(row, field, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise ValidationError({"name": _same_name()}) from None
    changes = audit.differences(before, audit.snapshot(row, FIELDS))
    audit.record("template.saved", row, changes=changes, actor=by)
    return row


@transaction.atomic
def delete_template(pk: int, *, by: User | None) -> str:
    """It is gone, and what it was called is returned; actions that use it send nothing any more. Raises NotHere."""
    row = _locked(pk)
    gone = audit.snapshot(row, FIELDS)
    audit.record("template.deleted", row, changes=audit.differences(gone, {}), actor=by)
    row.delete()
    return str(row)


def numbers_in(body: str) -> list[int]:
    """The places of `body`, each once, in their order."""
    return sorted({int(number) for number in PLACE.findall(body)})


def _locked(pk: int) -> ApprovedTemplate:
    found = ApprovedTemplate.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if found is None:
        raise NotHere(_("This text is not there any more."))
    return found


def _complaints(text: Text, row: ApprovedTemplate) -> Mapping[str, str]:
    return {
        "name": _about_name(text, row),
        "language": ""
        if LANGUAGE.fullmatch(text.language)
        else _("Enter a language as Meta writes it, such as en, en_US or pt_PT."),
        "body": _about_body(text.body, row),
        "provider_name": ""
        if PROVIDER_NAME.fullmatch(text.provider_name)
        else _("Enter letters, digits and _ alone, such as HX and 32 more."),
    }


def _about_name(text: Text, row: ApprovedTemplate) -> str:
    if not NAME.fullmatch(text.name):
        return _("Enter small letters, digits and _ alone, as the text is called at Meta.")
    same = ApprovedTemplate.objects.filter(name=text.name, language=text.language)
    if same.exclude(pk=row.pk).exists():
        return _same_name()
    return ""


def _same_name() -> str:
    return _("There is a text with this name in this language already.")


def _about_body(body: str, row: ApprovedTemplate) -> str:
    if not body.strip():
        return _("Fill this in.")
    if len(body) > LONGEST:
        return _("A text has at most %(most)s characters.") % {"most": LONGEST}
    numbers = numbers_in(body)
    if numbers != list(range(1, len(numbers) + 1)):
        return _("Number the places from {{1}} on, without a gap.")
    if row.pk and len(numbers) != len(numbers_in(row.body)) and (uses := uses_of(row)):
        return ngettext(
            "%(n)s workflow fills its places, so their number has to stay. Add another text instead.",
            "%(n)s workflows fill its places, so their number has to stay. Add another text instead.",
            uses,
        ) % {"n": uses}
    return ""
