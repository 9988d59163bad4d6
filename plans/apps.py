from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from plans.registry import registry


class PlansConfig(AppConfig):
    name = "plans"

    def ready(self) -> None:
        """Collect what every installed app brings: its `addon.py` (capabilities, limits, menu, events)."""
        autodiscover_modules("addon", "handlers")
        registry.check()
