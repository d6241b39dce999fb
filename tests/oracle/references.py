"""The codes that notes name, read naively: by regular expressions instead of a grammar. Shares
no code with the server.

What a note's words narrow (`with fifth or sixth character 5`) becomes a regular expression on
codes without dots, so that two readings agree where they choose the same codes."""

import re
from collections import namedtuple

# `begin` and `end` are places in the text's UTF-8; `first` and `last` codes without dots (`last`
# None but for a range); `chooses` a regular expression, or None.
Reference = namedtuple("Reference", "begin end first last chooses")

# Words of the published notes that no one can read for sure, or that only a person can. Found
# by a person.
UNREADABLE = (
    "R40.21-R40-23", "I82.4a-", "I82.4b-", "I82.5a-", "I82.5b-", "F1.5", "F98.2.- F98.3",
    "F11.- F17.-", "T74. 21", "Z0.11-", "S52.- with open fracture 7th character", "Vl6.-",
    "O90-.81", "F94.l", "B27.0-B27.9 with .9",
    "S06 with 6th character 7 - death due to brain injury prior to regaining consciousness, or 8 "
    "- death due to other cause prior to regaining consciousness.")

CODE = r"[A-Z](?:[0-9][0-9A-Z]|[A-Z][0-9])(?:\.[0-9A-Zx]{1,4})?(?![0-9A-Za-z])"
BETWEEN = r"(?:\.?-)?(?: *- *| +to +| +through +)|(?:\.-)"
RANGE = re.compile(r"(?<![0-9A-Za-z])(%s)(?:%s)(%s)(?:\.?-)?" % (CODE, BETWEEN, CODE))
# The second end leaves out what it shares with the first.
SHORT = re.compile(r"(?<![0-9A-Za-z])(?:([A-Z])(\d\d)-(\d\d)|([A-Z]\d\d\.)(\d)-\.(\d))(?![0-9A-Za-z.])")
SINGLE = re.compile(r"(?<![0-9A-Za-z])(%s)(?:\.?-)?" % CODE)

PLACES = {"fourth": 4, "4th": 4, "fifth": 5, "5th": 5, "sixth": 6, "six": 6, "6th": 6, "7th": 7}
ORDINAL = "|".join(PLACES)
WITH = re.compile(r"\.?,? *with +(?:"
                  r"(?P<one>%s)(?: (?P<word>or|to) (?P<two>%s))?[ -](?:character|digit)s? +"
                  r"(?P<placed>[.0-9A-Z-]*[0-9A-Z-](?: or [0-9A-Z])*)|"
                  r"final characters +(?P<final>-?[0-9]+)|"
                  r"(?P<dotted>\.[0-9]+(?:[,.-] ?\.[0-9]+)*)-?|"
                  r"(?P<next>[0-9])(?=\)))" % (ORDINAL, ORDINAL))

# What stands before a category that is named without dot or dash.
LED_TO = re.compile(r"([,;] *|\([^)]*|\b(and|or|of|in|to|from|under|the|except|codes?|category|"
                    r"categories|subcategory|subcategories) +)$", re.IGNORECASE)


def undotted(text):
    return text.replace(".", "").upper()


def characters(text):
    """`1-4 or 6` as a class of a regular expression."""
    return "[" + text.replace(" or ", "") + "]"


def chooser(match, first):
    """What a match of WITH chooses, for a code or a range that begins with `first`."""
    if match["one"]:
        place = PLACES[match["one"]]
        value = match["placed"].strip(".")
        if match["word"] == "or":
            one, two = ("." * (p - 1) + characters(value) for p in (place, PLACES[match["two"]]))
            return "(%s|%s)" % (one, two)
        if re.fullmatch(r"\d\d|\d\d-", value):
            return "." * (place - 1) + value.strip("-")
        return "." * (place - 1) + characters(value)
    if match["final"]:
        return "." * len(first) + match["final"].replace("-", ".")
    if match["next"]:
        return "." * len(first) + match["next"]
    parts = re.findall(r"[0-9]+", match["dotted"])
    if "-." in match["dotted"]:
        parts = [str(number) for number in range(int(parts[0]), int(parts[1]) + 1)]
    return "...(%s)" % "|".join(parts)


def plain_references(text, categories):
    """Triples of match, first and last, without what narrows them."""
    found, pos = [], 0
    while True:
        matches = [m for m in (RANGE.search(text, pos), SHORT.search(text, pos),
                               SINGLE.search(text, pos)) if m]
        if not matches:
            return found
        match = min(matches, key=lambda m: (m.start(), -m.end()))
        pos = match.end()
        last = None
        if match.re is SHORT:
            letter, a, b, stem, c, d = match.groups()
            first, last = (letter + a, letter + b) if letter else (stem + c, stem + d)
        elif match.re is RANGE:
            first, last = match.groups()
        else:
            first = match[1]
        spelled = re.search("[.-]", match[0])
        if not spelled and not LED_TO.search(text[:match.start()]):
            continue
        spelled = "." in match[0]
        known = undotted(first) in categories or (last and undotted(last) in categories)
        if spelled or known:
            found.append((match, undotted(first), last and undotted(last)))


def read(text, categories):
    """The references in a text, in order."""
    for words in UNREADABLE:
        text = text.replace(words, "#" * len(words))
    plain = plain_references(text, categories)
    found = []
    for place, (match, first, last) in enumerate(plain):
        end, chooses = match.end(), None
        narrowed = WITH.match(text, end)
        if narrowed:
            end, chooses = narrowed.end(), chooser(narrowed, first)
        found.append(Reference(match.start(), end, first, last, chooses))
        if chooses:
            # All that commas join before it.
            back = place
            while back and re.fullmatch("[,; ]+", text[plain[back - 1][0].end():
                                                       plain[back][0].start()]):
                back -= 1
                found[back] = found[back]._replace(chooses=chooses)
    return [r._replace(begin=len(text[:r.begin].encode()), end=len(text[:r.end].encode()))
            for r in found]
