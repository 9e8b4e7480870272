"""The object `explanation` of a tagged post: what the picture had to do with its entities."""

from mner.pages.page import grid_of
from mner.posts.probabilities import rounded
from mner.tagging.explain import Explained, Reason
from mner.types import SeenPicture

__all__ = ["attention_of", "explanation_of"]

_DIGITS = 5


def explanation_of(explained: Explained) -> dict[str, object]:
    """Return the explanation of a post for JSON."""
    tagged = explained.tagged
    explanation: dict[str, object] = {
        "picture": tagged.picture.value,
        "attention": "per word" if tagged.attention.per_word else "not per word",
        "regions": list(tagged.region_words) or None,
        "entities": [_reason(reason) for reason in explained.reasons],
    }
    if tagged.post.more_pictures and tagged.pictures:
        explanation["pictures"] = list(map(_seen, tagged.pictures))
    if tagged.written:
        explanation["written_in_the_picture"] = sorted(tagged.written)
    return explanation


def attention_of(explained: Explained) -> dict[str, object]:
    """Return where each word looked, for a page that shows it: T words, R regions.

    `words` has T lists of R shares, `gate` T numbers. `grid` has the rows and columns of the
    regions of a picture; several pictures come one after the other. All are empty where the model
    saw nothing of this post.
    """
    attention = explained.tagged.attention
    if not attention.regions.any():
        return {"grid": None, "words": [], "gate": []}
    counts = [seen.regions for seen in explained.tagged.pictures if seen.regions]
    return {
        "grid": grid_of(counts[0]) if counts else None,
        "words": [[_share(value) for value in row] for row in attention.regions],
        "gate": [_share(value) for value in attention.gate],
    }


def _seen(seen: SeenPicture) -> dict[str, object]:
    """Return what became of one of several pictures."""
    return {"picture": seen.name, "state": seen.state.value, "regions": seen.regions}


def _reason(reason: Reason) -> dict[str, object]:
    return {
        "start": reason.entity.start,
        "end": reason.entity.end,
        "label": reason.entity.label,
        "with_picture": rounded(reason.with_picture),
        "without_picture": rounded(reason.without_picture),
        "without_masked": rounded(reason.without_masked),
        "masked": list(reason.masked),
        "attention": [_share(share) for share in reason.attention],
    }


def _share(value: float) -> float:
    return round(float(value), _DIGITS)
