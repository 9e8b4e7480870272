"""What Prometheus reads of the service."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["Metrics"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_POSTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Counters of one service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "mner_requests", "Answered requests.", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "mner_request_seconds",
            "Time from the request's head to the end of the answer.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._posts = Counter("mner_posts", "Tagged posts.", ["model"], registry=self._registry)
        self._batches = Histogram(
            "mner_batch_posts",
            "Posts that are tagged together.",
            ["model"],
            buckets=_POSTS,
            registry=self._registry,
        )
        self._reloads = Counter(
            "mner_reloads", "Reloads of the models.", ["outcome"], registry=self._registry
        )

    def watch(self, name: str, description: str, value: Callable[[], float]) -> None:
        """Add a number that is looked up whenever the metrics are read."""
        Gauge(name, description, registry=self._registry).set_function(value)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def tagged(self, model: str, posts: int) -> None:
        """Count posts that were tagged for a request."""
        self._posts.labels(model).inc(posts)

    def batch(self, model: str, posts: int) -> None:
        """Count posts that are tagged together."""
        self._batches.labels(model).observe(posts)

    def reloaded(self, *, is_done: bool) -> None:
        """Count a reload, whether it was done or failed."""
        self._reloads.labels("done" if is_done else "failed").inc()

    def text(self) -> bytes:
        """Return all of it in the text format of Prometheus."""
        return generate_latest(self._registry)
