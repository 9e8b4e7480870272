"""From posts and a folder of pictures to a store of encoded pictures."""

import logging
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from mner.graphs.devices import Device
from mner.pictures.encoders.build import build_encoder
from mner.pictures.encoders.encoder import PictureEncoder
from mner.pictures.source import PictureSource
from mner.pictures.store import FeatureStore
from mner.pictures.store_writer import write_store
from mner.recipe.sections import PictureSection
from mner.types import PictureState, Post

__all__ = ["extract_features"]

_LOG = logging.getLogger(__name__)


def extract_features(
    posts: Iterable[Post],
    *,
    pictures: Path,
    out: Path,
    encoder: PictureSection | Path | PictureEncoder,
    batch_size: int = 16,
    device: Device = "auto",
) -> dict[PictureState, int]:
    """Encode the pictures that posts name, each once, in the order of the posts.

    A complete store is used as it is; an interrupted one is resumed.

    Args:
        posts: those without a picture add nothing.
        pictures: folder in which a picture is found by its id or file name.
        out: folder of the store.
        encoder: an encoder, or what `build_encoder` makes one of.
        batch_size: pictures in a batch.
        device: where an encoder that is made here runs; which one that is is logged.

    Returns:
        How many pictures are in each state.

    Raises:
        InputError: there is no such folder, the encoder's weights cannot be used, no post names a
            picture, or the store cannot be written (see `write_regions`).
        ModelError: the graph cannot be used.
        MissingExtraError: the packages of the encoder are not installed.
    """
    source = PictureSource(pictures)
    ids = list(dict.fromkeys(picture for post in posts for picture in post.pictures))
    loaded = encoder
    if isinstance(loaded, PictureSection | Path):
        loaded = build_encoder(loaded, device=device)
    _LOG.info("pictures are encoded by %s on %s", loaded.name, loaded.device)
    with tqdm(total=len(ids), desc="encode pictures", unit="picture", disable=None) as bar:
        is_new = write_store(
            out,
            ids,
            read=lambda picture: source.read(picture, size=loaded.size),
            encode=loaded,
            encoder=loaded.describe(),
            shape=(loaded.regions, loaded.width),
            batch_size=batch_size,
            progress=lambda done: bar.update(done - bar.n),
        )
    if not is_new:
        _LOG.info(
            "encoded pictures: %s is there already, and pictures are not read again;"
            " remove it to encode them again",
            out,
        )
    return FeatureStore.open(out).counts()
