"""`mner serve` as the ML backend of the real Label Studio, and `mner data convert` for its files.

usage: python -m benchmarks.label_studio --label-studio VENV [--posts 40] [--out runs/label_studio]

VENV is a virtual environment with `pip install label-studio`. $MNER_DATA is the folder that holds
posts/gold.jsonl with its pictures. Label Studio and the service run on the loopback address, and an
annotator's part is played in headless Chromium, whose pictures are in `--out`. What is printed is
the section of RESULTS.md; a check that fails ends the command.
"""

import base64
import json
import os
import re
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from textwrap import fill
from typing import Any
from urllib.error import HTTPError

from PIL import Image, ImageDraw, ImageFont

from benchmarks.commands import new_parser
from benchmarks.label_studio_page import logged_in
from benchmarks.label_studio_server import LabelStudio, running
from benchmarks.runs import machine
from mner import load, read_posts
from mner.posts.exchange.label_studio import label_studio_results
from mner.types import Post

_CONFIG = """<View>
  <Image name="image" value="$picture"/>
  <RectangleLabels name="lettering" toName="image">
    <Label value="PER"/><Label value="LOC"/><Label value="ORG"/><Label value="OTHER"/>
  </RectangleLabels>
  <Labels name="label" toName="text">
    <Label value="Person" predicted_values="PER"/><Label value="LOC"/>
    <Label value="ORG"/><Label value="OTHER"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>"""
_EXCHANGE = """<View>
  <Labels name="label" toName="text">
    <Label value="PER"/><Label value="LOC"/><Label value="ORG"/><Label value="OTHER"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>"""
_EMOJI = "\U0001f44d\U0001f600 saw Ann in Rome \U0001f44d with KLM, near Oslo"
_TOKEN = "a-token-only-for-this-run"


def main() -> None:
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    source = Path(os.environ["MNER_DATA"]) / "posts" / "gold.jsonl"
    gold = list(islice(read_posts(source), arguments.posts))
    with running(arguments.label_studio, arguments.out) as server:
        release = server.call("GET", "/api/version")["release"]
        print("## The backend of Label Studio\n")
        heading = (
            f"`python -m benchmarks.label_studio --label-studio VENV`: {machine()}, Label Studio "
            f"{release}, the first {len(gold)} real posts with their pictures, starter model."
        )
        print(fill(heading, 100) + "\n")
        for line in chain(
            _predictions(server, gold, source.parent, arguments.out),
            _files(server, source, gold, arguments.out),
        ):
            print(fill(f"* {line}", 100, subsequent_indent="  "), flush=True)


def _arguments() -> Namespace:
    parser = new_parser(__doc__)
    parser.add_argument("--label-studio", type=Path, required=True)
    parser.add_argument("--posts", type=int, default=40)
    parser.add_argument("--out", type=Path, default=Path("runs/label_studio"))
    return parser.parse_args()


def _predictions(server: LabelStudio, gold: list[Post], folder: Path, out: Path) -> Iterator[str]:
    """Yield what was checked of the service as a backend."""
    project = server.project(_CONFIG, sampling="Uncertainty sampling")
    tasks = [{"data": _data(post, folder)} for post in gold]
    server.call("POST", f"/api/projects/{project}/import", tasks)
    with _service(out, token=_TOKEN) as url:
        yield _refused(server, project, url)
        credentials = {"auth_method": "BASIC_AUTH", "basic_auth_user": "mner"}
        given = {"project": project, "url": url, "title": "mner", "basic_auth_pass": _TOKEN}
        backend = server.call("POST", "/api/ml", given | credentials)
        assert backend["state"] == "CO", backend
        yield f"connected with a token; the version of the model is `{backend['model_version']}`"
        server.call("DELETE", f"/api/ml/{backend['id']}")
    with _service(out) as url:
        backend = server.call("POST", "/api/ml", {"project": project, "url": url, "title": "mner"})
        assert backend["state"] == "CO", backend
        started = time.perf_counter()
        server.predict(project)
        seconds = time.perf_counter() - started
        yield _compared(server, project, gold, seconds)
        yield _uncertain_first(server, project, backend["model_version"])
        yield from _annotated(server, project, out)


def _data(post: Post, folder: Path) -> dict[str, str]:
    assert post.text is not None
    assert post.picture is not None
    content = base64.b64encode((folder / post.picture).read_bytes()).decode()
    return {"id": post.id, "text": post.text, "picture": f"data:image/jpeg;base64,{content}"}


def _refused(server: LabelStudio, project: int, url: str) -> str:
    try:
        server.call("POST", "/api/ml", {"project": project, "url": url, "title": "no token"})
    except HTTPError as error:
        answer = error.read().decode()
        assert "authentication parameters" in answer, answer
        return "without its token, Label Studio says that the authentication is missing"
    raise AssertionError("a backend was connected without its token")


def _compared(server: LabelStudio, project: int, gold: list[Post], seconds: float) -> str:
    """Compare predictions with what the tagger finds."""
    names = {"PER": "Person"}
    found = {task["data"]["id"]: task["predictions"] for task in server.tasks(project)}
    regions = 0
    for tagged in load().tag([post.text or "" for post in gold]):
        (prediction,) = found[gold[int(tagged.id) - 1].id]
        expected = label_studio_results(tagged)
        texts = [item for item in prediction["result"] if item["type"] == "labels"]
        assert len(texts) == len(expected), (texts, expected)
        for item, wanted in zip(texts, expected, strict=True):
            value: Any = wanted["value"]
            value["labels"] = [names.get(label, label) for label in value["labels"]]
            assert item["value"] == value, (item, wanted)
            regions += 1
    return (
        f"predictions for {len(gold)} tasks in {seconds:.1f} s, with {regions} labels in texts: "
        "the same as those of the tagger in process"
    )


def _uncertain_first(server: LabelStudio, project: int, version: str) -> str:
    server.call("PATCH", f"/api/projects/{project}", {"model_version": version})
    scores = {task["id"]: task["predictions"][0]["score"] for task in server.tasks(project)}
    task = server.call("GET", f"/api/projects/{project}/next")
    assert scores[task["id"]] == min(scores.values()), (task["id"], scores)
    return f"the first task to annotate is the least certain (score {min(scores.values()):.4f})"


def _annotated(server: LabelStudio, project: int, out: Path) -> Iterator[str]:
    """Look at tasks as an annotator, submit them, and read what is exported."""
    data = {"id": "emoji", "text": _EMOJI, "picture": _sign()}
    server.call("POST", f"/api/projects/{project}/import", [{"data": data}])
    server.predict(project)
    by_regions = sorted(server.tasks(project), key=lambda task: -len(_texts(task)))
    (emoji,) = (task for task in by_regions if task["data"]["id"] == "emoji")
    shown = [emoji, *(task for task in by_regions[:4] if task is not emoji)]
    with logged_in(server) as page:
        for number, task in enumerate(shown):
            page.open(project, task["id"])
            page.picture(out / f"task{number}.png")
            expected = "".join(item["value"]["text"] for item in _texts(task))
            assert page.marked() == expected, (page.marked(), expected)
            regions = task["predictions"][0]["result"]
            assert page.regions() == len(regions), (page.regions(), regions)
            page.submit()
    boxes = sum(len(task["predictions"][0]["result"]) - len(_texts(task)) for task in shown)
    count = sum(map(len, map(_texts, shown)))
    yield (
        f"{len(shown)} tasks opened in Chromium show the predicted words, {count} of them, and "
        f"{boxes} boxes; one has emoji before its names"
    )
    path = f"/api/projects/{project}/export?exportType=JSON"
    exported = server.call("GET", path)
    assert len(exported) == len(shown)
    (out / "annotated.json").write_text(json.dumps(exported), encoding="utf-8")
    _mner("data", "convert", out / "annotated.json", out / "annotated.jsonl")
    back = {post.id: post for post in read_posts(out / "annotated.jsonl")}
    for task in shown:
        found = _characters(back[task["data"]["id"]])
        values = [item["value"] for item in _texts(task)]
        assert found == [(v["start"], v["end"], v["labels"][0]) for v in values], (found, values)
    yield f"what was submitted there is exported, converted, and the same {count} entities"


def _texts(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the predicted labels of the text of a task."""
    return [item for item in task["predictions"][0]["result"] if item["type"] == "labels"]


def _characters(post: Post) -> list[tuple[int, int, str]]:
    offsets = post.offsets or ()
    return [(offsets[e.start][0], offsets[e.end - 1][1], e.label) for e in post.entities or ()]


def _sign() -> str:
    """Return a picture with a name as a data: URL."""
    image = Image.new("RGB", (400, 200), "white")
    font = ImageFont.load_default(size=60)
    ImageDraw.Draw(image).text((40, 60), "LONDON", fill="black", font=font)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _files(server: LabelStudio, source: Path, gold: list[Post], out: Path) -> Iterator[str]:
    """Yield what was checked of files that go in and come out."""
    few, tasks = out / "gold.jsonl", out / "tasks.json"
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)[: len(gold)]
    few.write_text("".join(lines), encoding="utf-8")
    _mner("data", "convert", few, tasks, "--to", "label-studio")
    project = server.project(_EXCHANGE)
    imported = json.loads(tasks.read_text(encoding="utf-8"))
    server.call("POST", f"/api/projects/{project}/import", imported)
    for form in ("JSON", "JSON_MIN"):
        answer = server.call(
            "GET", f"/api/projects/{project}/export?exportType={form}&download_all_tasks=true"
        )
        exported, again = out / f"{form}.json", out / f"{form}.jsonl"
        exported.write_text(json.dumps(answer), encoding="utf-8")
        _mner("data", "convert", exported, again)
        # JSON_MIN has the numbers of Label Studio's tasks in place of the ids of posts.
        back = {post.text: post for post in read_posts(again, on_problem=lambda _: None)}
        for post in gold:
            assert _entities(back[post.text]) == _entities(post), (form, post, back[post.text])
        count = sum(len(post.entities or ()) for post in gold)
        yield f"{count} annotations imported, exported as {form} and converted: none changed"


def _entities(post: Post) -> list[tuple[int, int, str]]:
    return [entity.span for entity in post.entities or ()]


@contextmanager
def _service(out: Path, *, token: str | None = None) -> Iterator[str]:
    """Start `mner serve`, and return its address."""
    variables = os.environ | ({"MNER_TOKEN": token} if token else {})
    command = [sys.executable, "-m", "mner", "serve", "--port", "0", "--max-body", "200"]
    with (out / "serve.log").open("w+b") as log:
        process = subprocess.Popen(command, env=variables, stderr=log)
        try:
            yield _address(process, out / "serve.log")
        finally:
            process.terminate()
            process.wait(60)


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    while process.poll() is None:
        if found := re.search(r"serving at (\S+)", log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"the service ended: see {log}")


def _mner(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "mner", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main()
