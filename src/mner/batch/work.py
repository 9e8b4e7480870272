"""What a worker does with a part: read it, tag it, write its file, and say that it is done."""

import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import IO, Any

import msgspec

from mner.batch.job import Done, Job
from mner.batch.looked import PartLettering, PartRegions
from mner.batch.part_posts import Failure, PartPosts, read_part
from mner.batch.part_table import table_of
from mner.batch.plan import Part
from mner.errors import DataWarning, MnerError
from mner.tagging.lettering.step import LetteringStep, open_step
from mner.tagging.load import open_tagger
from mner.tagging.model_folder import read_model
from mner.tagging.output import Output
from mner.tagging.tag_results import tagged_results
from mner.types import Post

__all__ = ["Worker"]

_LOG = logging.getLogger(__name__)


class Worker:
    """Tags parts, one after another.

    A part's results depend on the part alone. Its file is renamed to its name when it is complete,
    and after it the file that says that the part is done, so that a worker may be killed at any
    moment, and two workers may do the same part.

    Args:
        job: what is to be done.

    Raises:
        MnerError: the model cannot be loaded, or an engine is missing.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._stack = ExitStack()
        self._regions: PartRegions | None = None
        self._lettering: PartLettering | None = None
        model = read_model(job.model)
        if "encoding" in job.apart:
            assert model.about.encoder is not None
            self._regions = PartRegions(int(model.about.encoder["width"]))
        self._tagger = open_tagger(
            model,
            pictures=job.picture_source(),
            regions=self._regions,
            threads=job.threads,
            device=job.device,
        )
        self._step = None
        if "lettering" in job.apart:
            self._lettering = PartLettering()
            self._step = LetteringStep(self._tagger, self._lettering, job.words.engine)
        elif job.reads_words():
            step = open_step(job.words, self._tagger, job.picture_source())
            self._step = self._stack.enter_context(step)

    def __call__(self, part: Part) -> Done:
        """Tag a part.

        Raises:
            MnerError: the part cannot be read or its results cannot be written.
        """
        job = self._job
        read = read_part(job.source, job.plan, part, fields=job.fields)
        with ExitStack() as known, warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            if self._regions is not None:
                known.enter_context(self._regions.of(job.target, part))
            if self._lettering is not None:
                known.enter_context(self._lettering.of(job.target, part))
            posts, states = self._tagged(read, part)
        table = table_of(posts, read.lines, kind=job.plan.kind, columns=read.columns)
        job.target.write(f"{part.name}.parquet", lambda stream: _write_table(table, stream))
        done = Done(
            part=part.number,
            file=part.file,
            posts=len(posts),
            entities=_counts(entity.label for post in posts for entity in post.entities or ()),
            picture_entities=_counts(
                name.label for post in posts for name in post.picture_entities or ()
            ),
            pictures=dict(states),
            failures=read.failures,
        )
        content = msgspec.json.encode(asdict(done))
        job.target.write(f"_{part.name}.json", lambda stream: stream.write(content))
        return done

    def close(self) -> None:
        """Close what the worker has opened."""
        self._stack.close()

    def _tagged(self, read: PartPosts, part: Part) -> tuple[list[Post], Counter[str]]:
        """Tag the posts; one by one where some of them cannot be tagged, which are left out."""
        try:
            return self._results(read.posts)
        except MnerError as exc:
            _LOG.info("%s: posts are tagged one by one, since: %s", part.name, exc)
        posts: list[Post] = []
        lines: list[int] = []
        kept: list[int] = []
        states: Counter[str] = Counter()
        for number, (post, line) in enumerate(zip(read.posts, read.lines, strict=True)):
            try:
                tagged, found = self._results([post])
            except MnerError as exc:
                read.failures.append(Failure(part.file, line, str(exc)))
                continue
            posts += tagged
            lines.append(line)
            kept.append(number)
            states += found
        read.lines = lines
        if read.columns is not None:
            read.columns = read.columns.take(kept)
        return posts, states

    def _results(self, posts: list[Post]) -> tuple[list[Post], Counter[str]]:
        output = Output(style="jsonl", min_probability=self._job.min_probability)
        states: Counter[str] = Counter()
        found: list[Post] = []
        for explained in tagged_results(self._tagger, posts, output, step=self._step):
            found.append(explained.tagged.post)
            if self._tagger.looks_at == "pictures":
                states[str(explained.tagged.picture)] += 1
        return found, states


def _counts(labels: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(labels).items()))


def _write_table(table: Any, stream: IO[bytes]) -> None:
    from pyarrow.parquet import write_table

    write_table(table, stream)
