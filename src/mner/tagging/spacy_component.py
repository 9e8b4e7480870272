"""A spaCy component: `nlp.add_pipe("mner")` finds it by the entry point `spacy_factories`.

Nobody needs to import this module. The text is cut by the tokeniser of `mner`, on which models
were trained, and entities are carried over by their characters. An entity that begins or ends
within a spaCy token is expanded to the whole token; if two of them then meet in a token, the more
probable one stays.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from mner.errors import MissingExtraError
from mner.posts.raw import raw_post
from mner.tagging.checks import check_min_probability
from mner.tagging.load import load
from mner.tagging.results import TaggedText, TextEntity
from mner.tagging.tagger import Tagger
from mner.types import Post

try:
    from spacy.language import Language
    from spacy.tokens import Doc, Span
except ModuleNotFoundError as exc:
    raise MissingExtraError("The spaCy component", "spacy") from exc

__all__ = ["EntityComponent", "create"]


@Language.factory(
    "mner",
    assigns=["doc.ents", "span._.probability"],
    default_config={"model": None, "min_probability": 0.0},
)
def create(
    nlp: Language, name: str, *, model: str | None, min_probability: float
) -> "EntityComponent":
    """Create the component, for `nlp.add_pipe("mner", config={"model": ..., ...})`.

    Args:
        nlp: the pipeline, of any language; it may be blank.
        name: the name of the component in the pipeline; not used.
        model: a model folder; None for the starter model.
        min_probability: entities that are less probable are left out.

    Raises:
        InputError: `min_probability` is not a number from 0 to 1.
        ModelError: the model cannot be loaded.
    """
    del nlp, name
    return EntityComponent(load(model), min_probability=min_probability)


class EntityComponent:
    """Sets `doc.ents`, in place of any there were, and `span._.probability`.

    It reads `doc._.picture` and `doc._.caption` where they were set, and makes these extension
    attributes known to spaCy.

    Args:
        tagger: finds the entities.
        min_probability: entities that are less probable are left out.

    Raises:
        InputError: `min_probability` is not a number from 0 to 1.
    """

    def __init__(self, tagger: Tagger, *, min_probability: float = 0.0) -> None:
        check_min_probability(min_probability)
        self._tagger = tagger
        self._min_probability = min_probability
        for owner, attribute in ((Doc, "picture"), (Doc, "caption"), (Span, "probability")):
            if not owner.has_extension(attribute):
                owner.set_extension(attribute, default=None)

    def __call__(self, doc: Doc) -> Doc:
        """Return the document itself, with its entities."""
        return next(self.pipe([doc], batch_size=1))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int) -> Iterator[Doc]:
        """Yield the documents in their order, with their entities.

        Args:
            stream: the documents.
            batch_size: how many of them are read ahead and tagged together.
        """
        rest = iter(stream)
        while docs := list(islice(rest, batch_size)):
            posts = [_post(doc) for doc in docs]
            tagged = self._tagger.tag([post for post in posts if post.tokens])
            for doc, post in zip(docs, posts, strict=True):
                if not post.tokens:
                    doc.set_ents([], default="outside")
                else:
                    result = next(tagged)
                    assert isinstance(result, TaggedText)
                    self._annotate(doc, result.entities)
                yield doc

    def _annotate(self, doc: Doc, entities: Sequence[TextEntity]) -> None:
        kept = [entity for entity in entities if entity.probability >= self._min_probability]
        doc.set_ents(_aligned(doc, kept), default="outside")


def _post(doc: Doc) -> Post:
    picture = doc._.picture
    if picture is not None:
        picture = str(picture)
    return raw_post("doc", doc.text, picture=picture, caption=doc._.caption)


def _aligned(doc: Doc, entities: Iterable[TextEntity]) -> list[Span]:
    """Return the entities as spans of whole spaCy tokens that do not overlap."""
    spans, taken = list[Span](), set[int]()
    for entity in sorted(entities, key=lambda entity: entity.probability, reverse=True):
        span = doc.char_span(
            entity.start_char, entity.end_char, label=entity.label, alignment_mode="expand"
        )
        assert span is not None
        if taken.isdisjoint(range(span.start, span.end)):
            taken.update(range(span.start, span.end))
            span._.probability = entity.probability
            spans.append(span)
    return spans
