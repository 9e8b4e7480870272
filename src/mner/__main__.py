"""The entrance of the installed command `mner` and of `python -m mner`."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run `mner`. Ctrl-C ends it quietly, also while its modules are imported."""
    try:
        from mner.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
