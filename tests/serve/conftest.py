from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from starlette.testclient import TestClient

from mner.serve.app import Api, build_app
from mner.serve.limits import Limits
from mner.serve.metrics import Metrics
from mner.serve.models import Models, ModelSource
from mner.tagging.starter import starter_model
from mner.training.train import train
from tests.browser import Browser
from tests.browser import opened as opened_browser
from tests.serve.page import show
from tests.serve.test_process import Service, serving
from tests.tiny import tiny_caption_recipe, tiny_pixel_recipe

Open: TypeAlias = Callable[..., TestClient]


@pytest.fixture(scope="package")
def pixel_model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tiny_pixel_recipe(corpus), tmp_path_factory.mktemp("serve") / "run").model


@pytest.fixture(scope="package")
def caption_model(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tiny_caption_recipe(corpus), tmp_path_factory.mktemp("captions") / "run").model


@pytest.fixture
def opened() -> Iterator[Open]:
    """Starts a service in this process: folders of models by name, limits, and parts of `Api`."""
    with ExitStack() as stack:

        def start(limits: Limits | None = None, models: Any = None, **parts: Any) -> TestClient:
            metrics, bounds = Metrics(), limits or Limits()
            folders = models or {"starter": starter_model()}
            sources = [ModelSource(name, folder) for name, folder in folders.items()]
            served = Models(sources, bounds, on_batch=metrics.batch)
            app = build_app(Api(served, bounds, metrics, **parts))
            return stack.enter_context(TestClient(app))

        yield start


@pytest.fixture
def client(opened: Open) -> TestClient:
    return opened()


@pytest.fixture(scope="package")
def service(
    pixel_model: Path, caption_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service as users start it, with models for pictures, for captions and for texts."""
    models = (
        f"--model=pixels={pixel_model}",
        f"--model=captions={caption_model}",
        f"--model=starter={starter_model()}",
    )
    with serving(*models, folder=tmp_path_factory.mktemp("page")) as service:
        yield service


@pytest.fixture(scope="package")
def started() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def browser(started: Browser, service: Service) -> Browser:
    """A browser with the page of the service."""
    show(started, service)
    return started
