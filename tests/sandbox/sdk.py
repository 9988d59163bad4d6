"""What the SDK declares, read from its source: which parameters each request has, which fields each object has."""

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import stripe

from sandbox.stripe import api
from sandbox.stripe.routing import ROUTES
from sandbox.stripe.store import PREFIXES

assert api  # it registers the routes
ROOT = Path(stripe.__file__).parent


@dataclass
class Shape:
    """A class of the SDK: annotations by field, and the classes inside it."""

    fields: dict[str, str] = field(default_factory=dict)
    inner: dict[str, "Shape"] = field(default_factory=dict)

    def is_required(self, name: str) -> bool:
        return not self.fields[name].startswith(("NotRequired", "Optional"))

    def named_in(self, name: str, among: "dict[str, Shape]") -> "Shape | None":
        """The class that the annotation of a field mentions, if it is one of `among`."""
        words = re.findall(r"\w+", self.fields[name])
        return next((among[word] for word in words if word in among), None)


def shape(node: ast.ClassDef) -> Shape:
    made = Shape()
    for each in node.body:
        if isinstance(each, ast.ClassDef):
            made.inner[each.name] = shape(each)
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            made.fields[each.target.id] = ast.unparse(each.annotation)
    made.fields.pop("OBJECT_NAME", None)
    return made


@cache
def classes(path: Path) -> dict[str, Shape]:
    tree = ast.parse(path.read_text())
    return {node.name: shape(node) for node in tree.body if isinstance(node, ast.ClassDef)}


@cache
def requests() -> dict[tuple[str, str], tuple[Shape, dict[str, Shape]]]:
    """(method, path with {}) → the class of its parameters, and the classes that stand beside it."""
    found: dict[tuple[str, str], tuple[Shape, dict[str, Shape]]] = {}
    ours = {each.path.split("{")[0].rstrip("/") for each in ROUTES}
    for file in ROOT.rglob("*_service.py"):
        source = file.read_text()
        if ours.isdisjoint(path.rstrip("/") for path in re.findall(r'"(/v1/[\w/]+)', source)):
            continue
        tree = ast.parse(source)
        where = {
            alias.name: ROOT.parent / (str(node.module).replace(".", "/") + ".py")
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("stripe.params")
            for alias in node.names
        }
        for method in ast.walk(tree):
            if isinstance(method, ast.FunctionDef) and (call := address(method)):
                name = next(iter(re.findall(r"\w+Params", ast.unparse(method.args))), "")
                beside = classes(where[name]) if name in where else {}
                found[call] = beside.get(name, Shape()), beside
    return found


def address(method: ast.FunctionDef) -> tuple[str, str] | None:
    """("POST", "/v1/products/{}") of a method that sends it."""
    source = ast.unparse(method)
    found = re.search(r"self\._request\('(get|post|delete)', '(/v1/[^']*)'", source)
    return (found[1].upper(), re.sub(r"\{\w+\}", "{}", found[2])) if found else None


@cache
def objects() -> dict[str, Shape]:
    """Kind of object (`checkout.session`) → its class, for the kinds that the double makes."""
    found: dict[str, Shape] = {}
    for file in ROOT.rglob("_*.py"):
        source = file.read_text()
        mark = re.search(r'OBJECT_NAME: ClassVar\[\s*Literal\[\s*"([^"]+)"', source)
        if (
            mark
            and (mark[1] in PREFIXES or mark[1] in {"coupon", "plan"})
            and "/v2/" not in str(file)
        ):
            found[mark[1]] = next(each for each in classes(file).values() if "id" in each.fields)
    return found
