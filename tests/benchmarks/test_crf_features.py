from benchmarks.crf_features import features
from mner.types import Post

POST = Post(
    "1",
    ("RT", "@ann", ":", "McDonald's", "in", "#Rome", "http://t.co/1"),
    caption="A man in Rome, and a dog",
)


def of(place: int, *, captions: bool = False) -> set[str]:
    return set(features(POST, captions=captions)[place])


def test_a_word_is_told_with_its_shape_its_class_and_its_affixes() -> None:
    assert {
        "token=McDonald's",
        "0:word=mcdonald's",
        "0:shape=XxXxx'x",
        "0:class=title",
        "prefix=mcdo",
        "suffix=s",
    } <= of(3)
    assert {"token=#Rome", "0:word=rome", "0:class=hashtag", "prefix=rom", "suffix=ome"} <= of(5)
    assert {"0:class=url", "0:word=<url>"} <= of(6)
    classes = [
        next(name for name in told if name.startswith("0:class="))
        for told in features(Post("2", ("42%", "U.S.", "iPhone", "go", "!?", "Bob")))
    ]
    assert classes == [
        f"0:class={kind}" for kind in ("number", "capitals", "mixed", "small", "signs", "title")
    ]


def test_neighbours_are_told_with_their_distance_and_edges_are_known() -> None:
    assert {
        "-2:word=ann",
        "-1:word=:",
        "1:word=in",
        "2:word=rome",
        "-1:words=: mcdonald's",
        "0:words=mcdonald's in",
    } <= of(3)
    assert {"-2:word=<edge>", "-1:class=edge"} <= of(0)
    assert {"1:word=<edge>", "2:word=<edge>"} <= of(6)


def test_clusters_are_told_by_the_beginnings_of_their_paths() -> None:
    (told,) = features(Post("1", ("Rome",)), lambda words: ["0110100111" for _ in words])
    assert {"0:path=0110", "0:path=011010", "0:path=0110100111"} <= set(told)
    (told,) = features(Post("1", ("Rome",)), lambda words: ["" for _ in words])
    assert not [name for name in told if "path=" in name]


def test_the_caption_is_told_only_where_it_is_asked_for() -> None:
    assert of(5, captions=True) - of(5) == {
        "in caption",
        *(f"caption={word}" for word in ("man", "dog", "rome")),
        *(f"caption={word} class=hashtag" for word in ("man", "dog", "rome")),
    }
    assert "in caption" not in of(3, captions=True)
    assert features(Post("1", POST.tokens), captions=True) == features(POST)
