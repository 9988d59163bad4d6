"""The state as one JSON file, replaced whole, so that a restarted demo goes on where it was."""

import json
import threading
from pathlib import Path

from sandbox.stripe.errors import Json
from sandbox.stripe.world import World


def to_json(world: World) -> Json:
    return {
        "objects": world.store.objects,
        "deliveries": world.deliveries,
        "answers": world.answers,
    }


def from_json(world: World, saved: Json) -> None:
    world.store.objects = saved["objects"]
    world.deliveries = saved["deliveries"]
    world.answers = saved["answers"]


class Keeper:
    """Writes the state soon after it has changed, at most once in `pause` seconds."""

    def __init__(self, world: World, path: Path, pause: float = 0.5) -> None:
        self.world, self.path, self._pause = world, path, pause
        self._saved = -1
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)

    def load(self) -> bool:
        """Take over what the file holds; False when there is none."""
        if not self.path.exists():
            return False
        with self.world.lock:
            from_json(self.world, json.loads(self.path.read_text()))
        return True

    def save(self) -> None:
        with self.world.lock:
            if self.world.changes == self._saved:
                return
            changes, text = self.world.changes, json.dumps(to_json(self.world))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.path)
        self._saved = changes

    def start(self) -> None:
        self._thread.start()

    def _work(self) -> None:
        while not self._stopped.wait(self._pause):
            self.save()

    def stop(self) -> None:
        """The last state is on the disk on return."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self.save()
