"""What was found in a task, as a prediction of Label Studio."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mner.posts.exchange.label_studio import label_studio_results
from mner.posts.probabilities import rounded
from mner.serve.label_studio_config import Control, Interface
from mner.tagging.results import Tagged, TaggedPost
from mner.types import PictureEntity

__all__ = ["prediction"]


def prediction(interface: Interface, results: Sequence[Tagged], version: str) -> dict[str, Any]:
    """Return the prediction for a task.

    Entities whose labels the interface does not have are left out.

    Args:
        interface: what is labelled.
        results: for each text of the task, or one for a task without texts.
        version: of the model.
    """
    fields = interface.text_fields
    regions: list[dict[str, object]] = []
    for control in interface.texts:
        post = results[fields.index(control.field)].post
        regions += _regions(post, control)
    for control in interface.boxes:
        regions += _boxes(results[0].post, control)
    probabilities = [entity.probability for tagged in results for entity in tagged.post.entities]
    return {
        "result": regions,
        "score": min(probabilities, default=1.0),
        "model_version": version,
    }


def _regions(post: TaggedPost, control: Control) -> list[dict[str, object]]:
    """Return the entities of a text that a group of labels has labels for."""
    entities = tuple(
        replace(entity, label=control.labels[entity.label])
        for entity in post.entities
        if entity.label in control.labels
    )
    regions = label_studio_results(
        replace(post, entities=entities), from_name=control.name, to_name=control.to_name
    )
    for region in regions:
        # Regions of one id are one region, so no two groups of labels may share ids.
        region["id"] = f"{control.name}-{control.to_name}-{region['id']}"
    return regions


def _boxes(post: TaggedPost, control: Control) -> list[dict[str, object]]:
    """Return the names in a picture that a group of labels has labels for."""
    return [
        _box(entity, control, number)
        for number, entity in enumerate(post.picture_entities or ())
        if entity.label in control.labels
    ]


def _box(entity: PictureEntity, control: Control, number: int) -> dict[str, object]:
    left, top, right, bottom = (100 * side for side in entity.box)
    return {
        "id": f"{control.name}-{control.to_name}-{number}",
        "from_name": control.name,
        "to_name": control.to_name,
        "type": "rectanglelabels",
        "value": {
            "x": left,
            "y": top,
            "width": right - left,
            "height": bottom - top,
            "rotation": 0,
            "rectanglelabels": [control.labels[entity.label]],
        },
        "score": rounded(entity.probability),
        # Label Studio shows it as a note of the region.
        "meta": {"text": [entity.text]},
    }
