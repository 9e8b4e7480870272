"""How probable an entity has to be to be kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mner.types import Entity, PictureEntity

__all__ = ["LeastProbability"]


@dataclass(frozen=True)
class LeastProbability:
    """How probable an entity has to be to be kept."""

    everywhere: float = 0.0
    by_label: Mapping[str, float] = field(default_factory=dict)
    """The least probability of single types, in place of `everywhere`."""

    def __str__(self) -> str:
        """Say which entities are kept, such as `from probability 0.61 on`."""
        if not self.by_label:
            return f"from probability {self.everywhere:g} on"
        parts = [f"{label} from probability {least:g} on" for label, least in self.by_label.items()]
        return ", ".join(parts)

    def keeps(self, entity: Entity | PictureEntity) -> bool:
        """Return whether a predicted entity is kept."""
        assert entity.probability is not None
        return entity.probability >= self.by_label.get(entity.label, self.everywhere)
