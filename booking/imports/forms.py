"""The file, and which of its columns is what."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.imports import reading
from booking.imports.columns import FIELDS, is_enough
from booking.models import ImportRun

CHOOSE = _("Choose a file.")


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV, at most 10 MB and 200,000 lines. The first line should name the columns."
        ),
        error_messages={
            "required": CHOOSE,
            "missing": CHOOSE,
            "invalid": CHOOSE,
            "empty": _("There is nothing in this file."),
            "max_length": _("Give the file a shorter name."),
        },
        max_length=200,
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > reading.MOST_BYTES:
            raise ValidationError(_("The file is larger than 10 MB. Import it in parts."))
        return file


class ColumnsForm(forms.Form):
    """How the file is written, and a field for each of its columns; `examples` are its first lines."""

    encoding = forms.ChoiceField(label=_("Letters"), choices=[*reading.ENCODINGS.items()])
    delimiter = forms.ChoiceField(
        label=_("Columns end with"), choices=[*reading.DELIMITERS.items()]
    )
    has_head = forms.BooleanField(label=_("The first line names the columns"), required=False)

    def __init__(
        self, data: Mapping[str, Any] | None, *, run: ImportRun, examples: list[list[str]]
    ) -> None:
        initial = {name: getattr(run, name) for name in ("encoding", "delimiter", "has_head")}
        super().__init__(data, initial=initial)
        self.examples = examples
        self.width = max((len(cells) for cells in examples), default=0)
        for number in range(self.width):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=_("Column %(number)s") % {"number": number + 1},
                choices=[("", _("Leave out")), *FIELDS.items()],
                required=False,
                initial=run.columns[number] if number < len(run.columns) else "",
            )

    @property
    def columns(self) -> list[tuple[forms.BoundField, str, list[str]]]:
        """Each column: its choice, its head, and what stands in it."""
        return [(self[f"column_{number}"], *self._column(number)) for number in range(self.width)]

    def _column(self, number: int) -> tuple[str, list[str]]:
        cells = [row[number] if number < len(row) else "" for row in self.examples]
        return cells[0], [cell for cell in cells[1:] if cell][:3]

    def clean(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        columns = [data.pop(f"column_{number}", "") for number in range(self.width)]
        chosen = [field for field in columns if field]
        if not is_enough(columns):
            raise ValidationError(_("Say which column holds the name."))
        twice = next((field for field in chosen if chosen.count(field) > 1), None)
        if twice:
            text = _("Only one column can be “%(field)s”.")
            raise ValidationError(text % {"field": FIELDS[twice]})
        return data | {"columns": columns}
