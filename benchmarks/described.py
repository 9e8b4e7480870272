"""Asks the service what its description allows and what it forbids, by schemathesis.

usage: python -m benchmarks.described [--examples 200] [--seed 0] [--model MODEL] [--out runs/load]

schemathesis is put into an environment of its own in `--out`. It reads `/openapi.json` of a service
that runs on the loopback address, makes requests of it, and runs all of its checks on the answers:
no failure of the server, only the statuses and the media types that are described, bodies that
their schema allows, wrong requests refused and right ones accepted, tokens asked for. Two of its
lists of statuses are longer here: 413 refuses, too; and 422 may be the answer to what the schema
does not tell from the right, such as a picture that cannot be read, offsets that do not fit the
text, URLs where none is followed, a form without words, or `1.0` as an integer.

The service is started once without a token and once with one. The exit code is that of
schemathesis, 0 where it finds nothing.
"""

import subprocess
import sys
from pathlib import Path

from benchmarks.commands import environment_python, new_parser
from benchmarks.served import served

_PACKAGE = "schemathesis==4.32.5"
_SETTINGS = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 422, 428, 429, "5xx"]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 422, 429, "5xx"]
"""
_TOKEN = "a-token-of-the-benchmark"


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/load"))
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    program = environment_python(out / "schemathesis", [_PACKAGE]).with_name("st")
    token = out / "token"
    token.write_text(_TOKEN, encoding="utf-8")
    settings = out / "schemathesis.toml"
    settings.write_text(_SETTINGS, encoding="utf-8")
    models = [] if arguments.model is None else ["--model", arguments.model]
    found = 0
    for options, header in (((), ()), (("--token-file", token), ("--header", _header()))):
        with served(out, *models, *options) as service:
            command = [
                *(
                    program,
                    "--config-file",
                    settings,
                    "run",
                    f"http://127.0.0.1:{service.port}/openapi.json",
                ),
                *("--checks", "all", "--mode", "all", "--seed", str(arguments.seed)),
                *(
                    "--max-examples",
                    str(arguments.examples),
                    "--continue-on-failure",
                    "--no-color",
                    *header,
                ),
            ]
            found |= subprocess.run(command, check=False, cwd=out).returncode
    sys.exit(found)


def _header() -> str:
    return f"Authorization: Bearer {_TOKEN}"


if __name__ == "__main__":
    main()
