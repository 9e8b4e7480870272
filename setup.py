"""The part of the package's data that has to be computed: the page of a package index.

A package index shows the README without the files that it links to, so their links become plain
text there, and pictures are left out.
"""

import re
from pathlib import Path

from setuptools import setup

_PICTURE = re.compile(r"!\[[^\]]*\]\((?!https?:)[^)]*\)\n*")
_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:)[^)]*\)")

readme = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
setup(
    long_description=_LINK.sub(r"\1", _PICTURE.sub("", readme)),
    long_description_content_type="text/markdown",
)
