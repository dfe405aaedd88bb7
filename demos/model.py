"""A language model for those in a hurry: some sentences and a die. It needs no network, and knows nothing."""

import random
import re
from collections.abc import Iterator

ASKING = frozenset(
    """
    a about all am an and any are as at be but by can could did do does few for from get give go had has
    have he her him his how i if in into is it its just like long make may me might more most much my no
    not of on or our out please say shall she should show so some tell than that the their them then
    there these they this those to up us was we were what when where which who why will with words would
    write you your
    """.split()
)

OPENINGS = (
    "You ask about {subject}. I have thought about it for three hundredths of a second, longer than usual.",
    "Ah, {subject}. Few have asked me that, and none of them has come back to complain.",
    "About {subject} much has been written, and I have read none of it. So let us think.",
    "That is a good question, and {subject} deserves a good answer. This is the other kind.",
)

BY_KIND = {
    "why": "Why? Mostly because nobody has found a reason against it. With {word} it may be no different.",
    "how": "How? In small steps: first the smallest part of {word} that can be seen, then the next.",
    "when": "When? Not before it is ready, as with bread; and {word} is known to rise slowly.",
    "who": "Who? Somebody who did not know that it was hard, and who liked {word} enough to go on.",
    "what": "What? From afar {word} looks like one thing. From near it is three: a name, a habit, and more.",
    "": "There are two ways to look at {word}: from the front, where it is told, and from behind.",
}

THOUGHTS = (
    "Those who work with {word} every day will tell you that the beginning is the hard part, and the end, "
    "and that the middle is mostly waiting. They wait for a kettle, for a colleague, for a build. What they "
    "do not wait for is an answer that is complete before it is shown: one reads from the first word on.",
    "Consider a page with nothing on it but {word}. A person sends it, and sees at once that it was sent; "
    "then something comes back, not all of it, but enough to see that it will be worth the while. That is "
    "the whole trick, and it is an old one: it is how people talk.",
    "It helps to write down what one knows of {word}, and what one only believes. The first list is short. "
    "The second is where the work is, and where I live: I am a few dozen sentences and a die, in one Python "
    "file, and there is nothing that I know about {word} apart from how it is spelled.",
    "Should {word} ever fail you in the middle, keep what you have. A half answer that stays is "
    "worth more than a whole one that vanishes, and whoever presses *stop* wants to read what is there.",
)

LISTS = (
    (
        "Three things to remember:",
        "the first word matters more than the last",
        "a slow reader of {word} gets fewer pieces, not more delay",
        "who closes the page ends the work",
    ),
    (
        "What to try with {word}:",
        "ask a second question while this one is answered",
        "scroll up: the page stays where you read",
        "press `Stop`, and see that what came is kept",
    ),
)

CODES = (
    """@action
async def ask(self, prompt: str):
    for word in what_is_known_about("{word}"):
        self.text += word
        yield""",
    """@action
async def {name}(self):
    async for piece in model.stream("{word}"):
        self.answer += piece
        yield  # what has changed so far is shown""",
)

CLOSINGS = (
    "So much for {subject}. Ask me something else: I am as good at that.",
    "I hope that this has brought some light to {subject}, or at least some words.",
    "And that is all there is to say about {subject}, as far as I have been told.",
)


def answer(prompt: str) -> str:
    """What there is to say about a prompt: paragraphs, a list and a piece of code, with a few marks.

    The same prompt has the same answer.

    >>> answer("Why is the sky blue?") == answer("Why is the sky blue?")
    True
    """
    chance = random.Random(prompt)
    words = re.findall(r"\w[\w'’-]*", prompt)
    telling = [word for word in words if word.lower() not in ASKING][:3] or ["nothing in particular"]
    about = {
        "subject": "“" + " ".join(telling) + "”",
        "word": max(telling, key=len),
        "name": re.sub(r"^(?=\d)", "about_", re.sub(r"\W+", "_", "_".join(telling).lower())),
    }
    kind = next((word.lower() for word in words if word.lower() in BY_KIND), "")
    first, second = chance.sample(THOUGHTS, 2)
    heading, *items = chance.choice(LISTS)
    parts = (
        f"{chance.choice(OPENINGS)} {BY_KIND[kind]}",
        first,
        "In code it is shorter:",
        f"```\n{chance.choice(CODES)}\n```",
        second,
        "\n".join([heading, *(f"- {item}" for item in items)]),
        chance.choice(CLOSINGS),
    )
    # One after the other: what somebody has asked may have braces in it.
    return "\n\n".join(
        re.sub(r"\{(subject|word|name)\}", lambda name: about[name[1]], part) for part in parts
    )


def pieces(text: str) -> Iterator[str]:
    r"""A text in the pieces in which it is said: word by word.

    >>> list(pieces("one two\n\nthree"))
    ['one ', 'two\n\n', 'three']
    """
    return iter(re.findall(r"\s*\S+\s*", text))
