"""The sample corpus: co-attention over pixels in three forms, and its text-only twin.

usage: python -m benchmarks.sample [--systems text-only additive concat scaled-dot] [--seeds 3]
           [--jobs 2] [--out runs/sample] [--install]

Models that look at pictures are scored with them, with those of other posts, and without.
"""

from benchmarks.runs import System, arguments_of, compare_systems, run_systems
from mner.recipe.read import to_toml
from mner.runs.demo import prepare_sample, sample_recipes

ATTENTIONS = ("additive", "concat", "scaled-dot")


def main() -> None:
    names = {"text-only": "text-only", **{name: f"co-attention, {name}" for name in ATTENTIONS}}
    arguments = arguments_of(__doc__, names, default=tuple(names), out="runs/sample")
    corpus, store = prepare_sample(arguments.out)
    for name, recipe in sample_recipes(corpus, store).items():
        (arguments.out / f"{name}.toml").write_text(to_toml(recipe), encoding="utf-8")
    systems = {"text-only": System(names["text-only"], arguments.out / "text-only.toml")}
    for name in ATTENTIONS:
        recipe_file = arguments.out / "co-attention.toml"
        systems[name] = System(names[name], recipe_file, (f"fusion.attention={name}",))
    run_systems(systems, arguments, corpus="sample", test=corpus / "test.txt")
    compare_systems(arguments, corpus="sample", test=corpus / "test.txt")


if __name__ == "__main__":
    main()
