"""`python -m mner` is `mner`."""

from mner.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
