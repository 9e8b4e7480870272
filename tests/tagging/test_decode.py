import numpy as np
import pytest

from mner.bio import allowed_transitions
from mner.encoding.batches import IndexedPost, pad_posts
from mner.spans.crf import CrfParameters
from mner.spans.entities import EntityDecoder
from mner.spans.uncertainty import Uncertainty
from mner.tagging.batching import PostBatch
from mner.tagging.decode import decode, within_lines, wordless
from mner.tagging.results import Tagged
from mner.types import Emitted, PictureState, Post, Regions, SeenPicture

TAGS = ("O", "B-LOC", "I-LOC")
FLAT = CrfParameters(
    start=np.zeros(3, dtype=np.float32),
    transitions=np.zeros((3, 3), dtype=np.float32),
    end=np.zeros(3, dtype=np.float32),
    allowed=allowed_transitions(TAGS),
)
SEEN = SeenPicture("p.jpg", PictureState.PRESENT, 2)
POSTS = [
    Post("1", ("in", "New", "York"), text="in New\nYork", offsets=((0, 2), (3, 6), (7, 11))),
    Post("2", ("Rome",), picture="p.jpg"),
]
REGIONS = [
    Regions(PictureState.ABSENT, np.zeros((0, 4), dtype=np.float32), reason="no such file"),
    Regions(
        PictureState.PRESENT, np.ones((2, 4), dtype=np.float32), ("a", "man"), pictures=(SEEN,)
    ),
]


def batch() -> PostBatch:
    indexed = [
        IndexedPost(
            np.ones(len(post.tokens), dtype=np.int64),
            np.zeros((len(post.tokens), 2), dtype=np.float32),
            np.ones((len(post.tokens), 1), dtype=np.int64),
            np.ones(len(post.tokens), dtype=np.int64),
        )
        for post in POSTS
    ]
    return PostBatch([0, 1], POSTS, REGIONS, pad_posts(indexed, REGIONS, padding_piece=0))


def emitted(looked_at: int = 3) -> Emitted:
    emissions = np.full((2, 3, 3), -9.0, dtype=np.float32)
    emissions[0, [0, 1, 2], [0, 1, 2]] = 9.0  # O B-LOC I-LOC
    emissions[1, 0, 1] = -8.0  # hardly a LOC
    rng = np.random.default_rng(0)
    return Emitted(
        emissions,
        rng.random((2, 3, 2), dtype=np.float32),
        rng.random((2, 3, looked_at), dtype=np.float32),
        rng.random((2, 3), dtype=np.float32),
    )


def decoded(
    given: Emitted, *, uncalibrated: bool = False, uncertain: bool = False, per_word: bool = True
) -> list[Tagged]:
    decoder = EntityDecoder(TAGS, FLAT, temperature=2.0)
    return list(
        decode(
            batch(),
            given,
            decoder=decoder,
            per_word=per_word,
            uncalibrated=uncalibrated,
            uncertain=uncertain,
        )
    )


def share(difference: float, *, temperature: float) -> float:
    """The probability of B-LOC against O at a post of one word, where I-LOC cannot start."""
    return float(1 / (1 + np.exp(-difference / temperature)))


def test_each_post_gets_its_own_entities_state_and_attention() -> None:
    given = emitted()
    first, second = decoded(given)
    assert [entity.span for entity in first.post.entities] == [(1, 3, "LOC")]
    assert [entity.span for entity in second.post.entities] == [(0, 1, "LOC")]
    assert second.post.entities[0].probability == pytest.approx(share(1, temperature=2), abs=1e-6)
    assert (first.picture, first.reason, first.region_words) == (
        PictureState.ABSENT,
        "no such file",
        (),
    )
    assert (second.picture, second.reason, second.region_words) == (
        PictureState.PRESENT,
        None,
        ("a", "man"),
    )
    assert (first.pictures, second.pictures) == ((), (SEEN,))
    assert (first.uncalibrated, first.uncertainty) == ((), None)
    np.testing.assert_array_equal(first.attention.words, given.word_weights[0])
    assert first.attention.regions.shape == (3, 0)
    np.testing.assert_array_equal(first.attention.gate, given.gate[0])
    np.testing.assert_array_equal(second.attention.words, given.word_weights[1, :1, :1])
    np.testing.assert_array_equal(second.attention.regions, given.region_weights[1, :1])
    np.testing.assert_array_equal(second.attention.gate, given.gate[1, :1])
    assert first.attention.per_word
    assert not decoded(given, per_word=False)[0].attention.per_word


def test_probabilities_without_the_temperature_come_where_they_are_asked_for() -> None:
    first, second = decoded(emitted(), uncalibrated=True)
    assert list(second.uncalibrated) == pytest.approx([share(1, temperature=1)], abs=1e-6)
    assert second.post.entities[0].probability == pytest.approx(share(1, temperature=2), abs=1e-6)
    assert len(first.uncalibrated) == 1


def test_how_uncertain_a_post_is_comes_where_it_is_asked_for() -> None:
    first, second = decoded(emitted(), uncertain=True)
    best = share(1, temperature=2)
    entropy = -best * np.log(best) - (1 - best) * np.log(1 - best)
    assert second.uncertainty == pytest.approx((entropy, best), abs=1e-5)
    assert first.uncertainty == pytest.approx((0, 1), abs=0.01)


@pytest.mark.parametrize(("looked_at", "kept"), [(0, 0), (2, 0), (3, 3)])
def test_a_post_whose_weights_between_words_were_lost_has_none(looked_at: int, kept: int) -> None:
    first, second = decoded(emitted(looked_at))
    assert first.attention.words.shape == (3, kept)
    assert second.attention.words.shape == (1, min(1, looked_at))


def test_no_entity_crosses_a_line_break() -> None:
    decoder, given = EntityDecoder(TAGS, FLAT, temperature=1.0), emitted()
    parted = within_lines(batch(), given, decoder)
    (first, _) = decoded(parted)
    assert (1, 3, "LOC") not in [entity.span for entity in first.post.entities]
    assert parted.gate is given.gate
    plain = batch()
    plain = plain._replace(posts=[Post("1", POSTS[0].tokens), POSTS[1]])
    assert within_lines(plain, given, decoder) is given


def test_a_post_without_words_is_tagged_with_nothing() -> None:
    tagged = wordless(Post("3", (), caption="c"), REGIONS[1])
    assert (tagged.post.id, tagged.post.entities, tagged.post.caption) == ("3", (), "c")
    attention = tagged.attention
    shapes = [array.shape for array in (attention.regions, attention.words, attention.gate)]
    assert shapes == [(0, 0), (0, 0), (0,)]
    kinds = {array.dtype for array in (attention.regions, attention.words, attention.gate)}
    assert kinds == {np.dtype(np.float32)}
    assert attention.per_word
    assert (tagged.picture, tagged.region_words) == (PictureState.PRESENT, ("a", "man"))
    assert (tagged.uncertainty, tagged.uncalibrated) == (Uncertainty(entropy=0.0, best=1.0), ())
    assert (tagged.reason, tagged.pictures) == (None, (SEEN,))
    assert wordless(Post("3", ()), REGIONS[0]).reason == "no such file"
