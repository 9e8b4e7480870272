import asyncio
import shutil
from pathlib import Path

import pytest

from mner.errors import InputError, ModelError
from mner.posts.raw import raw_post
from mner.serve.app import Api
from mner.serve.limits import Limits
from mner.serve.metrics import Metrics
from mner.serve.models import Models, ModelSource, named_model
from mner.tagging.starter import starter_model

POST = raw_post("1", "saw Ann in Rome")


def models(*sources: ModelSource) -> Models:
    return Models(sources, Limits(), on_batch=lambda *_: None)


def test_names_come_from_folders(tmp_path: Path) -> None:
    for text, name, folder in (
        ("runs/acn-seed0", "acn-seed0", "runs/acn-seed0"),
        ("runs/acn-seed0/model", "acn-seed0", "runs/acn-seed0/model"),
        ("mine=runs/acn", "mine", "runs/acn"),
        ("./a=b", "a=b", "a=b"),
    ):
        assert named_model(text) == ModelSource(name, Path(folder))
    for text in ("=x", "x="):
        with pytest.raises(InputError, match="expected NAME=FOLDER or FOLDER"):
            named_model(text)


def test_names_are_different() -> None:
    source = ModelSource("starter", starter_model())
    with pytest.raises(InputError, match="two models are named 'starter'"):
        models(source, source)


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"mner\.json"):
        models(ModelSource("x", tmp_path))


def test_models_are_loaded_again_and_what_was_accepted_is_finished(
    tmp_path: Path, pixel_model: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(starter_model(), folder)
    metrics = Metrics()
    served = models(ModelSource("m", folder))
    api = Api(served, Limits(), metrics)
    (before,) = served.served
    accepted = before.batcher.submit([POST] * 50)
    folder.rename(tmp_path / "before")
    shutil.copytree(pixel_model, folder)
    asyncio.run(api.reload())
    (after,) = served.served
    assert after.fingerprint != before.fingerprint
    assert after.looks_at == "pictures"
    assert len(accepted.result(30)) == 50
    before.batcher.join()
    assert 'mner_reloads_total{outcome="done"} 1.0' in metrics.text().decode()


def test_models_stay_where_loading_again_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(starter_model(), folder)
    metrics = Metrics()
    served = models(ModelSource("m", folder))
    (before,) = served.served
    (folder / "mner.json").write_text("{")
    asyncio.run(Api(served, Limits(), metrics).reload())
    assert served.served == (before,)
    assert before.batcher.submit([POST]).result(30)[0].post.entities
    assert "the models stay as they are" in caplog.text
    assert 'mner_reloads_total{outcome="failed"} 1.0' in metrics.text().decode()


def test_posts_of_several_requests_are_tagged_as_they_are_alone() -> None:
    posts = [raw_post(str(number), "saw Ann in Rome " * (1 + number % 7)) for number in range(40)]
    (served,) = models(ModelSource("m", starter_model())).served
    together = served.batcher.submit(posts).result(30)
    assert [tagged.post.id for tagged in together] == [post.id for post in posts]
    for post, tagged in zip(posts, together, strict=True):
        (alone,) = served.batcher.submit([post]).result(30)
        assert [entity.span for entity in alone.post.entities] == [
            entity.span for entity in tagged.post.entities
        ]
