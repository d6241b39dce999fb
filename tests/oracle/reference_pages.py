"""Pages of codes: their canonical form, encoded by hand, and small ones to try things with.

Follows storage/FORMAT.md §3 and Protocol Buffers' description of its encoding, and uses no
serialiser: what protobuf's own gives is held against it.
"""

import hashlib
import itertools

from google.protobuf.descriptor import FieldDescriptor

PUBLISHED = 3  # ReferenceState
WEB_PAGE = 4  # SourceKind
# Of that many pages in a row one has every kind of field; most are small, as an import is long.
SHAPES = 40


def varint(number):
    out = bytearray()
    while number > 0x7f:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def with_length(content):
    return varint(len(content)) + content


def encoded(field, value):
    """The wire type and the bytes of one value. Reference has three kinds of fields."""
    if field.type == FieldDescriptor.TYPE_STRING:
        return 2, with_length(value.encode("utf-8"))
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return 2, with_length(encode(value))
    if field.type in (FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_ENUM) and value >= 0:
        return 0, varint(value)
    raise ValueError("%s: not known how it is encoded" % field.full_name)


def encode(message):
    """The canonical form: fields in the order of their numbers, repeated numbers packed, what has
    no presence left out where it is the default."""
    out = b""
    for field in sorted(message.DESCRIPTOR.fields, key=lambda field: field.number):
        value = getattr(message, field.name)
        repeated = field.label == FieldDescriptor.LABEL_REPEATED
        if repeated and field.type in (FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_ENUM):
            packed = b"".join(encoded(field, one)[1] for one in value)
            out += varint(field.number << 3 | 2) + with_length(packed) if value else b""
            continue
        there = repeated or (message.HasField(field.name) if field.has_presence else value)
        for one in (value if repeated else [value]) if there else ():
            wire, content = encoded(field, one)
            out += varint(field.number << 3 | wire) + content
    return out


def digest(message, by_hand=True):
    """A page's digest; encoded by hand as well as by protobuf, which must agree."""
    content = message.SerializeToString(deterministic=True)
    if by_hand and content != encode(message):
        raise ValueError("%s: two encodings that differ" % message.code)
    return hashlib.sha256(content).hexdigest()


def page(pb2, code, number):
    """A page of the code: a summary, and by its number more than that."""
    found = pb2.Reference(code=code, state=PUBLISHED, author="the oracle")
    found.summary.text = "Page %d of those that the oracle made." % number
    if number % SHAPES:
        return found
    found.summary.text += "\n\nOf %s – and of nothing else." % code
    found.summary.links.add(code=code)
    found.summary.provenance.CopyFrom(pb2.Provenance(
        source_numbers=[2, 1], other_sources=["what the oracle knows"], making=2))
    tips = found.documentation_tips.items
    tips.add(id="first", text="ä")
    tips.add(id="second", text="Naïve, and longer than a length of one byte can say: " + "x" * 99)
    found.questions.items.add(id="open", question="Who knows?")
    # An answer that is there has presence; its provenance has nothing in it and is there as well.
    found.questions.items.add(id="answered", question="Who knows?", answer="Nobody.")
    found.questions.provenance.SetInParent()
    found.related_procedures.items.add(id="p", system="HCPCS", code="X%d" % number)
    for place in (1, 2):
        # A page on the web has no editions, so that none can be superseded.
        found.sources.add(number=place, title="Source %d" % place, kind=WEB_PAGE,
                          url="https://example.org/%d" % place, accessed_on="2024-02-29")
    return found


def pages(pb2, codes):
    return [page(pb2, code, number) for number, code in zip(itertools.count(), codes)]
