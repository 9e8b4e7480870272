"""The floors of the house: all imports point down, and no two modules import one another."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import mner

ROOT = Path(mner.__file__).parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for path in sorted(ROOT.rglob("*.py"))
}
ENTRANCES = ("__init__", "__main__")
FLOORS: tuple[set[str], ...] = (
    {"types", "errors", "formats"},
    {"bio", "files", "require"},
    {"recipe", "graphs"},
    {"posts", "pictures", "encoding", "model", "spans"},
    {"corpora"},
    {"pages"},
    {"tagging"},
    {"evaluation", "training"},
    {"runs"},
    {"serve", "batch"},
    {"cli"},
)
"""The rooms of the house, from the ground up. A room may import the rooms of the floors below it,
and nothing of its own floor but itself."""
FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor}


def parsed(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imports_of_ours(tree: ast.AST, module: str) -> Iterator[str]:
    """What code of a module imports from `mner`, as `data.read` and the like."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix("mner.")
                for alias in node.names
                if alias.name.startswith("mner.")
            )
        elif isinstance(node, ast.ImportFrom):
            package = ["mner", *module.split(".")][: -node.level] if node.level else []
            source = ".".join([*package, *([node.module] if node.module else [])])
            if source == "mner":
                yield from (alias.name for alias in node.names if not alias.name.startswith("__"))
            elif source.startswith("mner."):
                yield source.removeprefix("mner.")


def room(module: str) -> str:
    return module.partition(".")[0]


def may_import(importer: str, imported: str) -> bool:
    """Whether code of one room may import another room."""
    return importer == imported or FLOOR_OF[imported] < FLOOR_OF[importer]


def assigned(node: ast.stmt) -> list[str]:
    """The names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return [
        name.id
        for target in targets
        for name in ast.walk(target)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    ]


def is_command(node: ast.stmt) -> bool:
    """Whether a function is a command, which is reached through its group and not by its name."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    calls = [decorator.func for decorator in decorators if isinstance(decorator, ast.Call)]
    return any(
        isinstance(call, ast.Attribute)
        and call.attr in {"command", "group"}
        and ast.unparse(call.value) != "click"
        for call in calls
    )


def declared(tree: ast.Module) -> list[str] | None:
    values = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and assigned(node) == ["__all__"]
    ]
    return ast.literal_eval(values[0]) if values else None


def promised(tree: ast.Module) -> list[str]:
    """The names that a module imports for type checkers only, and loads when they are used."""
    blocks = [
        node
        for node in tree.body
        if isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    ]
    return [
        alias.name
        for block in blocks
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]


def wrong_imports(tree: ast.AST, module: str) -> list[str]:
    """The modules that code of a module imports and may not."""
    names = set(imports_of_ours(tree, module))
    return sorted(name for name in names if not may_import(room(module), room(name)))


def find_circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Modules that import one another in a circle, first and last the same; empty without one."""
    done: set[str] = set()

    def search(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for imported in sorted(imports.get(module, ())):
            if circle := search(imported, [*path, module]):
                return circle
        done.add(module)
        return []

    return next((circle for module in imports if (circle := search(module, []))), [])


@pytest.mark.parametrize("module", [module for module in MODULES if module not in ENTRANCES])
def test_no_arrow_points_up(module: str) -> None:
    assert wrong_imports(parsed(module), module) == []


def test_no_modules_import_one_another_in_a_circle() -> None:
    imports = {
        module: set(imports_of_ours(parsed(module), module))
        for module in MODULES
        if module not in ENTRANCES
    }
    assert find_circle(imports) == []


def test_every_room_stands_on_a_floor() -> None:
    rooms = {room(module) for module in MODULES} - set(ENTRANCES)
    assert rooms == set(FLOOR_OF)


def test_the_command_line_imports_its_work_inside_functions() -> None:
    for module in (module for module in MODULES if room(module) == "cli"):
        tree = parsed(module)
        outside = [
            node
            for node in tree.body
            if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If)
        ]
        at_import = {room(name) for node in outside for name in imports_of_ours(node, module)}
        assert at_import <= {"cli", "errors", "formats"}


@pytest.mark.parametrize(
    "module",
    [module for module in MODULES if module != "__main__" and not module.endswith(".__init__")],
)
def test_all_is_what_is_visible(module: str) -> None:
    tree = parsed(module)
    visible = {
        name
        for node in tree.body
        if not is_command(node)
        for name in assigned(node)
        if not name.startswith("_")
    }
    if module == "__init__":
        visible |= {"__version__", *promised(tree)}
    names = declared(tree)
    assert names is not None, f"{module} has no __all__"
    assert len(names) == len(set(names))
    assert set(names) == visible


def test_planted_faults_are_found() -> None:
    tree = ast.parse(
        "import mner.posts.read\nfrom mner import cli\ndef f():\n    from ..spans import score\n"
        "    from . import text\nA: int = 1\nB, _c = 1, 2\n"
    )
    found = ["posts.read", "cli", "spans", "model"]
    assert list(imports_of_ours(tree, "model.crf")) == found
    assert wrong_imports(tree, "model.crf") == ["cli", "posts.read", "spans"]
    assert [name for node in tree.body for name in assigned(node)] == ["f", "A", "B", "_c"]
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert find_circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
