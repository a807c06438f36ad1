"""What the callers of the turn-taking bench say: short dialogues of a contractor's day.

In the text ``|`` marks where a speaker may pause between clauses or before an afterthought and ``/`` where one pauses
in the middle of a phrase, searching for a word. A dialogue is spoken within one conversation, in order. Written for
this bench before anything was measured with it; nothing was reworded for how it is heard or judged.
"""

from __future__ import annotations

from typing import Final

DIALOGUES: Final[tuple[tuple[str, ...], ...]] = (
    (
        "What's on / my schedule | for today?",
        "And what do I have | coming up / this week?",
    ),
    (
        "Book a water heater inspection | for Sarah Johnson | on / Tuesday at two in the afternoon.",
        "Yes, please.",
    ),
    (
        "Who still / owes me money?",
        "Send a reminder to / Robert Smith | about his invoice.",
        "No.",
    ),
    (
        "Schedule a drain cleaning / for Luis Hernandez | tomorrow / at ten in the morning.",
        "Yes.",
        "Move it / to three thirty | instead.",
        "Yes, go ahead.",
    ),
    (
        "Create an invoice for / Sarah Johnson | for three hundred dollars | for the / faucet repair.",
        "Sure.",
    ),
    (
        "What's the phone number | for / Robert Smith?",
        "Remind me to call him | tomorrow / at nine.",
        "Okay.",
    ),
    (
        "Put the sewer line repair / for Luis Hernandez | on hold.",
        "Yeah, do that.",
    ),
    (
        "I need an estimate | for the Millers, | twelve hundred dollars for / a new boiler.",
        "No, don't.",
    ),
    (
        "How is / the business doing | this month?",
        "Which estimates are / still pending?",
        "Thanks.",
    ),
    (
        "Give me the details | of the / boiler replacement.",
        "When is it / scheduled?",
    ),
    (
        "Find all the contacts / named Miller.",
        "Log a call with / Sarah Johnson, | she wants to / move her appointment.",
        "Yes.",
    ),
    (
        "Remind me | to order / copper pipe | tomorrow at eight.",
        "Yes.",
    ),
    (
        "What's the weather / going to be like | on Friday?",
        "Okay, and which jobs | are in progress / right now?",
    ),
    (
        "Which projects | are / active at the moment?",
        "How far along is / the first one?",
    ),
    (
        "Mark the water heater inspection / as done.",
        "Yes, it's finished.",
        "Thank you, that's all.",
    ),
    (
        "What time is it?",
        "Book a service call for / Robert Smith | next Monday / at eleven.",
        "No, cancel that.",
    ),
    (
        "Schedule a follow up | with Sarah Johnson / for next Wednesday.",
        "Yes.",
        "Is the last invoice / paid already?",
    ),
)
