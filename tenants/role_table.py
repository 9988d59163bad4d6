"""What each role may do, read off the pages themselves: the very declarations that let a request in or not.

Nothing is listed here. A page that is new, or whose roles change, changes the table.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.translation import gettext as _

from plans.entitlements import Entitlements
from plans.registry import MenuItem, registry
from saas.core.access import EVERY_ROLE, Access
from saas.core.errors import Sentence


@dataclass(frozen=True)
class Page:
    """One address of the panel: its path as the router writes it, its view's full name, and who may open it."""

    path: str
    name: str
    access: Access


@dataclass(frozen=True)
class Right:
    """One line: what may be done, and by whom."""

    label: Sentence
    roles: frozenset[str]


@dataclass(frozen=True)
class Group:
    label: Sentence
    rights: list[Right]


@cache
def panel_pages() -> tuple[Page, ...]:
    """Every page of the panel, as the tenants' hosts route them."""
    found = _walk(get_resolver(settings.ROOT_URLCONF).url_patterns, "/", "")
    return tuple(page for page in found if page.access.audience == "panel")


@cache
def roles_of(name: str) -> frozenset[str]:
    """Who may open the page called `name`; everybody, if it is no page of the panel."""
    found = (page.access.roles for page in panel_pages() if page.name == name)
    return next(found, EVERY_ROLE)


def role_table(entitlements: Entitlements) -> list[Group]:
    """By module, in the order of the menu: what the plan has, and which roles may do it."""
    modules: dict[str, list[Page]] = {_module_of(item): [] for item in registry.menu()}
    for page in panel_pages():
        capability = page.access.capability
        if not capability or entitlements.can(capability):
            modules.setdefault(_module(page), []).append(page)
    return [Group(_label(key), _rights(key, pages)) for key, pages in modules.items() if pages]


def _rights(module: str, pages: list[Page]) -> list[Right]:
    """A line for each feature; two where its pages are not all for the same people."""
    features: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for page in pages:
        features[page.access.capability].add(page.access.roles)
    if len(features) == 1 and len(next(iter(features.values()))) == 1:
        return [Right(_("Everything here"), pages[0].access.roles)]
    found = []
    for key, several in features.items():
        label = {"what": registry.capability(key).label if key else _label(module)}
        widest, *narrower = sorted(several, key=len, reverse=True)
        says_itself = "." in key and not narrower  # “Add staff”, while “Staff” is a thing
        found.append(Right((("%(what)s") if says_itself else _("See “%(what)s”")) % label, widest))
        found += [Right(_("Change “%(what)s”") % label, roles) for roles in narrower]
    return sorted(found, key=lambda right: -len(right.roles))


def _module(page: Page) -> str:
    """The feature that a page belongs to; without one, that of the menu entry below which it lies."""
    if page.access.capability:
        return page.access.capability.partition(".")[0]
    lies_below = {
        path: item
        for item in registry.menu()
        if page.path.startswith(path := reverse(item.url, urlconf=settings.ROOT_URLCONF))
    }
    return _module_of(lies_below[max(lies_below, key=len)]) if lies_below else page.name


def _module_of(item: MenuItem) -> str:
    return item.capability.partition(".")[0] or item.url


def _label(module: str) -> Sentence:
    """What the menu calls it; a feature that is not in the menu has its own name."""
    entries = [item for item in registry.menu() if _module_of(item) == module]
    if module in registry.capabilities:
        return registry.capability(module).label
    return entries[0].label if entries else module


def _walk(patterns: list[URLPattern | URLResolver], path: str, namespace: str) -> Iterator[Page]:
    for pattern in patterns:
        here = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, here, inner)
        else:
            yield Page(here, f"{namespace}{pattern.name}", Access.of(pattern.callback))
