"""What may be a name in lettering, and the features that say how probable it is."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mner.errors import ModelError
from mner.pictures.lettering.lines import Box, Lettering, LetteringState, Line
from mner.posts.raw import raw_post
from mner.tagging.batching import PostBatch
from mner.tagging.lettering.candidates import FEATURES, Candidate, find_candidates, log_odds
from mner.tagging.lettering.fitted import WEIGHTS, probability_of_name
from mner.tagging.lettering.known_names import known_names
from mner.tagging.load import load
from mner.tagging.model_folder import ModelFiles
from mner.tagging.tagger import Tagger
from mner.types import Emitted, Post
from tests.tagging.lettering.conftest import lettering


def candidates(tagger: Tagger, *lines: str, text: str = "x") -> dict[tuple[str, str], Candidate]:
    found = find_candidates(raw_post("1", text), lettering(*lines), tagger)
    return {(candidate.text, candidate.label): candidate for candidate in found}


def features(candidate: Candidate, tagger: Tagger, text: str) -> dict[str, float]:
    post = next(iter(tagger.tag([raw_post("1", text)])))
    return dict(zip(FEATURES, candidate.features(post).tolist(), strict=True))


def test_a_name_over_two_lines_has_the_box_around_both(tagger: Tagger) -> None:
    found = candidates(tagger, "Barack", "Obama")
    name = found["Barack Obama", "PER"]
    assert name.box == Box(0.1, 0.1, 0.9, 0.32)
    assert name.line == "Barack Obama"
    assert name.is_over_lines
    assert not found["Obama", "PER"].is_over_lines


def test_every_reading_gives_a_probability(tagger: Tagger) -> None:
    name = candidates(tagger, "LIVE IN CANTERBURY", "today")["CANTERBURY", "LOC"]
    assert len(name.probabilities) == 4
    ((batch, emitted),) = tagger.emissions([raw_post("1", "LIVE IN CANTERBURY today")])
    ((probability,),) = tagger.decoder.probabilities(
        emitted.emissions, batch.arrays.lengths, [[(2, 3, "LOC")]]
    )
    assert min(abs(probability - other) for other in name.probabilities) < 1e-5
    assert len({round(other, 4) for other in name.probabilities}) == 4


@pytest.mark.parametrize("text", ["see @kickstarter", "#KickstarterDay", "on Kickstarter"])
def test_words_that_the_post_has_are_candidates(tagger: Tagger, text: str) -> None:
    line = "we proudly bring you the launch of our kickstarter campaign today"
    assert not candidates(tagger, line)
    found = candidates(tagger, line, text=text)
    assert {words for words, _ in found} == {"kickstarter"}
    assert all(max(candidate.probabilities) >= 0.02 for candidate in found.values())


def test_features_of_the_text_count(tagger: Tagger) -> None:
    name = candidates(tagger, "Selina Alko", "and", "Sean Qualls")["Selina Alko", "PER"]
    named = features(name, tagger, "With Selina Alko in Rome")
    assert named["entity of the post"] == 1
    assert named["in a hashtag or username of the post"] == 0
    alone = features(name, tagger, "A book by @SelinaAlkoBooks")
    assert alone["entity of the post"] == 0
    assert alone["in a hashtag or username of the post"] == 1


def test_the_mean_of_the_log_odds_and_the_share_are_features(tagger: Tagger) -> None:
    name = replace(candidates(tagger, "in London")["London", "LOC"], probabilities=[0.5, 0.9])
    values = features(name, tagger, "x")
    assert values["mean log odds"] == pytest.approx((0 + np.log(9)) / 2)
    assert values["share of its text"] == pytest.approx(6 / 8)
    assert values["log of its length"] == pytest.approx(np.log(6))
    assert log_odds(0.0) == pytest.approx(np.log(0.001 / 0.999))
    assert log_odds(1.0) == pytest.approx(-log_odds(0.0))


def test_every_feature_has_a_weight() -> None:
    assert set(WEIGHTS) == {"", *FEATURES}
    assert 0 < probability_of_name(np.zeros(len(FEATURES))) < 0.001


def test_names_of_the_training_are_known(tagger: Tagger) -> None:
    known = known_names(tagger)
    assert {("google", "ORG"), ("paris", "LOC")} <= known
    found = candidates(tagger, "GOOGLE")
    assert found["GOOGLE", "ORG"].is_known
    assert features(found["GOOGLE", "ORG"], tagger, "x")["name of the training"] == 1


def test_a_model_without_such_names_knows_none_and_a_damaged_file_is_said(
    tagger: Tagger, tmp_path: Path
) -> None:
    assert tagger.loaded is not None
    folder = tmp_path / "model"
    shutil.copytree(tagger.loaded.folder, folder)
    copy = load(folder)
    path = folder / ModelFiles().mentions
    path.write_text(json.dumps([["Ann Roe", "PER"]]))
    assert known_names(copy) == {("annroe", "PER")}
    path.write_text("{")
    os.utime(path, (1, 1))
    with pytest.raises(ModelError, match=r"mentions\.json: "):
        known_names(copy)
    path.unlink()
    assert known_names(copy) == frozenset()


def test_a_name_on_two_lines_is_shown_where_it_was_read_more_surely(tagger: Tagger) -> None:
    places = [Box(0.1, 0.1, 0.5, 0.2), Box(0.1, 0.7, 0.5, 0.8)]
    for sure in (0, 1):
        lines = tuple(
            Line("LONDON" if number else "London", 0.99 if number == sure else 0.6, place)
            for number, place in enumerate(places)
        )
        sign = Lettering(LetteringState.READ, lines)
        found = find_candidates(raw_post("1", "x"), sign, tagger)
        (name,) = [one for one in found if one.key == "london" and one.label == "LOC"]
        assert (name.text, name.line) == (lines[sure].text, lines[sure].text)
        assert (name.confidence, name.box) == (0.99, places[sure])


def test_readings_are_tagged_eight_at_a_time(
    tagger: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, emit = list[int](), Tagger.emissions

    def noted(
        self: Tagger, posts: Sequence[Post], *, batch_size: int
    ) -> Iterator[tuple[PostBatch, Emitted]]:
        for batch, emitted in emit(self, posts, batch_size=batch_size):
            sizes.append(len(batch.posts))
            yield batch, emitted

    monkeypatch.setattr(Tagger, "emissions", noted)
    assert candidates(tagger, *(f"in London on day {number}" for number in range(9)))
    assert max(sizes) == 8
