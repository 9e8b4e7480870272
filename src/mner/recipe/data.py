"""The section of a recipe that names the corpus; see `mner.recipe.sections`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

from mner.bio import SCORINGS, Orphans, Scoring
from mner.formats import Format, SchemeChoice

__all__ = ["CorpusSection", "DataSection"]


@dataclass(frozen=True)
class CorpusSection:
    """One of several corpora that are trained on together.

    There is one `[[data.corpora]]` for each. The other keys of `[data]` hold for all of them.
    """

    train: str = ""
    """Tagged posts to train on."""
    dev: str = ""
    """Tagged posts that choose the epoch, together with those of the other corpora."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """New names for the corpus's own labels, such as `{ person = "PER" }`. A label that is not
    listed keeps its name."""
    annotated: tuple[str, ...] = ()
    """The labels (by their new names) that the annotators looked for. Other labels are left open
    where no entity is marked. When empty, the `annotated` of each post counts (JSONL only), or else
    all labels do."""
    epochs: Annotated[int, Meta(ge=0, le=100_000)] = 0
    """Number of epochs, counted from the first, in which this corpus is used; 0 for all."""
    conventions: tuple[
        Literal["join-signs", "plain-mentions", "plain-urls", "split-clitics"], ...
    ] = ()
    """How tokens are rewritten. `join-signs` joins `@` and `#` with the names after them,
    `plain-mentions` makes usernames no entities, `plain-urls` makes `URL1` a URL, `split-clitics`
    splits off `'s`."""


@dataclass(frozen=True)
class DataSection:
    """The corpus.

    Paths are relative to the current folder. `$NAME` stands for an environment variable.
    """

    train: str = ""
    """Tagged posts to train on."""
    dev: str = ""
    """Tagged posts that choose the epoch. A recipe does not name the test file: `mner evaluate`
    scores it."""
    corpora: tuple[CorpusSection, ...] = ()
    """Several corpora, instead of `train` and `dev`; see `[[data.corpora]]`."""
    exclude: tuple[str, ...] = ()
    """Files of posts that must not be trained on. Posts of train or dev with the same text are
    dropped; case, punctuation, URLs and mentions are not compared."""
    format: Format = "auto"
    """Format of the files."""
    scheme: SchemeChoice = "auto"
    """Tagging scheme of the files. `auto` recognises it, for each file by itself."""
    columns: str = ""
    """Which columns of a file in columns hold token and tag, such as `"token=1,tag=4"`. When empty,
    the token is in the first column and the tag in the last."""
    labels: tuple[str, ...] = ()
    """Names of the tags that rows of a data set give as numbers, in their order, such as
    `["O", "B-PER", "I-PER"]`."""
    orphans: Orphans = "begin"
    """What an I- tag that continues no entity means: `begin` starts an entity, `drop` ignores the
    tag."""
    captions: str = ""
    """JSONL file of captions (`id` and caption fields), for `picture.source = "captions"`."""
    caption_fields: tuple[str, ...] = ()
    """Fields of the captions file that are read; all fields when empty."""
    pictures: str = ""
    """Folder of pictures named by id, for `picture.source = "pixels"`."""
    features: str = ""
    """Store of encoded pictures, or a feature file of the public Keras code. A store that does not
    exist is made from `data.pictures`. When empty, the store is in the run's folder."""

    @property
    def scoring(self) -> Scoring:
        """The name of scores against these files: `strict` if orphan tags are dropped."""
        return SCORINGS[self.orphans]
