"""The cases that no table has yet; the list must become empty."""

__all__ = ["STILL_OPEN"]

STILL_OPEN = [
    "autogluon_hf.jsonl",
    "doccano.jsonl",
    "entity_text_contradicts.jsonl",
    "floatid.jsonl",
    "hf_int_tags.jsonl",
    "hf_tokens_tags.jsonl",
    "labelodd.jsonl",
    "nested.jsonl",
    "padded_tokens.jsonl",
    "pandas_nan.jsonl",
    "pictures/Zoë.jpg",
    "pictures/café.jpg",
    "text_tokens_contradict.jsonl",
    "tweet_emptyents.jsonl",
    "tweet_v1.jsonl",
    "tweet_v2.jsonl",
    "tweets.csv",
    "tweets_array.json",
    "tweets_id_text.tsv",
    "utf16_offsets.jsonl",
]
