"""What tuning tries can be set: a proposal that the file of weights refuses helps nobody."""

import pytest

from recommender.learning.settings import LARGEST_WEIGHT, LearningSettings, PartWeights
from service.evaluate import tuning
from service.learning_weights import LearningWeights, weights_of


@pytest.mark.parametrize(
    "everything",
    [
        LearningSettings().everything,
        PartWeights(learned=0, personal=LARGEST_WEIGHT // 2, popular=0),
        PartWeights(learned=0, personal=0, popular=LARGEST_WEIGHT),
    ],
)
def test_whatever_is_tried_can_be_set(everything: PartWeights) -> None:
    current = LearningSettings(everything=everything)
    tried = [change(current) for change in tuning._changes(current)]
    assert len(set(map(str, tried))) > 10
    for one in tried:
        assert LearningWeights.model_validate(weights_of(one)).with_k(one.k) == one
