from pathlib import Path

import pytest

from mner.runs.plan import Plan, command_of


@pytest.mark.parametrize(
    ("changes", "out", "command"),
    [
        ([], None, "--seeds 1"),
        ([], "runs/recipe", "--seeds 1"),  # the default
        ([], "runs/other", "--seeds 1 --out runs/other"),
        (["data.dev=/data/dev.txt"], None, "--set data.dev=$HERE/dev.txt --seeds 1"),
        (
            ['data.exclude=["/data/a", "/b"]'],
            None,
            """--set 'data.exclude=["$HERE/a", "/b"]' --seeds 1""",
        ),
        (["data.dev=/data/a b.txt"], None, "--set 'data.dev=$HERE/a b.txt' --seeds 1"),
    ],
)
def test_a_command_can_be_given_again(
    changes: list[str], out: str | None, command: str, tmp_path: Path
) -> None:
    plan = Plan(
        tmp_path / "recipe.toml",
        {0: tmp_path},
        changes=changes,
        out=None if out is None else Path(out),
    )
    assert command_of(plan, {"HERE": "/data"}) == f"mner train {tmp_path / 'recipe.toml'} {command}"
