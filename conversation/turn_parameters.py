"""Every time and limit of turn taking, with its default and the reason for it. Values only; nothing here decides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnParameters:
    """Seconds, unless the name says otherwise.

    Ends of turn
        eager_s: Silence after complete words, where no other strategy is given. Below 0.35 s every breath would do.
        normal_s: Silence that ends a turn whose words nobody has judged in time. People pause 0.5 s between clauses.
        patient_s: Silence after unfinished words, where no other strategy is given. Looking for a word takes a second.
        merge_s: How long after an end of turn new speech still continues it, as long as nothing was done or heard:
            longer than most pauses for thought, shorter than the time in which a new thought comes.
        recognise_wait_s: How long a turn waits for its transcript before it is given up. Eight recognitions long.

    Speculation
        partial_s: Time between partial transcripts of speech. So far below the 300 ms promised that the frame in which
            it falls due (32 ms) and a recognition that takes longer than the one before it fit in.
        speculate: Whether an answer is prepared while it is not yet sure that the turn is over.

    Barge-in
        decide_s: Time from the pause of the assistant's audio to the decision whether it was an interruption. A pause
            of more than 0.6 s sounds like a breakdown; "mm-hm" with the silence after it is over by then.
        last_look_s: How much longer the decision waits for a look that is under way while no words are certain: half
            as long as one takes. The other way is worse: to go on for a syllable and then fall silent.
        look_s: Time between looks at what is being said over the assistant. A look takes about 0.1 s.
        echo_likeness: Share of what was heard that our own voice explains, from which it is our own voice.

    While work takes long
        filler_after_s: Silence after the end of turn before a filler. After 0.7 s people ask whether anybody is there;
            most answers come sooner.
        filler_again_s: Silence between fillers: one that comes more often is a nuisance.
        max_fillers: Fillers of one turn. What takes longer than the third is not helped by a fourth.
        progress_again_s: Time between a client's ``tool_progress`` events, of which the first comes with the first
            filler. Often enough to move a display, too rare to fill the log that a client resumes from.

    Rest
        idle_after_s: Quiet after which nobody is in the middle of anything. Longer than it takes to read a message.
    """

    eager_s: float = 0.35
    normal_s: float = 0.6
    patient_s: float = 1.4
    merge_s: float = 1.2
    recognise_wait_s: float = 8.0

    partial_s: float = 0.19
    speculate: bool = True

    decide_s: float = 0.6
    last_look_s: float = 0.06
    look_s: float = 0.12
    echo_likeness: float = 0.5

    filler_after_s: float = 0.7
    filler_again_s: float = 5.0
    max_fillers: int = 3
    progress_again_s: float = 2.0

    idle_after_s: float = 20.0
