"""`python -m mner` is `mner`, and so is the command that is installed."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run `mner`; Ctrl-C ends it quietly also while it is being imported."""
    try:
        from mner.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
