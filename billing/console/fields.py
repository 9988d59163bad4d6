"""Form fields of billing's own kinds."""

from typing import Any

from django import forms


class Lines(forms.CharField):
    """Text of a few lines, such as an address: line ends as we write them, no spaces at the ends, no empty lines."""

    def __init__(self, *, rows: int = 3, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **options)

    def to_python(self, value: Any) -> str:
        lines = (" ".join(line.split()) for line in (super().to_python(value) or "").splitlines())
        return "\n".join(filter(None, lines))
