"""Uncertain posts and an endpoint: what is sent, which answers are taken, what happens without."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import mner
from mner.cli import app
from mner.errors import InputError
from mner.posts.raw import raw_post
from mner.tagging.escalation.answers import entities_in, messages_for
from mner.tagging.escalation.endpoint import (
    KEY,
    Endpoint,
    EndpointError,
    Reply,
    open_endpoint,
)
from mner.tagging.escalation.step import Escalation
from mner.tagging.explain import Explained
from tests.tagging.escalation.stand_in import StandIn, completion, serving

LABELS = ("LOC", "ORG", "OTHER", "PER")
POST = raw_post("1", "in Rome")
POSTS = ("rain again", "the Paris of our hiltons jordan", "in Rome")


@pytest.fixture
def endpoint() -> Iterator[StandIn]:
    with serving() as stand_in:
        yield stand_in


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    lines = [json.dumps({"id": str(n), "text": text}) for n, text in enumerate(POSTS, start=1)]
    (tmp_path / "posts.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "posts.jsonl"


def tag(*arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(app, ["tag", *map(str, arguments)], env=environment)


def records(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_only_uncertain_posts_are_sent_and_marked(
    endpoint: StandIn, posts: Path, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.answers(("Paris", "PER"), ("hiltons", "ORG"))
    best = {
        result.post.id: result.uncertainty.best
        for result in mner.load().explain(mner.read_posts(posts), uncertain=True)
        if result.uncertainty is not None
    }
    below = (min(best.values()) + sorted(best.values())[1]) / 2
    (uncertain,) = (name for name, probability in best.items() if probability < below)
    assert uncertain == "2"
    result = tag(posts, "--escalate-below", below, "--endpoint", endpoint.url, "--format", "jsonl")
    found = records(result)
    assert [record["source"] for record in found] == ["model", "endpoint", "model"]
    entities = [(entity["text"], entity["label"]) for entity in found[1]["entities"]]
    assert entities == [("Paris", "PER"), ("hiltons", "ORG")]
    assert all(0 < entity["probability"] < 1 for entity in found[1]["entities"])
    plain = records(tag(posts, "--format", "jsonl"))
    for record, without in zip(found[::2], plain[::2], strict=True):
        assert record["entities"] == without["entities"]
    ((path, _, body),) = endpoint.asked
    assert path == "/v1/chat/completions"
    assert body["messages"][1]["content"] == POSTS[1]
    assert "are sent to" in caplog.messages[0]
    assert "LLM-assisted" in caplog.messages[0]
    assert "1 of 3 posts were sent, 1 answers are used" in caplog.messages[-1]
    assert "90 tokens read and 7 written" in caplog.messages[-1]


def test_nothing_is_sent_unless_an_endpoint_is_named(endpoint: StandIn, posts: Path) -> None:
    records(tag(posts, "--format", "jsonl"))
    result = tag(posts, "--escalate-below", "0.9")
    assert result.exit_code == 2
    assert "--escalate-below P and --endpoint URL go together" in result.output
    assert tag(posts, "--endpoint", endpoint.url).exit_code == 2
    assert endpoint.asked == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            "I think Paris is a place.",
            r"^its answer is not the JSON that was asked for: JSON is malformed: invalid character",
        ),
        ('{"entities": [{"text": "Paris", "label": "CITY"}]}', "has the label 'CITY'"),
        ('{"entities": [{"text": "London", "label": "LOC"}]}', "which the text has not"),
        ('{"entities": [{"text": "aris", "label": "LOC"}]}', "which the text has not"),
        ('{"entities": [{"text": "", "label": "LOC"}]}', "which the text has not"),
        ('{"entities": [{"text": "in", "label": "LOC"}, {"text": "in", "label": "LOC"}]}', "often"),
        ("[" * 100_000, "its answer is not the JSON that was asked for"),
    ],
)
def test_answers_that_do_not_fit_the_text_are_not_taken(content: str, reason: str) -> None:
    post = raw_post("1", "in Paris", picture=None, caption=None)
    with pytest.raises(EndpointError, match=reason):
        entities_in(content, post, LABELS)


def test_an_endpoint_that_is_not_there_is_said_with_its_reason() -> None:
    with serving() as stand_in:
        closed = open_endpoint(stand_in.url, model=None, environment={})
    with pytest.raises(EndpointError, match=r"^it cannot be asked: .*Connection refused$"):
        closed.ask([{"role": "user", "content": "in Paris"}])


def test_answers_become_spans_of_tokens() -> None:
    post = raw_post("1", "Ann met Ann Lee in Paris (#Rome)", picture=None, caption=None)
    names = [("Paris", "LOC"), ("Ann", "PER"), ("Ann Lee", "PER"), ("Rome", "LOC")]
    answer = json.dumps({"entities": [{"text": text, "label": label} for text, label in names]})
    spans = entities_in(f"```json\n{answer}\n```", post, LABELS)
    words = [(" ".join(post.tokens[start:end]), label) for start, end, label in spans]
    assert words == [("Ann", "PER"), ("Ann Lee", "PER"), ("Paris", "LOC"), ("#Rome", "LOC")]


@pytest.mark.parametrize(
    ("status", "content", "reason"),
    [
        (500, b"", "it answers 500"),
        (302, b"", "it answers 302"),
        (200, b"<html>", "its answer is no chat completion"),
        (200, b'{"choices": []}', "it has no choices"),
        (200, b" " * 1_000_001, "its answer has more than 1000000 bytes"),
    ],
)
def test_a_failure_leaves_the_answer_of_the_model(
    endpoint: StandIn,
    posts: Path,
    caplog: pytest.LogCaptureFixture,
    status: int,
    content: bytes,
    reason: str,
) -> None:
    endpoint.answer = lambda _: (status, content)
    found = records(tag(posts, "--escalate-below", 1, "--endpoint", endpoint.url))
    assert [record.pop("source") for record in found] == ["model"] * 3
    assert found == records(tag(posts))
    summary = next(message for message in caplog.messages if "answers are not used" in message)
    assert reason in summary
    assert {path for path, _, _ in endpoint.asked} == {"/v1/chat/completions"}


@pytest.mark.parametrize("status", [429, 503])
def test_an_endpoint_that_is_busy_is_asked_once_more(
    endpoint: StandIn, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("mner.tagging.escalation.endpoint.time.sleep", pauses.append)
    client = open_endpoint(endpoint.url, model=None, environment={})
    question = [{"role": "system", "content": "?"}, {"role": "user", "content": "in Rome"}]
    refusals = iter([(status, b"")])
    endpoint.answer = lambda _: next(refusals, (200, completion("{}")))
    endpoint.retry_after = "7"
    assert client.ask(question).content == "{}"
    endpoint.answer = lambda _: (status, b"")
    endpoint.retry_after = None
    with pytest.raises(EndpointError, match=f"^it answers {status}$"):
        client.ask(question)
    assert pauses == [7, 1]
    assert len(endpoint.asked) == 4
    for too_long in ("31", "3600", "Wed, 21 Oct 2026 07:28:00 GMT", "-1"):
        endpoint.retry_after = too_long
        with pytest.raises(EndpointError, match=f"^it answers {status}$"):
            client.ask(question)
    assert pauses == [7, 1]


def test_what_was_answered_is_not_asked_again_by_resuming(
    endpoint: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "many.txt").write_text("the Paris of our hiltons jordan\n" * 600)
    out = tmp_path / "out.jsonl"
    given = (tmp_path / "many.txt", "--output", out, "--input-format", "text")
    options = (*given, "--escalate-below", 1, "--endpoint", endpoint.url)
    endpoint.answers(("Paris", "PER"))
    whole = tag(*options)
    assert whole.exit_code == 0, whole.output
    expected = out.read_bytes()
    out.unlink()
    endpoint.asked.clear()
    ask, answered = Endpoint.ask, 0

    def interrupted(self: Endpoint, messages: Sequence[Mapping[str, str]]) -> Reply:
        nonlocal answered
        answered += 1
        if answered == 560:
            raise KeyboardInterrupt
        return ask(self, messages)

    monkeypatch.setattr(Endpoint, "ask", interrupted)
    assert tag(*options).exit_code != 0
    assert not out.exists()
    elsewhere = (*given, "--escalate-below", 1, "--endpoint", endpoint.url + "/other")
    refused = tag(*elsewhere, "--resume")
    assert refused.exit_code == 1
    assert "the interrupted run had another choice of options" in refused.output
    assert tag(*options, "--resume").exit_code == 0
    assert out.read_bytes() == expected
    assert len(endpoint.asked) == 559 + 600 - 512  # those of whole chunks are kept


def test_an_endpoint_that_is_not_there_is_not_asked_for_ever(
    tmp_path: Path, endpoint: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "many.txt").write_text("the Paris of our hiltons jordan\n" * 9)
    options = ("--escalate-below", 1, "--endpoint", endpoint.url, "--input-format", "text")
    found = records(tag(tmp_path / "many.txt", *options))
    assert len(found) == 9
    assert len(endpoint.asked) == 5
    assert "after 5 questions without an answer, no more were sent" in caplog.messages[-1]


def test_the_key_goes_into_the_header_and_nowhere_else(
    endpoint: StandIn, posts: Path, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.answers()
    options = ("--escalate-below", 1, "--endpoint", endpoint.url, "--endpoint-model", "small")
    result = tag(posts, *options, **{KEY: "sesame-7"})
    records(result)
    for _, headers, body in endpoint.asked:
        assert headers["Authorization"] == "Bearer sesame-7"
        assert (headers["Content-Type"], headers["User-Agent"]) == ("application/json", "mner")
        assert body["model"] == "small"
        assert "sesame-7" not in json.dumps(body)
    assert "sesame-7" not in result.output + caplog.text


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://x/v1", "expected an address of http or https"),
        ("http://", "expected an address of http or https"),
        ("http://[", "expected an address of http or https"),
        ("http://ann:secret@x/v1", "expected an address alone"),
        ("http://x/v1?key=secret", "expected an address alone"),
        ("http://example.org/v1", "would be sent unencrypted"),
    ],
)
def test_addresses_that_are_none_or_hold_a_secret_are_refused(url: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        open_endpoint(url, model=None, environment={KEY: "sesame"})
    assert "secret" not in str(caught.value)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [("--min-probability", 0.5), ("--format", "conll"), ("--promise", "precision=0.9")],
)
def test_options_about_the_models_own_entities_do_not_go_with_it(
    posts: Path, options: tuple[object, ...]
) -> None:
    result = tag(posts, "--escalate-below", 0.5, "--endpoint", "http://127.0.0.1:9/v1", *options)
    assert result.exit_code == 2
    assert "--escalate-below" in result.output


def test_nothing_but_the_text_and_the_labels_is_sent() -> None:
    post = replace(raw_post("7", "in Rome", picture="x.png", caption="a city"), extra={"a": 1})
    system, user = messages_for(post, LABELS)
    assert user == {"role": "user", "content": "in Rome"}
    assert set(system) == {"role", "content"}
    assert system["role"] == "system"
    assert system["content"].endswith("`label` is one of: LOC, ORG, OTHER, PER")


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 6}, (5, 6)),
        ({"prompt_tokens": -5, "completion_tokens": -6}, (0, 0)),
        ({"prompt_tokens": 5}, (5, 0)),
        ({"completion_tokens": 6}, (0, 6)),
        ({}, (0, 0)),
        (None, (0, 0)),
    ],
)
def test_tokens_that_are_not_counted_cost_nothing(
    endpoint: StandIn, usage: dict[str, int] | None, counted: tuple[int, int]
) -> None:
    choices = [{"message": {"content": "yes"}}]
    endpoint.answer = lambda _: (200, json.dumps({"choices": choices, "usage": usage}).encode())
    reply = Endpoint(endpoint.url + "/chat/completions", None).ask(messages_for(POST, LABELS))
    assert reply == Reply("yes", *counted)
    ((_, _, body),) = endpoint.asked
    assert "model" not in body
    assert body["temperature"] == 0


@pytest.mark.parametrize("url", ["https://a.example/v1", "https://a.example/v1//"])
def test_the_path_of_the_question_is_put_behind_the_base(url: str) -> None:
    asked = "https://a.example/v1/chat/completions"
    assert open_endpoint(url, model="m", environment={}) == Endpoint(asked, "m")
    assert open_endpoint(f"{asked}/", model=None, environment={KEY: " k "}).url == asked
    assert open_endpoint(asked, model=None, environment={KEY: " k "}).key == "k"
    assert open_endpoint(asked, model=None, environment={KEY: " "}).key is None


def test_a_field_of_the_user_gives_way_to_the_source_and_results_are_without_reasons() -> None:
    tagger = mner.load()
    post = replace(POST, extra={"source": "app", "source_kept": 3, "n": 1})
    unasked = Escalation(1e-9, Endpoint("http://127.0.0.1:1", None))
    (result,) = unasked(
        (Explained(tagged, ()) for tagged in tagger.explain([post], uncertain=True)), tagger
    )
    assert result.tagged.post.extra == {
        "source": "model",
        "source_kept": 3,
        "n": 1,
        "source_kept_kept": "app",
    }
    assert result.reasons == ()
    assert (unasked.posts, unasked.asked) == (1, 0)


def test_a_post_as_sure_as_the_bound_is_not_sent(endpoint: StandIn) -> None:
    tagger = mner.load()
    (tagged,) = tagger.explain([POST], uncertain=True)
    assert tagged.uncertainty is not None
    for below, asked in ((tagged.uncertainty.best, 0), (tagged.uncertainty.best + 1e-9, 1)):
        escalation = Escalation(below, Endpoint(endpoint.url, None))
        list(escalation([Explained(tagged, ())], tagger))
        assert escalation.asked == asked
