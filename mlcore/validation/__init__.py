"""Checks at the boundary: every bad input ends here, in an error that names it.

The numerical code behind these checks may then assume that shapes agree, labels exist
and numbers are finite. `arrays` checks one array or two, `arguments` what a loss is
called with, and `numbers` hyper-parameters.
"""

from mlcore.validation.arguments import (
    check_bias,
    check_features_and_labels,
    check_features_and_rows,
    check_features_and_weights,
    check_finite_logits,
    check_logits,
    check_logits_and_labels,
    check_rows_alike,
    check_same,
    check_scalar,
    check_targets,
)
from mlcore.validation.arrays import (
    check_finite,
    check_float_array,
    check_labels,
    check_not_empty,
    check_probabilities,
    check_same_library,
    check_same_size,
    check_shape,
    check_shape_tuple,
)
from mlcore.validation.numbers import (
    check_choice,
    check_class_weights,
    check_counts,
    check_fits,
    check_flag,
    check_integer,
    check_number,
    check_positive,
    fits_a_float,
    plain_numbers,
    python_number,
)

__all__ = [
    "check_bias",
    "check_choice",
    "check_class_weights",
    "check_counts",
    "check_features_and_labels",
    "check_features_and_rows",
    "check_features_and_weights",
    "check_finite",
    "check_finite_logits",
    "check_fits",
    "check_flag",
    "check_float_array",
    "check_integer",
    "check_labels",
    "check_logits",
    "check_logits_and_labels",
    "check_not_empty",
    "check_number",
    "check_positive",
    "check_probabilities",
    "check_rows_alike",
    "check_same",
    "check_same_library",
    "check_same_size",
    "check_scalar",
    "check_shape",
    "check_shape_tuple",
    "check_targets",
    "fits_a_float",
    "plain_numbers",
    "python_number",
]
