"""A form of settings that two people may have open at once: whoever is later is told, and loses nothing."""

from typing import Any

from django import forms


class VersionedForm(forms.Form):
    """A form that knows what it showed: `conflict` says that somebody saved something else meanwhile.

    Whoever makes one sets `version` to what is stored, as of `saas.core.versions`; `ui/changed_meanwhile.html` in the
    page's form carries it along.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    version = ""
    """What is stored now."""
    conflict = False

    @property
    def seen_now(self) -> str:
        """What the next save is compared with: after a conflict, what is stored by now."""
        return (
            str(self.data.get("seen", "")) if self.is_bound and not self.conflict else self.version
        )

    @property
    def was_seen(self) -> str:
        """What the page that was sent had shown; a page that says nothing of it has shown something else."""
        return self.cleaned_data["seen"] or "?"

    @property
    def entered(self) -> dict[str, Any]:
        """What was filled in, once the form is valid."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form."""
        if not self.is_bound:
            return 200
        return 409 if self.conflict else 422
