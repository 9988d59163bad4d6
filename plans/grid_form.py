"""Importing a grid: the file, then the same text again with the token of what was shown."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from plans.grid_files import Grid, read_grid
from plans.grid_syntax import MAX_BYTES, GridError
from plans.services.grids import GridDiff, PlansChanged, apply_grid, compare

TOO_LARGE = _("A grid has at most %(most)s KB.") % {"most": MAX_BYTES // 1024}


class GridForm(forms.Form):
    """`grid` is the file, checked; `diff` what applying it would do."""

    file = forms.FileField(
        label=_("Grid file"),
        required=False,
        help_text=_("A YAML file, as “Export grid” writes it."),
    )
    text = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)
    name = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        currency: str,
    ) -> None:
        super().__init__(data, files)
        self.currency = currency
        self.grid: Grid | None = None
        self.diff: GridDiff | None = None
        self.is_outdated = False

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > MAX_BYTES:
            raise ValidationError(TOO_LARGE)
        return file

    def clean(self) -> None:
        if self.errors:
            return
        file, text = self.cleaned_data["file"], self.cleaned_data["text"]
        if not file and not text:
            self.add_error("file", _("Choose a file."))
            return
        self.file_name = (file.name if file else self.cleaned_data["name"])[-60:] or "grid.yaml"
        source = file.read() if file else text.encode()
        try:
            self.grid = read_grid(self.file_name, source, self.currency)
        except GridError as error:
            self.add_error("file", str(error.message))
            return
        self.source_text = source.decode("utf-8-sig")
        self.diff = compare(self.grid)

    @property
    def is_confirmed(self) -> bool:
        """Whether the diff was shown and agreed to."""
        return bool(self.cleaned_data["seen"])

    def apply(self) -> GridDiff | None:
        """What was changed. None when it could not be: then the form says why, and shows what is due now."""
        assert self.grid is not None  # noqa: S101  # valid data only
        try:
            return apply_grid(self.grid, seen=self.cleaned_data["seen"])
        except PlansChanged as error:
            self.diff, self.is_outdated = error.diff, True
        except GridError as error:
            self.add_error("file", str(error.message))
        return None
