import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from mner.recipe.sections import Recipe
from tests.loopback import server
from tests.tiny import tiny_caption_recipe, tiny_pixel_recipe, tiny_recipe, write_corpus

# Set before torch is imported: spinning threads collapse when tests share the processor.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Set before huggingface_hub is imported: a test that names a model which is not there must not wait
# for a network.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# A shell ignores Ctrl-C on behalf of what it starts in the background, and programs inherit that;
# tests of interrupts need it heard.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

__all__ = ["server"]

REAL_DATA = Path(os.environ.get("MNER_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real corpora that stands beside the project."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real data at {REAL_DATA}: set MNER_DATA to its folder")
    return REAL_DATA


# A shared processor makes single examples slow now and then; a fixed seed keeps a run repeatable.
settings.register_profile("mner", deadline=None, derandomize=True)
settings.load_profile("mner")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take properties out of the coverage, which doubles the time of their hundreds of examples.

    What they reach is what the tests beside them reach with one example.
    """
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `tests.tiny.write_corpus` writes it."""
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder)
    return folder


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep converted vectors out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def recipe(corpus: Path) -> Recipe:
    return tiny_recipe(corpus)


@pytest.fixture
def caption_recipe(corpus: Path) -> Recipe:
    return tiny_caption_recipe(corpus)


@pytest.fixture
def pixel_recipe(corpus: Path) -> Recipe:
    return tiny_pixel_recipe(corpus)
