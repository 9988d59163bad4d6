"""What the Audit log page is asked for, and what it answers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.apps import apps
from django.core.paginator import Page
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db.models import BooleanField, Case, Exists, OuterRef, Value, When
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from saas.core import audit
from saas.core.errors import Conflict
from saas.core.models import AuditEntry, AuditQuerySet
from saas.core.paging import Pages
from saas.dashboard.audit_words import FEW, Line, lines, verb_label

PER_PAGE = 25
EXPORT_MOST = 50_000
"""How many entries one file may hold: it is made in memory."""
SYSTEM = "system"
PEOPLE = """
WITH RECURSIVE person AS (
    (SELECT id, actor_id, actor_name, actor_email FROM core_auditentry
     WHERE actor_id IS NOT NULL ORDER BY actor_id DESC, at DESC LIMIT 1)
    UNION ALL
    SELECT next.* FROM person CROSS JOIN LATERAL (
        SELECT id, actor_id, actor_name, actor_email FROM core_auditentry AS entry
        WHERE entry.actor_id < person.actor_id ORDER BY entry.actor_id DESC, entry.at DESC LIMIT 1
    ) AS next
)
SELECT * FROM person
UNION ALL
(SELECT id, actor_id, actor_name, actor_email FROM core_auditentry WHERE actor_id IS NULL ORDER BY at DESC LIMIT 1)
"""
"""The latest entry of everybody who has one: from person to person through the index, not through all entries."""
SANE_DAY = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
BIGGEST_ID = 2**63 - 1
HEAD = (
    gettext_lazy("Entry"), gettext_lazy("Time (UTC)"), gettext_lazy("Person"), gettext_lazy("E-mail"),
    gettext_lazy("On behalf of"), gettext_lazy("What"), gettext_lazy("Verb"), gettext_lazy("Kind"),
    gettext_lazy("Id"), gettext_lazy("Name"), gettext_lazy("Business"), gettext_lazy("Field"),
    gettext_lazy("Before"), gettext_lazy("After"), gettext_lazy("Reason"), gettext_lazy("Address"),
)  # fmt: skip


class Question(forms.Form):
    """The filters. What is not understood filters nothing, and says so."""

    q = forms.CharField(required=False, max_length=100)
    person = forms.RegexField(rf"^(\d{{1,18}}|{SYSTEM})\Z", required=False)
    verb = forms.CharField(required=False, max_length=60)
    since = forms.DateField(required=False, validators=SANE_DAY)
    until = forms.DateField(required=False, validators=SANE_DAY)
    tenant = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST_ID)
    subject = forms.CharField(
        required=False, validators=[RegexValidator(r"^[a-z_]+\.[a-z_]+:\d{1,18}\Z")]
    )


class Row:
    """One entry as the table shows it."""

    def __init__(self, entry: AuditEntry) -> None:
        self.entry = entry
        self.label = verb_label(entry.verb)
        every: list[Line] = lines(entry)
        keep = FEW if len(every) > FEW + 1 else len(every)
        self.lines, self.more = every[:keep], every[keep:]

    @property
    def url(self) -> str:
        """The page of the subject; empty when it is gone, or has none."""
        subject = audit.subjects.get(self.entry.subject_kind)
        if subject is None or not getattr(self.entry, "is_there", False):
            return ""
        return reverse(subject.url, args=[self.entry.subject_id] if subject.takes_id else [])

    @property
    def subject_key(self) -> str:
        return f"{self.entry.subject_kind}:{self.entry.subject_id}"


class AuditLog:
    """The entries that `asked` (the address's query) is about, newest first."""

    def __init__(self, asked: QueryDict) -> None:
        self.form = Question(asked)
        self.form.is_valid()
        self.asked: dict[str, Any] = self.form.cleaned_data
        self._page = asked.get("page", "1")

    @cached_property
    def page(self) -> Page[Any]:
        """One page of rows; one query for how many there are, one for the rows and whether their subjects exist."""
        paginator = Pages(self.entries().annotate(is_there=_is_there()), PER_PAGE)
        page: Page[Any] = paginator.get_page(self._page)
        page.object_list = [Row(entry) for entry in page.object_list]
        return page

    def entries(self) -> AuditQuerySet:
        """Everything that fits the filters."""
        exact = {
            field: value
            for field, value in {
                "verb": self.asked.get("verb"),
                "tenant_id": self.asked.get("tenant"),
                **self._person(),
                **self._subject(),
            }.items()
            if value not in (None, "")
        }
        found = AuditEntry.objects.filter(**exact).between(*self._bounds()).newest_first()
        return found.search(self.asked["q"]) if self.asked.get("q") else found

    def _person(self) -> dict[str, Any]:
        person = self.asked.get("person")
        return {"actor_id__isnull": True} if person == SYSTEM else {"actor_id": person}

    def _subject(self) -> dict[str, Any]:
        kind, _colon, pk = (self.asked.get("subject") or "").partition(":")
        return {"subject_kind": kind, "subject_id": pk}

    def _bounds(self) -> tuple[datetime | None, datetime | None]:
        """The first instant of the first day, and of the day after the last one."""
        since, until = self.asked.get("since"), self.asked.get("until")
        return _midnight(since), _midnight(until + timedelta(days=1)) if until else None

    @property
    def is_filtered(self) -> bool:
        return bool(self.query)

    @property
    def query(self) -> str:
        """The filters as they stand in an address, without the page."""
        return urlencode({key: value for key, value in self.asked.items() if value})

    @property
    def query_of_rest(self) -> str:
        """The same without the business and the subject that were picked from a row."""
        rest = {k: v for k, v in self.asked.items() if v and k not in {"tenant", "subject"}}
        return urlencode(rest)

    @property
    def picked(self) -> str:
        """The name of the business or subject that was picked from a row; empty when none was."""
        if not (self.asked.get("tenant") or self.asked.get("subject")):
            return ""
        first = next(iter(self.page.object_list), None)
        if first is None:
            return _("one thing that has no entries")
        return first.entry.subject_label if self.asked.get("subject") else first.entry.tenant_name

    @cached_property
    def people(self) -> list[tuple[str, str]]:
        """Whoever has an entry: value and name, for the filter."""
        found = AuditEntry.objects.raw(PEOPLE)
        people = [(str(entry.actor_id or SYSTEM), entry.who) for entry in found]
        return sorted(people, key=lambda person: (person[0] == SYSTEM, person[1].lower()))

    @property
    def verbs(self) -> list[tuple[str, str]]:
        """Every deed that can be recorded: key and title."""
        return sorted(((key, str(verb.label)) for key, verb in audit.verbs.items()), key=_by_title)

    def file_rows(self) -> Iterator[list[Any]]:
        """The entries for a spreadsheet, one row for each field that changed.

        Raises Conflict when there are too many for one file.
        """
        entries = list(self.entries()[: EXPORT_MOST + 1])
        if len(entries) > EXPORT_MOST:
            message = _(
                "More than %(most)s entries do not go into one file. Choose a shorter time."
            )
            raise Conflict(message % {"most": f"{EXPORT_MOST:,}"})
        return (row for entry in entries for row in _file_rows(entry))


def _by_title(choice: tuple[str, str]) -> str:
    return choice[1].lower()


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, get_current_timezone()) if day else None


def _is_there() -> Case:
    """Whether the subject still exists, for the kinds that have a page to link to."""
    cases = []
    for kind in audit.subjects:
        rows = apps.get_model(kind)._base_manager.filter(pk=OuterRef("subject_id"))
        cases.append(When(subject_kind=kind, then=Exists(rows)))
    return Case(*cases, default=Value(value=False), output_field=BooleanField())


def _file_rows(entry: AuditEntry) -> Iterator[list[Any]]:
    at = entry.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    start = [
        entry.pk, at, entry.who, entry.actor_email, entry.on_behalf_of, verb_label(entry.verb), entry.verb,
        entry.subject_kind, entry.subject_id, entry.subject_label, entry.tenant_name,
    ]  # fmt: skip
    for line in lines(entry) or [Line("", "", "")]:
        yield [*start, line.label, line.before, line.after, entry.reason, entry.ip]
