"""A warning about posts in another language, after the starter has tagged them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mner.posts.language import OtherLanguage, open_other_language
from mner.tagging.explain import Explained
from mner.tagging.starter import is_starter

__all__ = ["OtherLanguages", "watch_languages"]

_MOST = 1000
"""Posts that are looked at, so that tagging many posts hardly takes longer."""
_LEAST_SHARE = 0.01
"""Where fewer seem to be in another language, nothing is said: a few are always misjudged."""


@dataclass
class OtherLanguages:
    """Counts posts that seem to be in another language than English."""

    other_language: OtherLanguage | None
    """Tells languages apart; None looks at no post."""
    posts: int = 0
    """How many posts were looked at."""
    languages: Counter[str] = field(default_factory=Counter)
    """How many of them seem to be in each other language, by its code."""

    def counted(self, results: Iterable[Explained]) -> Iterator[Explained]:
        """Yield the results, and count the first of them."""
        for explained in results:
            if self.other_language is not None and self.posts < _MOST:
                self.posts += 1
                language = self.other_language(explained.tagged.post.tokens)
                if language is not None:
                    self.languages[language] += 1
            yield explained

    def summary(self) -> str:
        """Say how many there were; return an empty string where that is next to none."""
        others = self.languages.total()
        if others < max(1, _LEAST_SHARE * self.posts):
            return ""
        if self.posts == 1:
            (code,) = self.languages
            subject, counts = "the post seems", code
        else:
            which = "first " if self.posts == _MOST else ""
            verb = "seems" if others == 1 else "seem"
            subject = f"{others} of the {which}{self.posts:,} posts {verb}"
            counts = ", ".join(f"{count} {code}" for code, count in self.languages.most_common())
        return (
            f"{subject} to be in another language than English ({counts}); the starter reads "
            "English"
        )


def watch_languages(model: Path) -> OtherLanguages:
    """Return what counts the posts for a model.

    It counts nothing for another model than the starter, whose language is not known, and where the
    extra `language` is not installed.
    """
    return OtherLanguages(open_other_language() if is_starter(model) else None)
