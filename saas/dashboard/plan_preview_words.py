"""The preview of a plan's save in words: what stands over it, in it and on its button."""

from collections import Counter

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from plans.drafts import NewCeiling
from plans.entitlements import UNLIMITED
from plans.registry import registry
from saas.core.templatetags.ui import number
from saas.dashboard.plan_preview import PlanPreview


class PreviewWords:
    """Titles, sentences and the button for one preview."""

    def __init__(self, preview: PlanPreview) -> None:
        self.preview = preview

    @cached_property
    def title(self) -> str:
        """“This pauses 7 staff at 2 tenants”."""
        preview = self.preview
        if preview.unseen:
            return _("This reaches %s tenants") % number(preview.tenants)
        if preview.paused:
            return _("This pauses %(rows)s at %(tenants)s") % self._rows_at(preview.paused, "pause")
        if preview.resumed:
            told = self._rows_at(preview.resumed, "resume")
            return _("This resumes %(rows)s at %(tenants)s") % told
        if preview.appears or preview.vanishes:
            return _("This changes the menu of %s") % tenants(preview.tenants)
        return _("This reaches %s and pauses nothing") % tenants(preview.tenants)

    def _rows_at(self, counts: "Counter[str]", what: str) -> dict[str, str]:
        where = sum(any(getattr(fit, what) for fit in one.fits) for one in self.preview.affected)
        return {"rows": rows(counts), "tenants": tenants(where)}

    @property
    def lead(self) -> str:
        """What changes on the plan, and the promise where something is paused."""
        said = [ceiling(one) for one in self.preview.difference.ceilings[:4]]
        if len(self.preview.difference.ceilings) > len(said):
            said.append("…")
        if self.preview.paused or self.preview.unseen:
            said.append(_("Paused, not deleted: they come back when there is room."))
        return " ".join(said)

    @property
    def button(self) -> str:
        """The deed with its consequence."""
        preview = self.preview
        if preview.unseen:
            return _("Save for %s tenants") % number(preview.tenants)
        if preview.paused:
            return _("Save and pause %s") % rows(preview.paused)
        if preview.resumed:
            return _("Save and resume %s") % rows(preview.resumed)
        return _("Save for %s") % tenants(preview.tenants)

    @property
    def menu(self) -> list[tuple[str, str]]:
        """(icon, sentence) for each entry of the menu that comes or goes."""
        whose = tenants(self.preview.tenants)
        comes = _("%(entry)s appears in the menu of %(tenants)s")
        goes = _("%(entry)s vanishes from the menu of %(tenants)s. What is in it is kept.")
        return [
            *(
                ("eye", comes % {"entry": label, "tenants": whose})
                for label in self.preview.appears
            ),
            *(
                ("eye-off", goes % {"entry": label, "tenants": whose})
                for label in self.preview.vanishes
            ),
        ]

    @property
    def switches(self) -> list[str]:
        """Every capability that comes or goes, menu entry or not: “Switched on: Coupons, Reports”."""
        changes = self.preview.difference
        pairs = ((_("Switched on"), changes.switched_on), (_("Switched off"), changes.switched_off))
        return [f"{word}: {_labels(keys)}" for word, keys in pairs if keys]

    @property
    def has_rest(self) -> bool:
        """Whether there is anything to say besides the table."""
        preview = self.preview
        return bool(preview.unseen or preview.unaffected or self.menu or self.switches)

    @property
    def unseen(self) -> str:
        count = self.preview.unseen
        return ngettext(
            "%(count)s more tenant is on this plan",
            "%(count)s more tenants are on this plan",
            count,
        ) % {"count": number(count)}

    @property
    def unaffected(self) -> str:
        count = self.preview.unaffected
        if self.preview.affected:
            text = ngettext(
                "%(count)s other tenant is not affected",
                "%(count)s other tenants are not affected",
                count,
            )
        else:
            text = ngettext(
                "Nothing is paused at %(count)s tenant",
                "Nothing is paused at %(count)s tenants",
                count,
            )
        return text % {"count": number(count)}


def tenants(count: int) -> str:
    """“1 tenant”, “1,284 tenants”."""
    return ngettext("%(count)s tenant", "%(count)s tenants", count) % {"count": number(count)}


def rows(counts: "Counter[str]") -> str:
    """What is paused or resumed: “7 staff”, “one of the services”, “5 staff and 7 services”, “21 entries”."""
    if len(counts) > 2:
        return _("%(count)s entries") % {"count": number(counts.total())}
    return _(" and ").join(_things(*pair) for pair in sorted(counts.items()))


def _things(key: str, count: int) -> str:
    told = {"count": number(count), "things": str(registry.limit(key).label).lower()}
    if count == 1:
        return _("one of the %(things)s") % told
    return _("%(count)s %(things)s") % told


def ceiling(change: NewCeiling) -> str:
    """“Staff goes from 25 to 12.”."""
    told = {
        "limit": change.limit.label,
        "old": _figure(change.before),
        "new": _figure(change.after),
    }
    return _("%(limit)s: from %(old)s to %(new)s.") % told


def _figure(value: int) -> str:
    return pgettext("limit", "unlimited") if value == UNLIMITED else number(value)


def _labels(keys: list[str]) -> str:
    """As the editor lists them; of a feature that comes or goes as a whole, its own name says enough."""
    shown = [
        capability.label
        for key, capability in registry.capabilities.items()
        if key in keys and capability.parent not in keys
    ]
    return ", ".join(map(str, shown))
