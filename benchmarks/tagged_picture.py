"""The picture of a tagged post in the README, as the starter model tags it.

usage: python -m benchmarks.tagged_picture [FILE]
"""

import sys
from html import escape
from pathlib import Path

import mner
from mner.types import Entity

TEXT = "Just saw Beyoncé in Paris, flying home with KLM"
FILE = Path(__file__).parents[1] / "docs" / "tagged.svg"
COLOURS = {"PER": "#cfe3ff", "LOC": "#d3f2d0", "ORG": "#ffe2bd", "OTHER": "#e8d9f7"}

_CHARACTER, _LINE, _MARGIN = 10, 34, 20


def draw(text: str = TEXT) -> str:
    """Tag a text with the starter model and draw it with its entities as SVG."""
    ((_, entities),) = ((post, post.entities) for post in mner.load().tag([text]))
    shapes, place, column = [], 0, 0
    for entity in entities or ():
        start, end = entity.start_char, entity.end_char
        assert start is not None
        assert end is not None
        shapes.append(_words(text[place:start], column))
        column += start - place
        label = f"{entity.label} {_percent(entity)}"
        shapes.append(_marked(text[start:end], label, column, COLOURS[entity.label]))
        column += end - start + len(label) + 2
        place = end
    shapes.append(_words(text[place:], column))
    width = 2 * _MARGIN + _CHARACTER * (column + len(text) - place)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 74" width="{width}" '
        f'height="74" font-family="monospace" font-size="{_CHARACTER / 0.6:.1f}" role="img">\n'
        f"<title>{escape(text)}</title>\n"
        f'<rect width="{width}" height="74" rx="8" fill="#ffffff" stroke="#d0d7de"/>\n'
        + "\n".join(filter(None, shapes))
        + "\n</svg>\n"
    )


def _percent(entity: Entity) -> str:
    return f"{entity.probability:.0%}" if entity.probability is not None else ""


def _words(text: str, column: int) -> str:
    if not text.strip():
        return ""
    x = _MARGIN + _CHARACTER * (column + len(text) - len(text.lstrip()))
    length = _CHARACTER * len(text.strip())
    return (
        f'<text x="{x}" y="43" textLength="{length}" fill="#1f2328">{escape(text.strip())}</text>'
    )


def _marked(text: str, label: str, column: int, colour: str) -> str:
    x = _MARGIN + _CHARACTER * column
    width = _CHARACTER * (len(text) + len(label) + 1)
    at = x + _CHARACTER * len(text) + 4
    return (
        f'<rect x="{x - 4}" y="20" width="{width + 8}" height="{_LINE}" rx="6" fill="{colour}"/>\n'
        + _words(text, column)
        + f'\n<text x="{at}" y="42" font-size="12" font-weight="bold" fill="#57606a">{label}</text>'
    )


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    file.write_text(draw(), encoding="utf-8")
    print(file)
