"""Everyday words around requests: greetings, thanks, "never mind", "say that again", corrections, "what about …".

Pure tables. Nothing here is about a tool, and a phrase counts only when it is the whole utterance, so that "good
morning, what's on today" stays a request.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Talk(StrEnum):
    """What an utterance that asks for nothing does."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    HELP = "help"
    REPEAT = "repeat"
    CANCEL = "cancel"
    HOW_ARE_YOU = "how_are_you"
    WHO_ARE_YOU = "who_are_you"
    HEARING = "hearing"
    PRAISE = "praise"
    SORRY = "sorry"
    WAIT = "wait"
    RESUME = "resume"
    UNKNOWN = "unknown"


_TABLE: Final[dict[Talk, str]] = {
    Talk.GREETING: (
        r"(?:hello|hi|hey|howdy|yo|good (?:morning|afternoon|evening|day)|morning|evening|"
        r"afternoon)(?: there|"
        r" again| hero| everyone)*"
    ),
    Talk.THANKS: (
        r"(?:(?:great|perfect|okay|ok|awesome|cool|alright|good|nice|no)[ ,]+)?(?:thanks?(?: you)?|"
        r"many thanks|cheers|much appreciated|"
    r"(?:i )?appreciate (?:it|that))(?: (?:a lot|a bunch|so much|very much|again|for (?:that|the help|"
    r"your help|everything)|that's all|that's it))*"
    ),
    Talk.GOODBYE: (
        r"(?:okay |ok |alright )?(?:bye(?:[ -]bye)?|goodbye|good ?night|see (?:you|ya)(?: later| tomorrow|"
        r" soon)?|talk to you (?:later|soon)|"
    r"so long|have a (?:good|nice|great) (?:day|one|night|evening|weekend)|that(?:'s| is| will be) (?:all|"
    r"it|everything)(?: for (?:now|today))?|"
    r"i'm done(?: for (?:now|today))?|nothing else|we're done)"
    ),
    Talk.HELP: (
        r"(?:help(?: me)?|i need help|what can (?:you do|i (?:say|ask)(?: you)?|you help(?: me)? with)|"
        r"what (?:do|are) you (?:do|able to do)|"
    r"how (?:does this work|do i use (?:this|you))|what are my options|what else can you do)"
    ),
    Talk.REPEAT: (
        r"(?:(?:can|could) you )?(?:please )?(?:sa(?:y|ve) (?:that|it) again|repeat(?: (?:that|it|yourself))?|"
        r"come again|pardon(?: me)?|"
    r"what did you (?:just )?say|what was that|sorry,? what(?: was that)?|i (?:didn't|did not) (?:catch|"
    r"hear|get) (?:that|you)|one more time|"
    r"again|excuse me|what)(?: please| again)?"
    ),
    Talk.CANCEL: (
        r"(?:no[ ,]+|oh[ ,]+|actually[ ,]+|okay[ ,]+|wait[ ,]+)*(?:never ?mind(?: (?:that|it|about (?:it|"
        r"that)))?|forget (?:it|that|about (?:it|that))|cancel(?: that| it| this)?|"
    r"stop(?: it| that)?|scratch that|scrap that|leave it|drop it|don't bother|abort|quit|i changed my mind)"
    ),
    Talk.HOW_ARE_YOU: r"(?:how are you(?: doing)?(?: today)?|how's it going|how you doing|what's up|how do you do)",
    Talk.WHO_ARE_YOU: (
        r"(?:who (?:are|made|built) you|what(?:'s| is) your name|what are you|are you (?:a )?(?:robot|"
        r"real(?: person)?|human|person|computer|ai|bot))"
    ),
    Talk.HEARING: (
        r"(?:(?:hello[ ,]+)*(?:can you hear me|are you (?:there|listening|still there)|is (?:anybody|anyone|"
        r"this thing) (?:there|on|working)|"
    r"you there|test(?:ing)?(?: (?:one|two|three|test|1|2|3))*|mic check))"
    ),
    Talk.PRAISE: (
        r"(?:(?:that's |you're |that is |sounds |very )?(?:great|good|nice|perfect|awesome|cool|excellent|"
        r"wonderful|fantastic|good job|nice work|"
    r"well done|the best|sweet|beautiful)|i see|got it|understood|makes sense|good to know|right on|"
    r"fair enough|noted)"
    ),
    Talk.SORRY: r"(?:(?:oh )?(?:i'm )?sorry(?: about that)?|my (?:bad|mistake)|oops|whoops)",
    Talk.WAIT: (
        r"(?:hold on|hang on|wait|one (?:moment|second|sec|minute)|just a (?:moment|second|sec|minute)|"
        r"give me a (?:moment|second|sec|minute))"
    r"(?: (?:a )?(?:second|sec|minute|moment))?"
    ),
    Talk.RESUME: (
        r"(?:continue|go on|keep going|carry on|let's (?:continue|go on|keep going)|where were we|"
        r"back to (?:that|it|the .{3,30})|"
    r"(?:i'm|i've|i am|i have) (?:parked|stopped|pulled over))"
    ),
    Talk.UNKNOWN: (
        r"(?:i (?:don't|do not) know|i'm not sure|not sure|no idea|i have no idea|i'd have to (?:check|look)|"
        r"i'll have to check)(?: yet)?"
    ),
}  # fmt: skip
_PATTERNS: Final = {talk: re.compile(rf"(?:{pattern})") for talk, pattern in _TABLE.items()}
_AROUND: Final = re.compile(
    r"^(?:(?:um+|uh+|oh|well|okay|ok|so|hey|and)[ ,]+)*|(?:[ ,]+(?:please|then|now|buddy|man|hero|for now))*$"
)

CORRECTION: Final = re.compile(
    r"^(?:(?:no|nope|nah|wait|sorry|actually|oh|oops|hold on|hang on|um+|uh+|well|but|and|okay|ok|yes|"
    r"yeah|please|rather|"
    r"i mean|i meant|i said|that's (?:wrong|not right)|not that(?: one)?)[\s,.!-]+)*"
    r"(?:(?:(?:could|can) you )?(?:make|change|set|switch|update|put|move) (?:it|that|this|the (?:amount|"
    r"price|date|time|day|total|status|due date|percentage|title|name|contact|customer))"
    r"(?: (?:to|at|as|for|be|into|on))?|it(?:'s| should be| is| was| has to be)|that(?:'s| should be)|"
    r" should be|"
    r"(?:for|with|to) (?=\w)|i (?:mean|meant|said)|let's (?:do|say|make it)|(?:can|could) (?:we|"
    r"you) (?:do|make it|say)|say|how about|what about|"
    r"rather|not \S+(?: \S+)?,? (?:but )?)?\s*",
    re.IGNORECASE,
)
# What is taken back stands last: "four hundred, not three hundred", "Friday instead of Thursday", "nine instead".
NOT_THAT: Final = re.compile(r"(?<=\w)[\s,]+(?:and )?(?:not\b|instead\b|rather than\b).*$", re.IGNORECASE)
_CORRECTS: Final = re.compile(
    r"^(?:(?:yes|yeah|okay|ok|sure|um+|uh+|oh|well)[\s,]+)*(?:no\b|nope|nah|wait|sorry|actually|oops|"
    r"hold on|but\b|rather|i mean|i meant|i said|make (?:it|that)|change|"
    r"it should|that should|it's (?!.*\?)|that's (?:wrong|not)|not |instead|set (?:it|that)|let's (?:say|"
    r"make it|do)|only\b)|\binstead$",
    re.IGNORECASE,
)
_MEANT: Final = re.compile(
    r"^(?:(?:yes|yeah|okay|ok|um+|uh+|oh|well)[\s,]+)*(?:no\b|nope|nah|wait|sorry|actually|oops|i mean|"
    r"i meant|i said|not )",
    re.IGNORECASE,
)
_TAKING_BACK: Final = re.compile(
    r"^(?:(?:no|nope|nah|wait|actually|sorry|oops|oh|i mean|i meant|hold on|hang on|instead|rather)[\s,.!-]+)+",
    re.IGNORECASE,
)
_TAKES_BACK: Final = re.compile(
    r"^(?:(?:oh|um+|uh+|well|hey|and|but)[\s,]+)*(?:no\b|nope|nah|wait|sorry|actually|oops|hold on|i mean|i meant|"
    r"make (?:it|that)\b|change\b|scratch)",
    re.IGNORECASE,
)
_YES_FIRST: Final = re.compile(
    r"^(?:yes|yeah|yep|sure|okay|ok|right|please do|go ahead)[\s,.!]+(?:please[\s,]+)?(?:but |and |just )?(?=\w)",
    re.IGNORECASE,
)
ELLIPSIS: Final = re.compile(
    r"^(?:(?:okay|ok|and|so|oh|hey|well|um+|uh+)[\s,]+)*(?:what about|how about|and(?: for| on| at)?|"
    r"same for|also|or)\s+(.+)$",
    re.IGNORECASE,
)
REQUEST_START: Final = re.compile(
    r"^(?:book|schedule|create|make|add|set|put|pencil|new|move|push|shift|reschedule|postpone|delay|"
    r"cancel|mark|update|change|complete|finish|start|close|"
    r"bill|invoice|charge|quote|send|nudge|remind|chase|email|text|turn|convert|log|record|note|find|"
    r"search|look|show|list|give me|tell me|read|pull|"
    r"what|what's|who|who's|when|when's|where|where's|how|how's|which|is|are|has|have|did|do|does|will|"
    r"can|could|any|get|open|check|follow|"
    r"raise|draft|write|prepare|approve|reject|put|bring|bump|hold|pause|resume|call|ask|ping|arrange|"
    r"generate|issue)\b",
    re.IGNORECASE,
)


def talk(text: str) -> Talk | None:
    """What kind of small talk the whole utterance is, None when it is none."""
    plain = re.sub(r"[^a-z0-9' -]+", " ", text.lower().replace("’", "'"))
    plain = re.sub(r"\s+", " ", plain).strip()
    trimmed = _AROUND.sub("", plain).strip()
    for candidate in (plain, trimmed):
        found = next(
            (kind for kind, pattern in _PATTERNS.items() if candidate and pattern.fullmatch(candidate)), None
        )
        if found is not None:
            return found
    return None


def means_another(text: str) -> bool:
    """Whether an utterance says that someone or something else was meant: "no, the other one", "I meant Jane"."""
    return bool(_MEANT.search(text.strip()))


def corrects(text: str) -> bool:
    """Whether an utterance takes something back: "no, make it Thursday", "actually four hundred"."""
    return bool(_CORRECTS.search(text.strip()))


def takes_back(text: str) -> bool:
    """Whether an utterance begins by taking something back: "no", "actually", "make that"; not merely "it's"."""
    return bool(_TAKES_BACK.match(text.strip()))


def without_yes(text: str) -> str:
    """What follows a yes that says more: "yes, but make it Friday"; "" without a yes."""
    match = _YES_FIRST.match(text.strip())
    return text.strip()[match.end() :] if match else ""


def without_no(text: str) -> str:
    """What follows a "no," or "actually"."""
    return _TAKING_BACK.sub("", text.strip())


def without_correction(text: str) -> str:
    """A request without the "no," or "actually" before it; any other utterance as it is."""
    rest = without_no(text)
    return rest if rest and REQUEST_START.match(rest) else text
