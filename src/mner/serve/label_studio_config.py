"""The labelling interface of a Label Studio project: which fields of a task get which labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from mner.errors import InputError, clipped

__all__ = ["Control", "Interface", "read_interface"]

_LONGEST: Final = 200_000
"""The most characters of an interface; the longest templates of Label Studio have 10,000."""
_CONTROLS = {"Labels": "Text", "RectangleLabels": "Image"}
"""The controls that get predictions, and the objects that they label."""


@dataclass(frozen=True, slots=True)
class Control:
    """A group of labels, and the object that they are put on."""

    name: str
    to_name: str
    """The name of the object, as results give it."""
    field: str
    """The field of a task that the object shows."""
    labels: Mapping[str, str]
    """The label that stands for each label of a model."""


@dataclass(frozen=True, slots=True)
class Interface:
    """What can be predicted for the tasks of a project."""

    texts: tuple[Control, ...]
    """Labels for stretches of texts."""
    boxes: tuple[Control, ...]
    """Labels for rectangles in the picture."""
    picture: str | None
    """The field of a task with its picture; None if no picture is shown."""

    @property
    def text_fields(self) -> tuple[str, ...]:
        """The fields of a task with texts to tag, each once."""
        return tuple(dict.fromkeys(control.field for control in self.texts))

    def knows_any(self, labels: tuple[str, ...]) -> bool:
        """Return whether a label of a model has a label here."""
        controls = (*self.texts, *self.boxes)
        return any(label in control.labels for control in controls for label in labels)


def read_interface(config: str) -> Interface:
    """Read the XML of a labelling interface.

    A label of the interface stands for the label of a model that is its value, its alias, or one of
    its `predicted_values`, which are separated by commas. Only `Labels` for a `Text` and
    `RectangleLabels` for an `Image` are looked at. Of several images, the first that has
    `RectangleLabels` counts, or else the first.

    Raises:
        InputError: it is no XML, is too long, or declares a document type.
    """
    if len(config) > _LONGEST:
        raise InputError(
            f"the labelling interface has {len(config)} characters: expected at most {_LONGEST}"
        )
    tags = _Tags()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_declarations
    parser.StartElementHandler = tags.begin
    parser.EndElementHandler = tags.end
    try:
        parser.Parse(config, True)  # noqa: FBT003
    except (expat.ExpatError, ValueError) as exc:
        raise InputError(f"the labelling interface is no XML: {clipped(exc)}") from exc
    return _interface(tags)


@dataclass(slots=True)
class _Drawn:
    """A control as it stands in the XML."""

    kind: str
    name: str
    to_names: tuple[str, ...]
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Tags:
    """Gathers the objects and controls of an interface."""

    objects: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Kind and field of each object by its name."""
    controls: list[_Drawn] = field(default_factory=list)
    _depth: int = 0
    """The number of controls around the current place."""

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        name, value = attributes.get("name", ""), attributes.get("value", "")
        if tag in _CONTROLS.values() and value.startswith("$"):
            is_url = tag == "Text" and attributes.get("valueType") == "url"
            if not is_url:
                self.objects.setdefault(name, (tag, value.removeprefix("$")))
        elif tag in _CONTROLS:
            to_names = tuple(map(str.strip, attributes.get("toName", "").split(",")))
            self.controls.append(_Drawn(tag, name, to_names))
            self._depth += 1
        elif tag == "Label" and self._depth:
            self._add_label(attributes)

    def end(self, tag: str) -> None:
        self._depth -= tag in _CONTROLS

    def _add_label(self, attributes: dict[str, str]) -> None:
        value, alias = attributes.get("value", ""), attributes.get("alias", "")
        predicted = attributes.get("predicted_values", "").split(",")
        for meant in (value, alias, *map(str.strip, predicted)):
            if meant:
                self.controls[-1].labels.setdefault(meant, alias or value)


def _refuse_declarations(*_declared: object) -> None:
    raise InputError("the labelling interface declares a document type: expected only its tags")


def _interface(tags: _Tags) -> Interface:
    texts, boxes = (_controls(tags, kind) for kind in _CONTROLS)
    images = [field for kind, field in tags.objects.values() if kind == "Image"]
    picture = next(iter([*(control.field for control in boxes), *images]), None)
    return Interface(texts, tuple(box for box in boxes if box.field == picture), picture)


def _controls(tags: _Tags, wanted: str) -> tuple[Control, ...]:
    """Return the controls of a kind, one for each object that they label."""
    return tuple(
        Control(drawn.name, name, tags.objects[name][1], drawn.labels)
        for drawn in tags.controls
        for name in drawn.to_names
        if drawn.kind == wanted and tags.objects.get(name, ("", ""))[0] == _CONTROLS[wanted]
    )
