from mner.posts.raw import raw_post


def test_raw_text_of_odd_characters() -> None:
    for text in ("😀👩‍👩‍👧 🇩🇪", "\u202eשלום עולם", "a\x00b", "x" * 100_000, "word " * 5_000):
        post = raw_post("1", text)
        assert post.offsets is not None
        assert post.tokens == tuple(text[start:end] for start, end in post.offsets)
    assert raw_post("1", "a\udcffb 😀").text == "a\ufffdb 😀"
    assert raw_post("1", "").tokens == ()
