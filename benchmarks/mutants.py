"""Mutation runs: small changes to the source, each of which should make a test fail.

usage: python -m benchmarks.mutants [--sample N] [--seed S] [--report] [PACKAGE ...]

Runs mutmut over each package with the tests of that package alone, in a copy of the source below
build/mutants, and writes benchmarks/mutants.md. A run that was ended goes on where it was; remove
the copy to begin again. With --sample, only N mutants of each package are tried.
"""

import ast
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.commands import new_parser
from benchmarks.markdown import table_head, table_line

PACKAGES = ("bio", "spans", "encoding", "model", "training", "tagging")
ROOT = Path(__file__).parents[1]
COPIED = ("src", "tests", "benchmarks", "docs", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")
REPORT = ROOT / "benchmarks" / "mutants.md"
TESTS_OF_BIO = ["tests/test_bio.py", "tests/test_bio_schemes.py"]
NOT_TRIED, SURVIVED, WITHOUT_TESTS = None, 0, 33
TIMEOUTS = {36, 24, -24, 152, 255}

MESSAGE = "words of a message, or a key or name, that no test of the package spells out in full"
RAISED = "what an error's message shows; tests look for another part of it"
STRICT = "`strict` of `zip` over sequences whose lengths have been checked or made equal before"
TYPE = "an array to which numpy gives the same type, order or sorting without being told"
BELOW = "any number below 0 says the same"
BOUNDARY = "a boundary at which both sides give the same, or that no test value hits"
KINDS: tuple[tuple[str, str], ...] = (
    (r",? strict=\w+", STRICT),
    (r",? (dtype|order|kind|mmap_mode)=[\w.']+", TYPE),
    (r"\.astype\([^)]*\)", TYPE),
    (r",? (encoding|errors)=['\w-]+", "text is in UTF-8 where the tests run, without being told"),
    (r",? (indent|ensure_ascii)=\w+", "the layout of a file of JSON, not what it holds"),
    (r",? stacklevel=\w+", "the place that a warning names"),
    (r",? (desc|unit|leave|total|disable)=[^,)]+", "what the progress bar shows"),
    (r"\bcast\([^,]+,", "a type for the checker, not for the program"),
    (r",? (parents|exist_ok)=\w+", "folders that are there already in the tests"),
    (r"reshape\(-\d", BELOW),
    (r",? device=[\w.]+|\.to\([^)]*\)", "the device is the processor where the tests run"),
    (r"\b(False|None)\b", "None is as false as False"),
    (r"[<>]=?", BOUNDARY),
)
"""Patterns: where two lines differ in nothing else, and why that makes no difference."""
STARTS = (
    (("raise ", "message = ", "reason = "), RAISED),
    (("_LOG.", "warnings.warn"), "what a log or a warning says"),
    (("def ",), "a default that tests and callers in the package give themselves"),
    (("progress = ",), "what the progress bar shows"),
)
"""How changed lines begin that only people read, and lines of defaults."""
KNOWN = {
    "start = -2": BELOW,
    "start, label, begins_well = (-2, '', True)": BELOW,
    "start, label, begins_well = (-1, '', False)": "set before it is read",
}
"""Why a change makes no difference, by the new line."""
NO_REASON = "not explained: either a test is missing, or the change makes no difference"
DESELECTED = (
    "tests/encoding/test_vector_convert.py::test_warnings_name_the_line_that_asked_for_the_conversion",
    "tests/tagging/test_load.py::test_what_a_text_model_does_not_look_at_is_named",
    "tests/tagging/test_tagger.py::test_a_call_says_what_the_model_does_not_look_at",
)
"""Tests that fail where mutmut stands between a caller and a function: of the stack of calls."""


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    parser.add_argument("--sample", type=int, help="mutants to try of each package")
    parser.add_argument("--seed", type=int, default=0, help="decides which")
    parser.add_argument("--report", action="store_true", help="try none; report what was tried")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "mutants")
    arguments = parser.parse_args()
    for package in arguments.packages:
        if not arguments.report:
            run(package, arguments.folder / package, arguments.sample, arguments.seed)
    REPORT.write_text(report(arguments.packages, arguments.folder), encoding="utf-8")
    print(f"wrote {REPORT}")


def run(package: str, folder: Path, sample: int | None, seed: int) -> None:
    """Try the mutants of a package."""
    if not folder.exists():
        copy_source(package, folder)
    names: list[str] = []
    if sample is not None:
        if not exit_codes(folder):
            mutmut(folder, "run", "no such mutant", check=False)  # makes mutants, and tries none
        codes = exit_codes(folder)
        drawn = random.Random(seed).sample(sorted(codes), min(sample, len(codes)))
        names = [name for name in drawn if codes[name] is NOT_TRIED]
        if not names:
            return
    mutmut(folder, "run", "--max-children", "1", *names)


def copy_source(package: str, folder: Path) -> None:
    """Copy the project, with the settings of mutmut for a package."""
    folder.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    only = f"src/mner/{package}.py" if package == "bio" else f"src/mner/{package}/*"
    tests = TESTS_OF_BIO if package == "bio" else [f"tests/{package}"]
    settings = {
        "source_paths": ["src"],
        "only_mutate": [only],
        "pytest_add_cli_args_test_selection": tests,
        "pytest_add_cli_args": ["-p", "no:cacheprovider", *(f"--deselect={d}" for d in DESELECTED)],
        "also_copy": [name for name in COPIED if name not in {"src", "tests"}],
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    lines += ["use_git_change_detection = false", "track_dependencies = false"]
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text("\n".join([text, "[tool.mutmut]", *lines, ""]))


def mutmut(folder: Path, *arguments: str, check: bool = True) -> str:
    """Run mutmut in a copy, and return what it prints."""
    # Tests that start programs find the mutants by this path.
    environment = {**os.environ, "PYTHONPATH": str(folder.resolve() / "mutants" / "src")}
    environment |= {"OMP_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}
    program = Path(sys.executable).with_name("mutmut")
    done = subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=check,
    )
    return done.stdout


def exit_codes(folder: Path) -> dict[str, int | None]:
    """Return what became of each mutant."""
    codes: dict[str, int | None] = {}
    for file in sorted(folder.rglob("*.meta")):
        codes |= json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
    return codes


def report(packages: Iterable[str], folder: Path) -> str:
    """Return the report of the packages that have been run."""
    rows, lists = [], []
    for package in packages:
        if not (folder / package / "mutants").is_dir():
            continue
        codes = exit_codes(folder / package)
        tried = [code for code in codes.values() if code is not NOT_TRIED]
        counts = Counter(tried)
        alive = counts[SURVIVED] + counts[WITHOUT_TESTS]
        late = sum(counts[code] for code in TIMEOUTS)
        killed = len(tried) - alive - late
        share = f"{100 * (killed + late) / len(tried):.1f}%" if tried else "-"
        numbers = (len(codes), len(tried), killed, late, counts[SURVIVED], counts[WITHOUT_TESTS])
        of_all = interval(killed + late, len(tried)) if tried else ""
        rows.append((package, *map(str, numbers), share, of_all))
        lists += [f"\n## {package}\n", *survivors(folder / package, codes)]
    counted = ("package", "mutants", "tried", "killed", "timeouts", "survived", "no test")
    head = (*counted, "caught", "95%")
    return "\n".join([INTRODUCTION, table_head(head), *map(table_line, rows), *lists, ""])


def survivors(folder: Path, codes: dict[str, int | None]) -> Iterator[str]:
    """Yield the survivors of a package, by the reason that is known of them."""
    by_reason: dict[str, list[str]] = {}
    changes = changed_lines(folder, [name for name, code in codes.items() if code == SURVIVED])
    for name, (before, after) in sorted(changes.items()):
        by_reason.setdefault(reason_of(before, after), []).append(f"`{name}`:\n  `{short(after)}`")
    without = [f"`{name}`" for name, code in sorted(codes.items()) if code == WITHOUT_TESTS]
    if without:
        by_reason["no test of the package calls the function"] = without
    for reason, names in sorted(by_reason.items(), key=lambda item: len(item[1])):
        yield f"\n{len(names)}, {reason}:\n"
        yield from (f"- {name}" for name in names)


def changed_lines(folder: Path, names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the line that each mutant changes, before and after."""
    functions: dict[str, list[str]] = {}
    for file in (folder / "mutants" / "src").rglob("*.py"):
        if file.with_name(f"{file.name}.meta").is_file():
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef) and "__mutmut_" in node.name:
                    module = ".".join(file.relative_to(folder / "mutants" / "src").parts)[:-3]
                    functions[f"{module}.{node.name}"] = ast.unparse(node).splitlines()
    changes = {}
    for name in names:
        original = functions[re.sub(r"__mutmut_\d+$", "__mutmut_orig", name)]
        for before, after in zip(original, functions[name], strict=False):
            is_head = "__mutmut_" in before and before.split("(", 1)[-1] == after.split("(", 1)[-1]
            if before != after and not is_head:
                changes[name] = before.strip(), after.strip()
                break
        else:
            changes[name] = "", "a line less"
    return changes


def short(line: str) -> str:
    line = line.replace("`", "'")
    return line if len(line) <= 90 else f"{line[:87]}..."


def reason_of(before: str, after: str) -> str:
    """Return why a change makes no difference to the tests, where its kind says so."""
    if after in KNOWN:
        return KNOWN[after]
    if before.replace("XX", "").lower() == after.replace("XX", "").lower():
        return MESSAGE
    for pattern, reason in KINDS:
        if re.sub(pattern, "", before) == re.sub(pattern, "", after):
            return reason
    for starts, reason in STARTS:
        if before.startswith(starts):
            return reason
    return NO_REASON


def interval(caught: int, tried: int) -> str:
    """Return the 95% interval (Wilson's) of a share of which a sample was tried."""
    share, z = caught / tried, 1.96
    middle = (share + z * z / (2 * tried)) / (1 + z * z / tried)
    inside = share * (1 - share) / tried + z * z / (4 * tried * tried)
    half = z * math.sqrt(inside) / (1 + z * z / tried)
    return f"{100 * (middle - half):.0f}% to {100 * (middle + half):.0f}%"


INTRODUCTION = """\
# Mutants

`make mutants` changes the source in one place at a time and runs the tests of the package; a
change that no test notices has survived. This file is what it wrote. It counts the tests of the
package itself, not those of the packages above it. A timeout counts as caught. Where fewer were
tried than there are, either a sample was drawn by a seed, and the last column has the 95% interval
of the share, or the run was ended before its end; mutmut begins with those whose tests are fast, so
these are no random sample. A package without a row has not been run.
"""


if __name__ == "__main__":
    main()
