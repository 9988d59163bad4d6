from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import autodiscover_modules, module_has_submodule

from plans.registry import registry


class PlansConfig(AppConfig):
    name = "plans"

    def ready(self) -> None:
        """Collect what every installed app brings: its `addon.py` (capabilities, limits, menu, events).

        The business itself first: its modules head the editor's lists and the plan cards.
        """
        for name in settings.TENANT_APPS:
            if module_has_submodule(import_module(name), "addon"):
                import_module(f"{name}.addon")
        autodiscover_modules("addon", "handlers")
        registry.check()
