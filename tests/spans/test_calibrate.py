import numpy as np
import pytest
from numpy.typing import NDArray

from mner.spans.calibrate import (
    expected_calibration_error,
    fit_temperature,
    reliability,
    thresholds,
)


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 1 / (1 + np.exp(-values))
    return result


@pytest.mark.parametrize("truth", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_outcomes_is_found(truth: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(1.0, 2.0, 200_000)
    correct = rng.random(logits.shape) < sigmoid(logits / truth)
    fitted = fit_temperature(lambda temperature: sigmoid(logits / temperature), correct)
    assert fitted == pytest.approx(truth, rel=0.03)
    before = expected_calibration_error(sigmoid(logits), correct)
    after = expected_calibration_error(sigmoid(logits / fitted), correct)
    assert after < 0.005
    assert after <= before + 1e-3


def test_outcomes_that_teach_nothing_leave_probabilities_as_they_are() -> None:
    for correct in (np.ones(5, dtype=bool), np.zeros(5, dtype=bool), np.zeros(0, dtype=bool)):
        assert fit_temperature(lambda temperature: np.full(len(correct), 0.7), correct) == 1.0  # noqa: B023


def test_bins_hold_every_prediction_once() -> None:
    probabilities = np.array([0.0, 0.05, 0.1, 0.55, 0.999, 1.0])
    correct = np.array([False, True, True, True, False, True])
    bins = reliability(probabilities, correct)
    assert [group.count for group in bins] == [2, 1, 0, 0, 0, 1, 0, 0, 0, 2]
    assert bins[0].probability == pytest.approx(0.025)
    assert bins[0].correct == 0.5
    assert (bins[2].probability, bins[2].correct) == (0.0, 0.0)


def test_the_error_is_the_weighted_distance() -> None:
    probabilities = np.array([0.9, 0.9, 0.9, 0.2])
    correct = np.array([True, True, False, False])
    assert expected_calibration_error(probabilities, correct) == pytest.approx(
        (3 * abs(0.9 - 2 / 3) + 0.2) / 4
    )
    assert expected_calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) == 0.0


def test_a_higher_threshold_leaves_fewer_predictions() -> None:
    curve = thresholds(np.array([0.9, 0.6, 0.3]), np.array([True, False, True]), gold=4, steps=4)
    assert [(point.probability, point.precision, point.recall) for point in curve] == [
        (0.0, 2 / 3, 0.5),
        (0.25, 2 / 3, 0.5),
        (0.5, 0.5, 0.25),
        (0.75, 1.0, 0.25),
    ]
    nothing = thresholds(np.zeros(0), np.zeros(0, dtype=bool), gold=0, steps=1)
    assert [(point.precision, point.recall) for point in nothing] == [(0.0, 0.0)]


def test_bins_have_equal_width_and_the_number_that_is_asked_for() -> None:
    probabilities, correct = np.array([0.1, 0.3, 0.9]), np.array([False, True, True])
    bins = reliability(probabilities, correct, bins=4)
    assert [(group.low, group.high, group.count) for group in bins] == [
        (0.0, 0.25, 1),
        (0.25, 0.5, 1),
        (0.5, 0.75, 0),
        (0.75, 1.0, 1),
    ]
    assert len(reliability(probabilities, correct)) == 10
    in_one_bin = expected_calibration_error(probabilities, correct, bins=1)
    assert in_one_bin == pytest.approx(abs(1.3 / 3 - 2 / 3))
    in_four_bins = expected_calibration_error(probabilities, correct, bins=4)
    assert in_four_bins == pytest.approx((0.1 + 0.7 + 0.1) / 3)


@pytest.mark.filterwarnings("error")
def test_a_certain_prediction_that_is_wrong_has_a_finite_loss() -> None:
    correct = np.array([False, True, True])

    def probabilities(temperature: float) -> NDArray[np.float64]:
        certain = temperature < 2.0
        return np.array([1.0 if certain else 0.6, 0.0 if certain else 0.6, 0.9])

    assert fit_temperature(probabilities, correct) > 2.0
