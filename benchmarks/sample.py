"""The sample corpus: co-attention over pixels in its three forms against the text-only twin, and what is left of it when pictures are exchanged.

usage: python -m benchmarks.sample [--systems text-only additive concat scaled-dot] [--seeds 3] [--jobs 2] [--out runs/sample] [--install]
"""

from benchmarks.runs import System, arguments_of, compare_systems, run_systems
from mner.recipe.read import to_toml
from mner.runs.demo import prepare_sample, sample_recipes

ATTENTIONS = ("additive", "concat", "scaled-dot")


def main() -> None:
    names = {"text-only": "text-only", **{name: f"co-attention, {name}" for name in ATTENTIONS}}
    arguments = arguments_of(__doc__, names, default=tuple(names), out="runs/sample")
    corpus, store = prepare_sample(arguments.out)
    recipes = {name: arguments.out / f"{name}.toml" for name in ("text-only", "co-attention")}
    for name, recipe in sample_recipes(corpus, store).items():
        recipes[name].write_text(to_toml(recipe), encoding="utf-8")
    systems = {"text-only": System(names["text-only"], recipes["text-only"])}
    systems |= {
        name: System(names[name], recipes["co-attention"], (f"fusion.attention={name}",))
        for name in ATTENTIONS
    }
    run_systems(systems, arguments, corpus="sample", test=corpus / "test.txt")
    compare_systems(arguments, corpus="sample", test=corpus / "test.txt")


if __name__ == "__main__":
    main()
