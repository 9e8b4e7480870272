"""How dense the code is: lengths of lines, functions and files, comprehensions, shares of packages.

usage: python -m benchmarks.readability [SOURCE ...]      (src/mner where none is named)

A row is 80 characters of source without blank lines, so that long lines count for what they hold.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.commands import new_parser

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LONGEST_LINE, LONGEST_FILE, LONGEST_FUNCTION = 100, 400, 40


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("sources", nargs="*", type=Path, default=[Path("src/mner")])
    sources: list[Path] = parser.parse_args().sources
    files = sorted(file for source in sources for file in python_files(source))
    if not files:
        parser.error(f"no file of Python in {', '.join(map(str, sources))}: name a folder of code")
    texts = {file: file.read_text(encoding="utf-8") for file in files}
    trees = {file: ast.parse(text) for file, text in texts.items()}
    lines = [line for text in texts.values() for line in text.splitlines() if line.strip()]
    lengths = [len(line) for line in lines]
    rows = sum(lengths) / 80
    print(f"{len(files)} files, {len(lines)} lines with text, {rows:.0f} rows of 80 characters")
    print(f"line length: 90% are at most {percentile(lengths, 0.9)}, longest {max(lengths)}")
    sizes = [text.count("\n") for text in texts.values()]
    print(f"file length: median {percentile(sizes, 0.5)}, longest {max(sizes)}")
    functions = [span for tree in trees.values() for span in function_lengths(tree)]
    print(f"function length: median {percentile(functions, 0.5)}, 90% {percentile(functions, 0.9)}")
    for name, count in density(trees.values()).items():
        print(f"{name}: {1000 * count / rows:.1f} in a thousand rows")
    shares = Counter({file: text.count("\n") for file, text in texts.items()})
    by_package: Counter[str] = Counter()
    for file, count in shares.items():
        by_package[package_of(file, sources)] += count
    total = by_package.total()
    parts = (f"{name} {100 * count / total:.0f}%" for name, count in by_package.most_common())
    print("shares of the lines: " + ", ".join(parts))
    too_long = [f"{file}: {count} lines" for file, count in shares.items() if count > LONGEST_FILE]
    for file, text in texts.items():
        wide = [number for number, line in enumerate(text.splitlines(), 1) if is_wide(line)]
        too_long += [f"{file}:{number}: over {LONGEST_LINE} characters" for number in wide]
    print("\n".join(too_long))


def python_files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
    else:
        yield from source.rglob("*.py")


def is_wide(line: str) -> bool:
    return len(line) > LONGEST_LINE


def percentile(values: Sequence[int], share: float) -> int:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def function_lengths(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.end_lineno - node.lineno + 1


def density(trees: Iterable[ast.Module]) -> dict[str, int]:
    """Comprehensions, those inside others or with several `for`, and conditional expressions."""
    counts = dict.fromkeys(
        ("comprehensions", "nested comprehensions", "conditional expressions"), 0
    )
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, COMPREHENSIONS):
                counts["comprehensions"] += 1
                counts["nested comprehensions"] += is_nested(node)
            counts["conditional expressions"] += isinstance(node, ast.IfExp)
    return counts


def is_nested(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> bool:
    inner = (child for child in ast.walk(node) if child is not node)
    return len(node.generators) > 1 or any(isinstance(child, COMPREHENSIONS) for child in inner)


def package_of(file: Path, sources: Sequence[Path]) -> str:
    (source,) = {folder for folder in sources if file.is_relative_to(folder)}
    parts = file.relative_to(source).parts
    return parts[0] if len(parts) > 1 else "(top)"


if __name__ == "__main__":
    main()
