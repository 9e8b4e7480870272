"""Column files: of any layout and scheme, annotated or not."""

from tests.cases.case import Case

__all__ = ["ROWS"]

_PARTED = "columns parted by blanks, token in column 1, tag in column"
_NOT_ANNOTATED = "is not annotated: expected its entities"

_LAYOUTS = [
    Case(
        "conll2003_4col_space.conll",
        "data stats {file}",
        (f"read as: 4 {_PARTED} 4; 1 -DOCSTART- line left out", "entities          1", "LOC"),
    ),
    Case("docstart_tab.conll", "data check {file}", ("2 posts", "2 -DOCSTART- lines left out")),
    Case(
        "docstart_tab.conll",
        "score {file} {file}",
        ("2 posts", "LOC               100.00  100.00  100.00     1"),
    ),
    Case(
        "comment_lines.conll", "data stats {file}", ("posts             2", "tokens            3")
    ),
    Case("labelstudio.conll", "data stats {file}", (f"4 {_PARTED} 4", "LOC             1")),
    Case(
        "double_tab.conll",
        "data stats {file}",
        ("3 columns parted by TAB, token in column 1, tag in column 3", "LOC             1"),
    ),
    Case("conlleval_3col.txt", "score {file}", (f"3 {_PARTED} 2", f"3 {_PARTED} 3", "100.00")),
    Case("conlleval_3col.txt", "data stats {file} --columns token=1,tag=2", f"3 {_PARTED} 2"),
    Case("iob2.conll", "score {file}", "column 1 cannot hold both token and tag", exit_code=1),
    Case("comma_columns.csv", "score {file} {file}", "','", exit_code=1),
    Case(
        "pipe_columns.txt",
        "data check {file}",
        "token and tag are parted by '|', which is not supported: expected token TAB tag",
        exit_code=1,
    ),
    Case(
        "swapped.conll",
        "data stats {file}",
        "column 2 holds 'Ann' and no tags, but column 1 does: name the columns by --columns "
        "token=2,tag=1",
        exit_code=1,
    ),
    Case("swapped.conll", "data stats {file} --columns token=2,tag=1", "tokens            2"),
    Case(
        "header_text.txt",
        "tag --input {file}",
        ("header_text.txt:2: 'Ann in Lima' has blanks but no TAB", "--input-format text"),
        exit_code=1,
    ),
    Case("header_text.txt", "tag --input {file} --input-format text --format text", "[Lima LOC"),
]

_TAGS = [
    Case("tokens_only.conll", "data check {file}", "2 posts, none of them annotated"),
    Case("tokens_only.conll", "data stats {file}", "0 without entities; 2 not annotated"),
    Case("tokens_only.conll", "tag --input {file} --format text", "[Ann PER"),
    Case("tokens_only.conll", "score {file} {cases}/g.conll", _NOT_ANNOTATED, exit_code=1),
    Case("tokens_only.conll", "compare {file} {file} {file}", _NOT_ANNOTATED, exit_code=1),
    Case("g.conll", "score {file} {cases}/tokens_only.conll", _NOT_ANNOTATED, exit_code=1),
    Case(
        "notypes.conll",
        "data stats {file}",
        ("tags without types, read as ENTITY", "ENTITY          1"),
    ),
    Case("io_tags.conll", "data stats {file}", ("scheme IO", "LOC             1")),
    Case("io_tags.conll", "score {file} {file} --scheme io", "100.00  100.00  100.00     1"),
    Case(
        "io_tags.conll",
        "data stats {file} --scheme iob2",
        ("tag 'LOC' is not one of the IOB2 scheme", "--scheme"),
        exit_code=1,
    ),
    Case("lower_tags.conll", "data stats {file}", ("tags in lower case", "loc             1")),
    Case("bioes_gold.conll", "data stats {file}", ("scheme BIOES", "entities          2")),
    Case(
        "bioes_pred.conll",
        "score {cases}/bioes_gold.conll {file} --scoring strict",
        ("begins an entity that is never ended: left out", "50.00   66.67     2          1"),
    ),
    Case(
        "bioes_pred.conll",
        "data stats {file} --scheme iob2",
        "tag 'S-LOC' is not one of the IOB2 scheme",
        exit_code=1,
    ),
    Case(
        "iob1_gold.conll",
        "score {file} {file} --scoring strict",
        ("scheme IOB1", "100.00  100.00  100.00     3"),
    ),
    Case("iob1_gold.conll", "data stats {file}", ("3 strict; 0 orphan tags",)),
    Case("iob2.conll", "data check {file}", "nothing wrong", says_not="read as"),
    Case("all_O.conll", "score {file} {file}", "2 posts"),
    Case("all_O.conll", "data stats {file}", "2 without entities", says_not="not annotated"),
    Case("one_class.conll", "data stats {file}", "PER             1"),
    Case("tiny_train.conll", "data stats {file}", ("posts             3", "entities          4")),
    Case("tiny_dev.conll", "data stats {file}", ("posts             3", "entities          2")),
    Case("dev_other_labels.conll", "data stats {file}", ("movie           1", "per             1")),
]

_WHITE_SPACE = [
    Case(
        "padded_tokens.conll",
        "data check {file}",
        ("padded-token: 2", "token 'Ann ' has blanks at its edges: read as 'Ann'"),
    ),
    Case("leadblank.imgid", "data check {file}", ("1 posts", "padded-token: 1")),
    Case("nbsp_lines.conll", "data stats {file}", ("posts             3", "tokens            5")),
    Case(
        "no_blank_lines.conll",
        "data check {file}",
        ("no-blank-line: 1", "no blank line in the file: read as one post of 6 tokens"),
    ),
    Case("mac_cr.conll", "data stats {file}", ("posts             2", "tokens            3")),
    Case("bom.imgid", "data stats {file}", ("posts             1", "PER             1")),
    Case("crlf.imgid", "data stats {file}", ("posts             2", "PER             1")),
    Case(
        "ids.imgid",
        "data check {file}",
        ("duplicate-id: 1", "empty-post: 1", "post '6' has no words: kept, without entities"),
    ),
    Case("one_post.conll", "data stats {file}", "posts             1", says_not="blank line"),
    Case("long_post.conll", "data stats {file}", ("posts             1", "LOC             1")),
    Case("raw_bom.txt", "tag --input {file} --input-format text --format text", "[Ann Roe PER"),
    Case(
        "raw_crlf.txt",
        "tag --input {file} --input-format text",
        ('"text": "Ann Roe in Lisbon"', '"text": "Bob in Lima"'),
    ),
]

_OTHER_POSTS = [
    Case(
        "odd_a.conll",
        "score {file} {cases}/odd_b.conll",
        r"token 1 is 'a\xa0b' in gold, 'a b' in predicted",
        exit_code=1,
    ),
    Case(
        "p_merged.conll",
        "score {cases}/g.conll {file}",
        "gold has 2 tokens, predicted has 3",
        exit_code=1,
    ),
    Case(
        "p_split.conll",
        "score {cases}/g.conll {file}",
        "gold has 2 tokens, predicted has 1",
        exit_code=1,
    ),
]

ROWS = [*_LAYOUTS, *_TAGS, *_WHITE_SPACE, *_OTHER_POSTS]
