"""The Keras side of seed_speed.py: trains the graph of the public code for an epoch on request.

It trains an epoch for each line that comes in, and answers with the seconds of clock and processor.
It runs in an environment of its own with Keras and one backend; `model.fit` is the whole training.
"""

import importlib.util
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np

GRAPH = Path(__file__).parents[1] / "tests" / "model" / "keras_seed.py"


def main() -> None:
    arrays, mode, batch = sys.argv[1:]
    graph = load_graph()
    with np.load(arrays) as file:
        data = dict(file)
    inputs = [data["words"], data["characters"], data["regions"]]
    classes, table = data["classes"], data["table"]
    keras.utils.set_random_seed(0)
    sizes = graph.SeedSizes(
        words=len(table),
        vector=table.shape[1],
        characters=int(data["characters"].max()) + 1,
        classes=int(classes.max()) + 1,
    )
    plain = graph.seed_graph(sizes)
    plain.get_layer("word_table").set_weights([table])
    model = with_crf_loss(graph)(plain.inputs, plain.outputs)
    model.compile(optimizer=keras.optimizers.RMSprop(0.001), jit_compile=mode == "xla")
    for _ in sys.stdin:
        clock, processor = time.perf_counter(), time.process_time()
        history = model.fit(inputs, classes, batch_size=int(batch), epochs=1, verbose=0)
        seconds = time.perf_counter() - clock, time.process_time() - processor
        assert np.isfinite(history.history["loss"][0])
        print(*seconds, flush=True)


def load_graph() -> ModuleType:
    """Load the graph by its file, because this environment has neither mner nor its tests."""
    spec = importlib.util.spec_from_file_location("keras_seed", GRAPH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_crf_loss(graph: ModuleType) -> type[keras.Model]:
    """Return a class of models whose loss is that of the CRF."""

    class SeedModel(keras.Model):  # type: ignore[misc]
        def compute_loss(self, _inputs: Any, y: Any, y_pred: Any, *_: Any, **__: Any) -> Any:
            scores, start, transitions, end = y_pred
            return graph.crf_loss(y, scores, transitions, (start, end))

    return SeedModel


if __name__ == "__main__":
    main()
