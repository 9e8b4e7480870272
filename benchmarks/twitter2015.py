"""Twitter-2015 by seeds: text-only twins, caption-mediated fusions, pretrained transformers.

usage: python -m benchmarks.twitter2015 [--systems text-only additive] [--seeds 3] [--jobs 2]
           [--out runs/twitter2015] [--install]

The recipes of the paper and of its code are among the systems. $MNER_DATA is the folder that holds
twitter2015/, $MNER_VECTORS a GloVe text file of 100 dimensions; for systems with a transformer,
$MNER_TRANSFORMER is the folder of MiniLM or of MPNet, as the system is named
(docs/transformers.md).

Models that look at captions are scored with them, with those of other posts, and without. Finished
runs in the output folder are not trained again.
"""

from pathlib import Path

from benchmarks.commands import twitter2015
from benchmarks.runs import System, arguments_of, compare_systems, run_systems

CAPTIONS = Path("acn-captions")
TRANSFORMER = Path("transformer-crf")
PLAIN = ("characters.filters=0", "text.shapes=0")
SYSTEMS = {
    "text-only": System("text-only", Path("text-only")),
    "additive": System("co-attention, additive", CAPTIONS),
    "concat": System("co-attention, concat", CAPTIONS, ("fusion.attention=concat",)),
    "scaled-dot": System("co-attention, scaled-dot", CAPTIONS, ("fusion.attention=scaled-dot",)),
    "mean": System("gated mean pooling", CAPTIONS, ("fusion.kind=gated", "fusion.attention=mean")),
    "cross": System(
        "cross-attention", CAPTIONS, ("fusion.kind=gated", "fusion.attention=multi-head")
    ),
    "bilstm-crf": System("BiLSTM-CRF", Path("text-only"), PLAIN),
    "bilstm-crf-captions": System("BiLSTM-CRF, captions", CAPTIONS, PLAIN),
    "minilm-crf": System("MiniLM and CRF", TRANSFORMER),
    "minilm-crf-captions": System(
        "MiniLM and CRF, captions", TRANSFORMER, ("picture.source=captions",)
    ),
    "mpnet": System("MPNet, GloVe, characters", Path("mpnet")),
    "acn-paper": System("as printed in the paper", Path("acn-paper")),
    "seed": System("the public Keras code's network", Path("seed")),
}


def main() -> None:
    arguments = arguments_of(
        __doc__, SYSTEMS, default=("text-only", "additive"), out="runs/twitter2015"
    )
    test = twitter2015() / "test.txt"
    run_systems(SYSTEMS, arguments, corpus="twitter2015", test=test)
    compare_systems(arguments, corpus="twitter2015", test=test)


if __name__ == "__main__":
    main()
