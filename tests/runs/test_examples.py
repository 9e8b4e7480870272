from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mner.evaluation.evaluation import Evaluation
from mner.runs.effects import Effect, picture_effects
from mner.runs.examples import Look, attention_cards, change_cards
from mner.runs.folder import read_runs
from mner.runs.scores import Gold, ScoredRun, score_runs
from mner.spans.changes import find_changes
from mner.tagging.results import FoundEntity, Tagged, TaggedPost
from mner.training.train import train
from mner.types import Attention, PictureState, SeenPicture
from tests.tiny import tiny_caption_recipe


@pytest.fixture(scope="module")
def scored(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> ScoredRun:
    out = tmp_path_factory.mktemp("runs") / "run"
    train(tiny_caption_recipe(corpus), out)
    (one,) = score_runs(
        read_runs([out]), Gold(corpus / "dev.txt", captions=corpus / "captions.jsonl")
    )
    return one


def with_entities(evaluation: Evaluation, entities: tuple[FoundEntity, ...]) -> Evaluation:
    return replace(
        evaluation,
        tagged=tuple(
            replace(one, post=replace(one.post, entities=entities)) for one in evaluation.tagged
        ),
    )


@pytest.fixture(scope="module")
def effect(scored: ScoredRun) -> Effect:
    """Against a system that takes the first word of every post for a person."""
    (effect,) = picture_effects([scored], twin=None)
    other = with_entities(effect.other, (FoundEntity(0, 1, "PER", 0.5),))
    changes = find_changes(
        scored.gold, [one.post for one in other.tagged], [one.post for one in scored.given.tagged]
    )
    return replace(effect, other=other, changes=changes)


def test_a_change_is_told_with_what_each_system_made_of_it(
    scored: ScoredRun, effect: Effect
) -> None:
    cards = change_cards(scored, effect, effect.changes.helped, preview=lambda _: None, count=12)
    assert (
        len({card.post.id for card in cards})
        == len(cards)
        == len({change.post for change in effect.changes.helped})
    )
    by_id = {card.post.id: card for card in cards}
    assert (
        by_id["2"].heading == "Rome: LOC in gold; PER by run with captions exchanged; LOC by run"
    )  # "Rome was here today"
    assert [line.name for line in by_id["2"].lines] == [
        "Gold",
        "run with captions exchanged",
        "run",
    ]
    assert by_id["2"].note == f"Exchanged for: {effect.other.tagged[2].post.caption}"
    assert by_id["2"].regions == ("a", "city")
    (look,) = by_id["2"].looks
    assert look.words == "Rome"
    assert look.shares == pytest.approx(scored.given.tagged[2].attention.regions[0])


def test_few_examples_are_spread_over_all_there_are(scored: ScoredRun, effect: Effect) -> None:
    changes = effect.changes.helped
    places = sorted({change.post for change in changes})
    cards = change_cards(scored, effect, changes, preview=lambda _: None, count=2)
    quarter, rest = len(places) // 4, len(places) * 3 // 4
    assert [card.post.id for card in cards] == [
        scored.gold[places[quarter]].id,
        scored.gold[places[rest]].id,
    ]
    assert change_cards(scored, effect, (), preview=lambda _: None, count=2) == []


def test_each_word_of_a_post_looked_at_the_caption(scored: ScoredRun) -> None:
    (card,) = attention_cards(scored, preview=lambda _: b"a JPEG", count=1)
    assert tuple(look.words for look in card.looks) == card.post.tokens
    assert all(sum(look.shares) == pytest.approx(1, abs=1e-5) for look in card.looks)
    assert len({look.top for look in card.looks}) == 1
    assert card.looks[0].top >= max(share for look in card.looks for share in look.shares)
    assert card.pictures == ()  # what was looked at is the caption


def pixels(
    regions: int, *, per_word: bool = True, state: PictureState = PictureState.PRESENT
) -> Tagged:
    weights = np.random.default_rng(0).dirichlet(np.ones(regions), size=3).astype(np.float32)
    attention = Attention(
        weights, np.eye(3, dtype=np.float32), np.ones(3, dtype=np.float32), per_word=per_word
    )
    post = TaggedPost(
        "1", ("saw", "New", "York"), entities=(FoundEntity(1, 3, "LOC", 0.5),), picture="p"
    )
    picture = SeenPicture("p", state, regions if state is PictureState.PRESENT else 0)
    return Tagged(post, attention, state, pictures=(picture,))


def seen(scored: ScoredRun, tagged: Tagged) -> ScoredRun:
    return replace(scored, given=replace(scored.given, gold=(tagged.post,), tagged=(tagged,)))


@pytest.mark.parametrize(("regions", "grid"), [(49, (7, 7)), (6, (1, 6))])
def test_entities_looked_at_regions_of_the_picture(
    scored: ScoredRun, regions: int, grid: tuple[int, int]
) -> None:
    tagged = pixels(regions)
    (card,) = attention_cards(
        seen(scored, tagged), preview=lambda reference: reference.encode(), count=3
    )
    assert (card.grid, card.pictures) == (grid, ("data:image/jpeg;base64,cA==",))
    (look,) = card.looks
    assert look.words == "New York"
    assert look.shares == pytest.approx(tagged.attention.regions[1:].mean(axis=0))


def test_attention_that_is_one_for_all_words_is_shown_once(scored: ScoredRun) -> None:
    (card,) = attention_cards(
        seen(scored, pixels(49, per_word=False)), preview=lambda _: None, count=3
    )
    assert [look.words for look in card.looks] == ["every word"]


def test_a_post_without_a_picture_is_no_example_of_attention(scored: ScoredRun) -> None:
    assert (
        attention_cards(
            seen(scored, pixels(49, state=PictureState.ABSENT)),
            preview=lambda _: None,
            count=3,
        )
        == []
    )


def test_even_attention_has_no_colour() -> None:
    even = Look("words", (0.25,) * 4, top=0.75)
    assert [even.excess(share) for share in even.shares] == [0.0] * 4
    assert Look("words", (0.75, 0.25, 0, 0), top=0.75).excess(0.75) == 1.0
    assert Look("words", (0.5, 0.25, 0, 0), top=0.75).excess(0.5) == pytest.approx(0.5)
    assert Look("words", (1.0,), top=1.0).excess(1.0) == 0.0
