"""Records, tables, raw tweets, and what label tools write."""

from tests.cases.case import Case

__all__ = ["ROWS"]

_NUMBERS = "`ner_tags` holds numbers, whose names stand in the description of the data set"

_PROGRAMS = [
    Case("tweet_v1.jsonl", "data stats {file}", ("read as: raw tweets", "tokens           17")),
    Case("tweet_v1.jsonl", "tag --input {file}", '"id": "1102880000000000001"'),
    Case("tweet_v2.jsonl", "data stats {file}", ("read as: raw tweets", "tokens            5")),
    Case("tweet_v2.jsonl", "score {file} {file}", "is not annotated", exit_code=1),
    Case("tweet_emptyents.jsonl", "data check {file}", "2 posts, none of them annotated"),
    Case(
        "doccano.jsonl",
        "data stats {file}",
        ("read as: JSONL of doccano", "entities          3", "LOC             1"),
    ),
    Case("doccano.jsonl", "score {file} {file}", "100.00  100.00  100.00     3"),
    Case(
        "autogluon_hf.jsonl",
        "data stats {file}",
        ("read as: token classification of Hugging Face", "PER             1"),
    ),
    Case(
        "hf_tokens_tags.jsonl",
        "data stats {file}",
        ("read as: rows of a data set", "posts             2", "PER             1"),
    ),
    Case("hf_int_tags.jsonl", "data stats {file}", (_NUMBERS, "--labels"), exit_code=1),
    Case("hf_int_tags.jsonl", "data stats {file} --labels O,B-PER,I-PER", "PER             1"),
]

_TABLES = [
    Case(
        "tweets.csv",
        "tag {file} --format csv",
        (
            "read as: a table, text in column 'text', id in column 'id'",
            "1,Ann Roe,PER,",
            ',"ok, fine",',
        ),
    ),
    Case("tweets_array.json", "tag {file} --format csv", ("1,Ann Roe,PER,", ",nothing,")),
    Case(
        "tweets_id_text.tsv",
        "data check {file}",
        ("no column is known to hold the text", "'1', 'Ann Roe flew to Lisbon'", "--text-field 2"),
        exit_code=1,
    ),
    Case(
        "tweets_id_text.tsv",
        "tag {file} --text-field 2 --id-field 1 --format csv",
        ("1,Ann Roe,PER,", ",ok fine,"),
    ),
    Case("comma_columns.csv", "tag {file}", "token and tag are parted by ','", exit_code=1),
]

_BY_TOKENS = "going on with the tokens"
_STARTER = "tag {file} --output {out}/tagged.jsonl"

_DISAGREEING = [
    Case(
        "utf16_offsets.jsonl",
        "data check {file}",
        ("utf16-offsets: 1", "`offsets` count UTF-16 units: converted to characters"),
        says_not="contradiction",
    ),
    Case(
        "entity_text_contradicts.jsonl",
        "data check {file}",
        (
            "contradiction: 1",
            "{file}:1: post '1': entity (4, 7, 'PER') has the text 'Ann', but its tokens are "
            "'to the big'; " + _BY_TOKENS,
        ),
    ),
    Case(
        "text_tokens_contradict.jsonl",
        "data check {file}",
        (
            "contradiction: 2",
            "{file}:1: post '1': token 0, 'Ann', is not in the text; " + _BY_TOKENS,
            "{file}:2: post '2': token 0 is 'Ann', but the text has 'An' at its `offsets`, 0 to 2",
        ),
    ),
    Case("text_tokens_contradict.jsonl", _STARTER, "contradiction: 2 in this file"),
    Case("labelodd.jsonl", "data stats {file}", "geo loc/ort é"),
    Case("nested.jsonl", "data check {file}", "overlap: keep one of them", exit_code=1),
    Case(
        "padded_tokens.jsonl",
        "data check {file}",
        ("padded-token: 2", "token 'flew\\n' has blanks at its edges: read as 'flew'"),
    ),
    Case("floatid.jsonl", "data check {file}", "has lost its last digits", exit_code=1),
    Case(
        "pandas_nan.jsonl",
        "data check {file}",
        ("{file}: 4 posts", "empty-post: 2", "missing-id: 1"),
    ),
    Case("pandas_nan.jsonl", _STARTER, "post '4' has no words: kept, without entities"),
]

ROWS = [
    *_PROGRAMS,
    *_DISAGREEING,
    Case("p_reordered.jsonl", "data check {file}", "{file}: 2 posts"),
    *_TABLES,
]
