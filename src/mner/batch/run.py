"""Tagging an archive: the plan, the parts that are left, the manifest."""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
from tqdm import tqdm

from mner import __version__
from mner.batch.engines import Engine
from mner.batch.job import Done, Job
from mner.batch.looked import looked_name
from mner.batch.plan import Part, Plan, make_plan
from mner.batch.stages import WORKERS, check_apart
from mner.batch.storage import Storage, arrow
from mner.errors import InputError, MnerError
from mner.files.locks import held
from mner.posts.reading import Fields
from mner.tagging.lettering.step import WordsInPictures
from mner.tagging.model_folder import read_model

__all__ = ["FAILURES", "MANIFEST", "Batch", "tag_archive"]

_LOG = logging.getLogger(__name__)

MANIFEST = "_manifest.json"
"""Is there when all parts are done."""
FAILURES = "_dead-letters.jsonl"
"""Posts that could not be tagged, a line each with the reason; empty where there are none."""
_GIVEN = "_batch.json"
_LOCK = "_lock"


@dataclass(frozen=True)
class Batch:
    """What the user says about an archive and its tagging.

    Raises:
        InputError: a number is out of range.
    """

    source: str
    """A file or a folder; a path or an address such as `s3://bucket/folder`."""
    target: str
    """The folder of the results, of this tagging alone."""
    model: Path
    part_rows: int = 5_000
    """The most posts of a part."""
    fields: Fields = field(default_factory=Fields)
    pictures: str | Path | None = None
    """A folder of pictures by id, a path or an address; without it, a picture is a path relative to
    the archive."""
    words: WordsInPictures = field(default_factory=WordsInPictures)
    trust_paths: bool = False
    min_probability: float = 0.0

    def __post_init__(self) -> None:
        if self.part_rows < 1:
            raise InputError(f"part_rows: expected at least 1, got {self.part_rows}")


def tag_archive(batch: Batch, engine: Engine) -> dict[str, Any]:
    """Tag the posts of an archive, and return the manifest.

    Parts that an earlier run has finished are not done again.

    Raises:
        MissingExtraError: pyarrow or the packages of the engine are not installed.
        InputError: the archive cannot be read, or the folder holds the results of something else.
        ModelError: the model cannot be loaded.
    """
    arrow()
    source, target = Storage(batch.source), Storage(batch.target)
    _require_apart(source, target)
    plan = make_plan(source, rows=batch.part_rows, fields=batch.fields)
    described = read_model(batch.model)
    has_folder = batch.pictures is not None or plan.kind == "pictures"
    words = replace(batch.words, wanted=batch.words.is_on(has_folder=has_folder))
    job = Job(
        source,
        target,
        plan,
        described.folder.resolve(),
        fields=batch.fields,
        pictures=_absolute(batch.pictures),
        words=words,
        trust_paths=batch.trust_paths,
        min_probability=batch.min_probability,
        apart=tuple(name for name in WORKERS if name in engine.apart),
    )
    check_apart(job, described)
    for stage in (*job.apart, "tagging"):
        WORKERS[stage](job).close()  # what is wrong with a model or engine is said once, at once
    with _reserved(target):
        _require_same(target, _given(batch, job, described.fingerprint))
        finished = _finished(target, plan.parts)
        left = [part for part in plan.parts if part.number not in finished]
        if finished:
            _LOG.info("%d of %d parts are done already", len(finished), len(plan.parts))
        for done in _with_bar(engine.run(job, left), plan, finished):
            finished[done.part] = done
            _forget_looked(target, {looked_name(plan.parts[done.part], name) for name in job.apart})
        # Those of runs that were killed, which may have had other stages.
        stages = [name for name in WORKERS if name != "tagging"]
        _forget_looked(target, {looked_name(part, name) for part in plan.parts for name in stages})
        manifest = _manifest(plan, finished, described.fingerprint)
        _write(target, FAILURES, _lines_of_failures(finished))
        _write(target, MANIFEST, json.dumps(manifest, indent=1) + "\n")
    return manifest


def _absolute(pictures: str | Path | None) -> str | None:
    """Return the folder of pictures as all workers find it; an address stays as it is."""
    if pictures is None:
        return None
    is_path = Storage(str(pictures)).is_local
    return str(Path(pictures).resolve()) if is_path else str(pictures)


def _require_apart(source: Storage, target: Storage) -> None:
    """Refuse results within the archive, which the next run would read."""
    inside = f"{target.root.rstrip('/')}/".startswith(f"{source.root.rstrip('/')}/")
    if inside and source.is_local == target.is_local:
        raise InputError(f"{target.name}: lies in the archive: name a folder beside it")


@contextmanager
def _reserved(target: Storage) -> Iterator[None]:
    """Be the only run that writes to a folder; object stores have no locks."""
    if not target.is_local:
        yield
        return
    folder = Path(target.root)
    folder.mkdir(parents=True, exist_ok=True)
    error = InputError(f"{target.name}: another process is tagging into this folder")
    with held(folder / _LOCK, error=error):
        _remove_halves(folder)
        yield
        _remove_halves(folder)


def _remove_halves(folder: Path) -> None:
    """Remove what workers that were killed were writing."""
    for leftover in folder.glob(".*.part"):
        leftover.unlink(missing_ok=True)


def _given(batch: Batch, job: Job, model: str) -> dict[str, object]:
    """Return all on which the results depend."""
    return {
        "plan": job.plan.fingerprint,
        "model": model,
        "fields": asdict(batch.fields),
        "words in pictures": job.words.engine if job.words.wanted else None,
        "min_probability": batch.min_probability,
        "pictures": job.pictures,
        "trust_paths": batch.trust_paths,
        "mner": __version__,
    }


def _require_same(target: Storage, given: dict[str, object]) -> None:
    """Refuse a folder with results of another archive, model or option."""
    names = target.names() if not target.is_local or Path(target.root).is_dir() else set()
    if _GIVEN not in names:
        others = sorted(name for name in names if not name.startswith((".", _LOCK)))
        if others:
            raise InputError(
                f"{target.name}: holds {others[0]}, which no tagging of an archive has written: "
                "name an empty folder"
            )
        _write(target, _GIVEN, json.dumps(given, indent=1) + "\n")
        return
    try:
        before = json.loads(target.read(target.path(_GIVEN)))
    except ValueError as exc:
        raise InputError(f"{target.path(_GIVEN)}: is damaged: name an empty folder") from exc
    different = sorted(key for key in given if before.get(key) != given[key])
    if different:
        raise InputError(
            f"{target.name}: holds parts that were tagged otherwise ({', '.join(different)}): name "
            "an empty folder"
        )


def _finished(target: Storage, parts: Iterable[Part]) -> dict[int, Done]:
    """Return what became of the parts that are done."""
    names = target.names()
    finished = {}
    for part in parts:
        record = f"_{part.name}.json"
        if record in names and f"{part.name}.parquet" in names:
            try:
                done = msgspec.json.decode(target.read(target.path(record)), type=Done)
            except msgspec.DecodeError as exc:
                raise InputError(f"{target.path(record)}: is damaged: remove it") from exc
            finished[part.number] = done
    return finished


def _forget_looked(target: Storage, names: set[str]) -> None:
    """Remove what stages have written for others, when it has been used."""
    if names:
        for name in names & target.names():
            target.remove(name)


def _with_bar(results: Iterable[Done], plan: Plan, finished: dict[int, Done]) -> Iterator[Done]:
    rows = {part.number: part.rows for part in plan.parts}
    there = sum(rows[number] for number in finished)
    with tqdm(total=plan.rows, initial=there, unit=" posts", disable=None) as bar:
        for done in results:
            bar.update(rows[done.part])
            yield done


def _manifest(plan: Plan, finished: dict[int, Done], model: str) -> dict[str, Any]:
    """Sum up what was done. It holds no times, so that two runs write the same."""
    parts = [finished[part.number] for part in plan.parts if part.number in finished]
    if len(parts) != len(plan.parts):
        raise MnerError(f"{len(plan.parts) - len(parts)} parts are not done: run it again")
    entities, names, pictures = Counter[str](), Counter[str](), Counter[str]()
    for done in parts:
        entities.update(done.entities)
        names.update(done.picture_entities)
        pictures.update(done.pictures)
    return {
        "format": 1,
        "kind": plan.kind,
        "files": [asdict(file) for file in plan.files],
        "posts": sum(done.posts for done in parts),
        "failed": sum(len(done.failures) for done in parts),
        "entities": dict(sorted(entities.items())),
        "picture_entities": dict(sorted(names.items())),
        "pictures": dict(sorted(pictures.items())),
        "model": model,
        "versions": {"mner": __version__, "pyarrow": arrow().__version__},
        "parts": [
            {"file": f"{part.name}.parquet", "from": part.file, "line": part.line}
            for part in plan.parts
        ],
    }


def _lines_of_failures(finished: dict[int, Done]) -> str:
    lines = []
    for number in sorted(finished):
        for failure in finished[number].failures:
            record = {**asdict(failure), "part": f"part-{number:06d}.parquet"}
            lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines)


def _write(target: Storage, name: str, text: str) -> None:
    target.write(name, lambda stream: stream.write(text.encode()))
