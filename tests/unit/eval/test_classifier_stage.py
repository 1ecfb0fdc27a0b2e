"""Options of the stage that learns the style classifier and the judges."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from erastyle.eval.classifier_stage import CLASSIFIER, ClassifierOptions
from erastyle.eval.judge import judge


@pytest.mark.parametrize("judges", [False, True, "smollm2"])
def test_judges_are_off_on_or_read_with_a_model(judges):
    options = ClassifierOptions.model_validate({"judges": judges})
    assert options.model_dump(mode="json") == {"most": 3000, "judges": judges}


def test_a_judge_reads_with_no_other_model():
    with pytest.raises(ValidationError, match="smollm2"):
        ClassifierOptions.model_validate({"judges": "gpt2"})


def test_another_version_of_the_judges_files_is_another_version_of_the_stage():
    versions = (judge.VERSION, CLASSIFIER.version)
    assert versions == (4, 3), "raise the stage with the files, and say in `changed` what is new"
    assert CLASSIFIER.changed
