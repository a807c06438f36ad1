"""Which turn-end strategy a name in the settings means, and the silences it is made with."""

from __future__ import annotations

from typing import Final, Literal

from media.endpointing.adaptive import AdaptiveSilence
from media.endpointing.fixed import FixedSilence
from media.endpointing.semantic import SemanticSilence, Silences
from media.endpointing.strategy import TurnEndStrategy

StrategyName = Literal["adaptive", "semantic", "fixed"]
#: How much longer than ``normal_s`` one waits after words that lack something, and the adaptive strategy may after
#: words that may go on: people who look for a word pause up to 0.9 s, and are heard again 0.1 s later. Few whole
#: utterances are read so, and those are answered with a question anyway.
_SLOW_SPEAKER: Final = 1.75


def turn_end_strategy(
    name: StrategyName, eager_s: float, normal_s: float, patient_s: float
) -> TurnEndStrategy:
    """A strategy by its name.

    Args:
        name: ``fixed`` waits ``normal_s`` always; ``semantic`` one of the three by the words; ``adaptive`` what suits
            the speaker: from ``eager_s`` to ``normal_s`` (three quarters more after words that may go on or lack
            something), and from ``normal_s`` to ``patient_s`` after unfinished words.
        eager_s: Silence after a complete request.
        normal_s: Silence after words that may go on.
        patient_s: Silence after unfinished words.
    """
    lacking_s = min(_SLOW_SPEAKER * normal_s, patient_s)
    match name:
        case "fixed":
            return FixedSilence(normal_s)
        case "semantic":
            return SemanticSilence(Silences(eager_s, eager_s, normal_s, lacking_s, patient_s))
        case "adaptive":
            return AdaptiveSilence(
                shortest=Silences(eager_s, eager_s, eager_s, normal_s, normal_s),
                longest=Silences(normal_s, normal_s, lacking_s, lacking_s, patient_s),
            )
