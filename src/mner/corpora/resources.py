"""What `mner data fetch` knows: official addresses, sizes and checksums, in one table."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["RESOURCES", "Resource"]


@dataclass(frozen=True)
class Resource:
    """Something to be fetched: a file known by its checksum, or a corpus known by its content.

    A corpus comes in an archive.
    """

    name: str
    address: str
    file: str
    """Its name in the folder of downloads; of a corpus, its folder."""
    checked: str
    """What it is checked by, and who published that."""
    largest: int
    """Bytes above which it cannot be the right thing; of a corpus, before and after unpacking."""
    size: int | None = None
    digest: str | None = None
    posts: Mapping[str, int] | None = None
    """Of a corpus: how many posts train, valid and test hold."""
    pictures: int = 0
    """Of a corpus: how many of its posts must have their picture."""


_TWITTER_2015 = Resource(
    name="twitter2015",
    # The repository of the paper's authors, jlfu/NERmultimodal before its owner was renamed.
    address="https://github.com/jinlanfu/NERmultimodal/archive/HEAD.tar.gz",
    file="twitter2015",
    # GitHub packs such archives again when it likes, so their bytes have no lasting checksum.
    checked=(
        "number of posts and pictures "
        "(no checksum is published; the archive's is recorded in source.json)"
    ),
    largest=3 << 30,
    posts={"train": 4000, "valid": 1000, "test": 3257},
    # 8,241 pictures are listed publicly for 8,257 posts; a post may be without its picture.
    pictures=8000,
)
_VGG_16 = Resource(
    name="vgg16",
    address="https://download.pytorch.org/models/vgg16-397923af.pth",
    file="vgg16-397923af.pth",
    # torchvision publishes the first eight digits in the name; many public projects quote all of
    # them, with the size.
    checked="size and SHA-256 (its first eight digits are torchvision's own, in the file's name)",
    largest=553_433_881,
    size=553_433_881,
    digest="sha256:397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
)
_GLOVE_TWITTER_200 = Resource(
    name="glove-twitter-200",
    address=(
        "https://github.com/piskvorky/gensim-data/releases/download/"
        "glove-twitter-200/glove-twitter-200.gz"
    ),
    file="glove-twitter-200.gz",
    checked="size and MD5 as in the catalogue of gensim-data",
    largest=795_373_100,
    size=795_373_100,
    digest="md5:e52e8392d1860b95d5308a525817d8f9",
)

RESOURCES: dict[str, Resource] = {
    resource.name: resource for resource in (_TWITTER_2015, _VGG_16, _GLOVE_TWITTER_200)
}
