"""The order of the packages: data, model and spans never import one another, and all arrows point one way."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mner

ROOT = Path(mner.__file__).parent
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in sorted(ROOT.rglob("*.py"))}
PACKAGES = ("data", "model", "spans", "workflows")
ENTRANCES = ("__init__", "__main__")
FOUNDATION = {"types", "errors", "folders"}
MAY_IMPORT: dict[str, set[str]] = {
    "types": set(),
    "errors": set(),
    "folders": set(),
    "bio": FOUNDATION,
    "sections": set(),
    "recipe_checks": {"config"},  # its types alone
    "config": FOUNDATION | {"sections", "recipe_checks"},
    "data": FOUNDATION | {"bio", "data"},
    "model": FOUNDATION | {"model"},
    "model.build": FOUNDATION | {"model", "config"},
    "model.encoders": FOUNDATION | {"model", "config"},
    "spans": FOUNDATION | {"bio", "spans"},
    "workflows": FOUNDATION | {"bio", "config", *PACKAGES},
    "spacy_component": FOUNDATION | {"data", "workflows"},
    "cli": {"config", "errors", "data", "workflows"},
}


def parsed(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imports_of_ours(tree: ast.AST, module: str) -> Iterator[str]:
    """What code of a module imports from `mner`, as `data.read` and the like."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("mner.") for alias in node.names if alias.name.startswith("mner."))
        elif isinstance(node, ast.ImportFrom):
            package = ["mner", *module.split(".")][: -node.level] if node.level else []
            source = ".".join([*package, *([node.module] if node.module else [])])
            if source == "mner":
                yield from (alias.name for alias in node.names if not alias.name.startswith("__"))
            elif source.startswith("mner."):
                yield source.removeprefix("mner.")


def layer(module: str) -> str:
    return module if module in MAY_IMPORT else module.split(".", maxsplit=1)[0]


def assigned(node: ast.stmt) -> list[str]:
    """The names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)]


def is_command(node: ast.stmt) -> bool:
    """Whether a function is a command, which is reached through its group and not by its name."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    calls = [decorator.func for decorator in decorators if isinstance(decorator, ast.Call)]
    return any(isinstance(call, ast.Attribute) and call.attr in {"command", "group"} and ast.unparse(call.value) != "click" for call in calls)


def declared(tree: ast.Module) -> list[str] | None:
    values = [node.value for node in tree.body if isinstance(node, ast.Assign) and assigned(node) == ["__all__"]]
    return ast.literal_eval(values[0]) if values else None


def promised(tree: ast.Module) -> list[str]:
    """The names that a module imports for type checkers only, and hands out when they are first used."""
    blocks = [node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"]
    return [alias.name for block in blocks for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names]


@pytest.mark.parametrize("module", [module for module in MODULES if module not in ENTRANCES])
def test_a_module_imports_only_what_its_layer_may(module: str) -> None:
    allowed = MAY_IMPORT[layer(module)]
    wrong = {name for name in imports_of_ours(parsed(module), module) if name.split(".")[0] not in allowed}
    assert not wrong, f"{module} may import {sorted(allowed)}, not {sorted(wrong)}"


def test_the_command_line_imports_workflows_inside_functions() -> None:
    tree = parsed("cli")
    outside = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    at_import = {name for node in outside for name in imports_of_ours(node, "cli")}
    assert at_import <= {"config", "errors"}


@pytest.mark.parametrize("module", [module for module in MODULES if module not in {"__main__", *(f"{package}.__init__" for package in PACKAGES)}])
def test_all_is_what_is_visible(module: str) -> None:
    tree = parsed(module)
    visible = {name for node in tree.body if not is_command(node) for name in assigned(node) if not name.startswith("_")}
    if module == "__init__":
        visible |= {"__version__", *promised(tree)}
    names = declared(tree)
    assert names is not None, f"{module} has no __all__"
    assert len(names) == len(set(names))
    assert set(names) == visible


def test_the_checks_see_what_is_wrong() -> None:
    tree = ast.parse("import mner.data.read\nfrom mner import cli\ndef f():\n    from ..spans import score\n    from . import text\nA: int = 1\nB, _c = 1, 2\n")
    assert list(imports_of_ours(tree, "model.crf")) == ["data.read", "cli", "spans", "model"]
    assert [name for node in tree.body for name in assigned(node)] == ["f", "A", "B", "_c"]
