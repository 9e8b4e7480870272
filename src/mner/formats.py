"""The names of formats of posts and of tagging schemes.

They stand here alone, so that the command line can list them without importing what reads and
writes posts.
"""

from typing import Literal, TypeAlias

__all__ = ["Format", "OutputStyle", "Scheme", "SchemeChoice"]

Format: TypeAlias = Literal[
    "auto",
    "imgid",
    "conll",
    "jsonl",
    "text",
    "csv",
    "tsv",
    "json",
    "xlsx",
    "parquet",
    "tweets",
    "doccano",
    "label-studio",
    "prodigy",
    "gliner",
    "hf",
    "hf-spans",
    "datasets",
    "brat",
    "webanno",
    "spacy",
]
"""Formats that are read; `auto` for what the file shows."""

OutputStyle: TypeAlias = Literal[
    "jsonl", "csv", "tsv", "xlsx", "parquet", "conll", "imgid", "brat", "html", "text"
]
"""Formats in which `mner tag` writes."""

Scheme: TypeAlias = Literal["iob1", "iob2", "bioes", "bilou", "io"]
"""Tagging schemes. `bilou` writes `L-` and `U-` for the `E-` and `S-` of `bioes`. `io` has labels
without prefixes, so that entities of one label that touch are one entity."""

SchemeChoice: TypeAlias = Literal["auto", "iob1", "iob2", "bioes", "bilou", "io"]
"""A scheme, or `auto` for what a file's own tags show."""
