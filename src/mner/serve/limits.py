"""How much a client may ask for, and how long it may take."""

from dataclasses import dataclass, replace

from mner.errors import InputError

__all__ = ["Limits"]

_SLOW_POSTS = 16
_SLOW_QUEUE = 64
_SLOW_BATCH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the service.

    Raises:
        InputError: the largest request does not fit into the queue or into memory.
    """

    body_bytes: int = 20_000_000
    """The most bytes of a request's body."""
    held_bytes: int = 256_000_000
    """The most bytes of the bodies of all requests that are being answered, and of the pictures
    that were fetched for them."""
    requests: int = 256
    """The most requests that are answered at the same time."""
    text: int = 20_000
    """The most characters of a text, a caption, or the tokens of a post together."""
    posts: int = 256
    """The most posts of a request."""
    queue: int = 1_024
    """The most posts that wait for a model."""
    batch: int = 32
    """Posts that are enough for tagging to begin."""
    together: int = 512
    """The most posts that are tagged together, where so many wait already."""
    wait_seconds: float = 0.003
    """How long the first post of a batch waits for others."""
    seconds: float = 30.0
    """How long a request may take, its body, its pictures and its tagging
    each."""

    @property
    def slow(self) -> "Limits":
        """The bounds of posts that are explained, or in whose pictures words are read.

        Each of them takes as long as many that are only tagged.
        """
        return replace(
            self,
            posts=min(self.posts, _SLOW_POSTS),
            queue=min(self.queue, _SLOW_QUEUE),
            batch=min(self.batch, _SLOW_BATCH),
            together=_SLOW_BATCH,
        )

    def __post_init__(self) -> None:
        if self.posts > self.queue:
            raise InputError(
                f"--max-posts {self.posts} do not fit into --queue {self.queue}: "
                "expected a queue of at least as many posts"
            )
        if self.body_bytes > self.held_bytes:
            raise InputError(
                f"--max-body {self.body_bytes} is more than --max-held {self.held_bytes}: "
                "expected room for at least one body"
            )
