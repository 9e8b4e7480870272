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

ROWS = [
    *_PROGRAMS,
    Case("p_reordered.jsonl", "data check {file}", "{file}: 2 posts"),
    *_TABLES,
]
