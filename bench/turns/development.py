"""What is said while the ends of turns are worked on: no sentence of these is one that ``sentences`` judges with.

Marked as those are. From these come what ``media/endpointing`` believes of a pause before it knows the speaker.
"""

from __future__ import annotations

from typing import Final

DIALOGUES: Final[tuple[tuple[str, ...], ...]] = (
    (
        "Show me / the jobs | for tomorrow.",
        "Which of them is / the first one?",
    ),
    (
        "Set up a furnace tune up / for Emily Chen | on / Thursday at nine in the morning.",
        "Yes, book it.",
    ),
    (
        "How much does / Mike Davis | owe us?",
        "Write him / a reminder | about the overdue invoice.",
        "No, not now.",
    ),
    (
        "I'd like to / schedule a leak repair | with Sarah Johnson | next Tuesday / at half past eight.",
        "Yeah.",
        "Actually make that / four o'clock | in the afternoon.",
        "That's right.",
    ),
    (
        "Bill Mike Davis / four hundred fifty dollars | for the / toilet installation.",
        "Yes.",
    ),
    (
        "Where does / Emily Chen live?",
        "Add a note / to her file, | the gate code is / four four one two.",
        "Yes please.",
    ),
    (
        "Cancel the / drain cleaning | for next week.",
        "Yes, cancel it.",
    ),
    (
        "Make an estimate / for Robert Smith, | eight hundred dollars / for a garbage disposal.",
        "No thanks.",
    ),
    (
        "What did we / make | last month?",
        "And how many / invoices are overdue?",
        "Okay, thank you.",
    ),
    (
        "Tell me more | about the / bathroom remodel.",
        "Who is it / for?",
    ),
    (
        "Look up / the contact | called Davis.",
        "Send him a text, | we are running / ten minutes late.",
        "Yes, send it.",
    ),
    (
        "Put a reminder in | to call / the supply house | on Friday / at noon.",
        "Sure, thanks.",
    ),
    (
        "Is it going to / rain | on Saturday?",
        "Then move / the gutter job | to Monday.",
        "Yes.",
    ),
    (
        "Start the / furnace tune up.",
        "Add a new contact / named Peter Walsh | with the number / five five five | zero one four two.",
        "Yes.",
    ),
)
