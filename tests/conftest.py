import os
from pathlib import Path

import pytest
from hypothesis import settings

# Set before torch is imported: spinning threads collapse when tests share the processor.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")

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
