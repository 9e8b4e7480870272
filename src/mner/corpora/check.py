"""What is wrong with a corpus: lines that cannot be read, odd tags, repeated texts, pictures."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

from mner.corpora.check_pictures import picture_findings
from mner.corpora.findings import ILL_FORMED, Finding, Findings, findings_of
from mner.corpora.scan import Scan, scan_file
from mner.pictures.decode import Picture
from mner.pictures.source import check_folder
from mner.posts.language import open_other_language
from mner.posts.reading import RECOGNISED, ReadingOptions

__all__ = ["check_files"]


def check_files(
    paths: Sequence[str | Path],
    *,
    pictures: Path | None = None,
    inspect: Callable[[Path], Picture] | None = None,
    reading: ReadingOptions = RECOGNISED,
) -> Findings:
    """Read files and look for what is wrong in each, and for posts that occur twice.

    Kinds of finding, beside those of `mner.posts.read`:

    * `ill-formed`: posts that cannot be read and are left out;
    * `not-annotated`: posts that are not annotated, in a file in which others are; neither
      training nor scoring takes them;
    * `duplicate-text`: within a file, posts that repeat an earlier one; between two files, texts
      that both have (see `comparable_text`);
    * `absent-picture`, `unreadable-picture`: posts without a picture that can be used;
    * `placeholder-picture`: posts that share one picture, byte for byte, with at least two others.

    With the extra `language`, the posts are counted that seem to be in another language than
    English; that is no finding.

    Args:
        paths: files that `read_posts` reads.
        pictures: folder of pictures; none are looked for without it.
        inspect: reads a picture file, such as `read_picture`. Without it, a picture that is
            there counts as present.
        reading: how the files are read.

    Raises:
        InputError: a file cannot be read, or there is no such folder of pictures.
    """
    if pictures is not None:
        check_folder(pictures)
    files = dict.fromkeys(map(str, paths))
    other_language = open_other_language()
    scans = [
        scan_file(Path(file), pictures=pictures, reading=reading, other_language=other_language)
        for file in files
    ]
    findings: list[Finding] = []
    for scan in scans:
        findings += _problems(scan)
        findings += _repeats(scan)
    for first, second in combinations(scans, 2):
        findings += _shared_texts(first, second)
    if pictures is not None:
        findings += picture_findings(scans, inspect)
    posts = {scan.file: scan.posts for scan in scans}
    raw = tuple(scan.file for scan in scans if _is_raw(scan))
    languages = {}
    if other_language is not None:
        languages = {scan.file: dict(scan.languages.most_common()) for scan in scans}
    return Findings(posts, tuple(findings), raw, languages)


def _problems(scan: Scan) -> Iterator[Finding]:
    yield from findings_of(ILL_FORMED, (scan.file,), [str(error) for error in scan.errors])
    by_kind: dict[str, list[str]] = defaultdict(list)
    for problem in scan.problems:
        by_kind[problem.kind].append(str(problem))
    for kind, messages in by_kind.items():
        yield from findings_of(kind, (scan.file,), messages)
    if not _is_raw(scan):
        yield from findings_of("not-annotated", (scan.file,), scan.not_annotated)


def _is_raw(scan: Scan) -> bool:
    """Return whether no post of a file that has words is annotated."""
    return 0 < scan.posts - scan.without_words == len(scan.not_annotated)


def _repeats(scan: Scan) -> Iterator[Finding]:
    messages = []
    for first, *others in scan.texts.values():
        messages += [f"{other}: same text as {first}" for other in others]
    return findings_of("duplicate-text", (scan.file,), messages)


def _shared_texts(first: Scan, second: Scan) -> Iterator[Finding]:
    messages = [
        f"{second.texts[digest][0]}: same text as {locations[0]}"
        for digest, locations in first.texts.items()
        if digest in second.texts
    ]
    return findings_of("duplicate-text", (first.file, second.file), messages)
