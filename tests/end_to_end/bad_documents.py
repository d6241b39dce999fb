"""Documents of pages that must be refused, and what is to be said of each."""

import json

# No page of the samples is about it, so that one that got in would show.
CODE = "M99.01"
NEVER_A_CODE = "M99.87"
TOO_LONG = 50_000_000


def document(**fields):
    """A page that is right but for `fields`; a field that is None is left out."""
    found = {"code": CODE, "state": "REFERENCE_STATE_DRAFT", "summary": {"text": "Words."}}
    found.update(fields)
    return {name: value for name, value in found.items() if value is not None}


def source(**fields):
    return dict({"number": 1, "title": "A page", "kind": "SOURCE_KIND_WEB_PAGE",
                 "url": "https://example.org/"}, **fields)


def lines(*documents):
    return b"".join(json.dumps(one).encode() + b"\n" for one in documents)


def cases():
    """What, the file's name and content, and the parts that standard error has beside the name:
    the line of the document, where it is and which field."""
    broken = lines(document())
    second = document(code="M99.00", summary={"text": ""})
    return [
        ("unknown field", "unknown.json", lines(document(colour="red")), [":1", "colour"]),
        ("unknown field within", "within.json",
         lines(document(summary={"text": "Words.", "colour": "red"})), [":1", "colour"]),
        # Protobuf's reader names the message and then the field.
        ("object instead of a text", "object.json", lines(document(summary={"text": {}})),
         [":1", "summary", "text"]),
        ("number instead of a text", "number.json", lines(document(summary={"text": 7})),
         [":1", "summary.text"]),
        ("text instead of an object", "text.json", lines(document(summary="Words.")),
         [":1", "summary"]),
        ("state that is none", "state.json", lines(document(state="REFERENCE_STATE_LOST")),
         [":1", "state", "REFERENCE_STATE_LOST"]),
        ("no state", "stateless.json", lines(document(state=None)), [":1", "state"]),
        ("no code", "codeless.json", lines(document(code=None)), [":1", "code"]),
        ("code that never was", "code.json", lines(document(code=NEVER_A_CODE)),
         [":1", "code", NEVER_A_CODE]),
        ("date in the future", "future.json",
         lines(document(sources=[source(accessedOn="2999-01-01")])),
         [":1", "sources[0].accessed_on", "2999-01-01"]),
        ("date that is none", "date.json", lines(document(sources=[source(
            accessedOn="2025-02-30")])), [":1", "sources[0].accessed_on", "2025-02-30"]),
        ("URL that is none", "url.json", lines(document(sources=[source(url="not an address")])),
         [":1", "sources[0].url", "not an address"]),
        ("URL of another scheme", "scheme.json", lines(document(sources=[source(
            url="javascript:alert(1)")])), [":1", "sources[0].url"]),
        ("edition that is not known", "edition.json", lines(document(sources=[source(
            kind="SOURCE_KIND_TABULAR_LIST", edition="1999")])), [":1", "sources[0].edition"]),
        ("sources with a gap", "gap.json", lines(document(sources=[source(), source(number=3)])),
         [":1", "sources[1].number"]),
        ("source that is not there", "provenance.json", lines(document(summary={
            "text": "Words.", "provenance": {"sourceNumbers": [1]}})),
         [":1", "summary.provenance.source_numbers"]),
        ("text over its limit", "long.json", lines(document(summary={"text": "x" * 65537})),
         [":1", "summary.text", "65536"]),
        # No more of a document is read than one may have: so the document is named alone.
        ("50 MB in one field", "huge.json", lines(document(summary={"text": "x" * TOO_LONG})),
         [":1", "document 1", "4 MiB"]),
        # The bytes are looked at before there are fields: the place is told.
        ("invalid UTF-8", "utf8.json", broken.replace(b"Words.", b"Wor\xffds."),
         [":1", "document 1", "0xFF", "offset %d" % (broken.index(b"Words.") + 3)]),
        ("half of a surrogate pair", "surrogate.json", broken.replace(b"Words.", b"\\ud800"),
         [":1", "document 1"]),
        ("link to a code that never was", "link.json", lines(document(summary={
            "text": "See %s." % NEVER_A_CODE, "links": [{"code": NEVER_A_CODE}]})),
         [":1", "summary.links[0].code", NEVER_A_CODE]),
        ("link that is not in the text", "link_alone.json", lines(document(summary={
            "text": "Words.", "links": [{"code": "M99.00"}]})), [":1", "summary.links[0].code"]),
        ("two items of one id", "items.json", lines(document(documentationTips={
            "items": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]})),
         [":1", "documentation_tips.items[1].id"]),
        ("two documents of which the second is bad", "second.jsonl", lines(document(), second),
         [":2", "document 2", "summary.text"]),
        ("a code twice", "twice.jsonl", lines(document(), document()), [":2", "document 2", CODE]),
        ("document that ends early", "early.json", broken[:-5], [":1", "document 1"]),
        ("list of documents", "list.json", json.dumps([document()]).encode(), [":1", "document 1"]),
        ("no document", "empty.json", b"", ["no document"]),
    ]
