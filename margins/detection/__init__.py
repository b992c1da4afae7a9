"""The detection problem of chapter 9: whole digits among pieces of digits.

They are looked for everywhere. A scene has a thousand places, one or two of which hold
a digit: few positives, thousands of easy negatives, and hard ones between them. The
page trains on small scenes of the small digits, `margins.experiments.detection` on
large ones of MNIST; both with what stands here.
"""

from margins.detection.detector import detector
from margins.detection.scenes import Layout, Scenes, draw_scenes
from margins.detection.training import fit, measure, scores, shares

__all__ = [
    "Layout",
    "Scenes",
    "detector",
    "draw_scenes",
    "fit",
    "measure",
    "scores",
    "shares",
]
