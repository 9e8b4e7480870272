"""Words of a command line in, one call of a library function, printed lines out.

One module a group of commands; each command parses, calls one function, and prints.
"""

from mner.cli.main import app, main

__all__ = ["app", "main"]
