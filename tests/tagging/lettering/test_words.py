"""Words by their letters and digits alone, and runs of them."""

from mner.tagging.lettering.words import Run, comparable, word_runs


def test_accents_signs_and_blanks_do_not_count() -> None:
    assert comparable("CLICH\u00c9 & Co.") == "clicheco"
    assert comparable("new york") == comparable("NewYork")


def test_runs_begin_and_end_with_words_that_have_letters() -> None:
    runs = list(word_runs(["City", "&", "Guilds", "!"], most=3))
    assert runs == [Run(0, 1, "city"), Run(0, 3, "cityguilds"), Run(2, 3, "guilds")]


def test_runs_are_bounded_by_words_and_by_letters() -> None:
    words = ["a", "bb", "ccc"]
    assert [run.key for run in word_runs(words, most=2)] == ["a", "abb", "bb", "bbccc", "ccc"]
    assert [run.key for run in word_runs(words, most=3, longest=3)] == ["a", "abb", "bb", "ccc"]
