"""Which turn-end strategy a name in the settings means, and the silences it is made with."""

from __future__ import annotations

from typing import Literal

from media.endpointing.adaptive import AdaptiveSilence
from media.endpointing.fixed import FixedSilence
from media.endpointing.semantic import SemanticSilence, Silences
from media.endpointing.strategy import TurnEndStrategy

StrategyName = Literal["adaptive", "semantic", "fixed"]
#: A short answer needs this much less silence than a whole request: there is little that could follow it.
_ANSWER: float = 0.85


def turn_end_strategy(
    name: StrategyName, eager_s: float, normal_s: float, patient_s: float
) -> TurnEndStrategy:
    """A strategy by its name.

    Args:
        name: ``fixed`` waits ``normal_s`` always; ``semantic`` one of the three by the words; ``adaptive`` what suits
            the speaker, never less than ``eager_s`` after a request and never more than ``patient_s``.
        eager_s: Silence after a complete request.
        normal_s: Silence after words that may go on.
        patient_s: Silence after unfinished words.
    """
    match name:
        case "fixed":
            return FixedSilence(normal_s)
        case "semantic":
            return SemanticSilence(Silences(_ANSWER * eager_s, eager_s, normal_s, patient_s))
        case "adaptive":
            return AdaptiveSilence.between(Silences(_ANSWER * eager_s, eager_s, eager_s, normal_s), patient_s)
