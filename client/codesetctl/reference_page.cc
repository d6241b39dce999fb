#include "client/codesetctl/reference_page.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/status_words.h"
#include "client/codesetctl/wrapped_text.h"

namespace codeset::ctl {
namespace {

constexpr int kIndent = 2;

// Text without control characters, which a terminal would obey; lines stay.
std::string Printable(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n' || (byte >= 0x20 && byte != 0x7F)) {
      out += c;
    } else if (c == '\t') {
      out += ' ';
    }
  }
  return out;
}

// Text in paragraphs, the first after `mark`, all under its beginning.
void AddText(absl::string_view mark, absl::string_view text, WrappedText& out) {
  const int hang = static_cast<int>(mark.size());
  bool first = true;
  for (const absl::string_view line : absl::StrSplit(Printable(text), '\n')) {
    const absl::string_view words = absl::StripTrailingAsciiWhitespace(line);
    if (words.empty()) {
      out.Add(0, "");
    } else if (first) {
      out.Add(kIndent, absl::StrCat(mark, words), hang);
    } else {
      out.Add(kIndent + hang, words, 0);
    }
    first = false;
  }
}

// What a section rests on: `[1] [3] claims-pattern analysis (generated)`.
std::string ProvenanceText(const v1::Provenance& provenance) {
  std::vector<std::string> parts;
  for (const int number : provenance.source_numbers()) {
    parts.push_back(absl::StrCat("[", number, "]"));
  }
  std::vector<std::string> others;
  for (const std::string& other : provenance.other_sources()) others.push_back(Printable(other));
  if (!others.empty()) parts.push_back(absl::StrJoin(others, ", "));
  switch (provenance.making()) {
    case v1::MAKING_WRITTEN:
      parts.emplace_back("(written)");
      break;
    case v1::MAKING_GENERATED:
      parts.emplace_back("(generated, not reviewed)");
      break;
    case v1::MAKING_GENERATED_AND_REVIEWED:
      parts.emplace_back("(generated, then reviewed)");
      break;
    default:
      break;
  }
  return absl::StrJoin(parts, " ");
}

void AddHeading(absl::string_view name, const v1::Provenance& provenance, WrappedText& out) {
  out.Add(0, "");
  const std::string rests_on = ProvenanceText(provenance);
  out.Add(0, absl::StrCat(name, rests_on.empty() ? "" : "  ", rests_on), kIndent);
}

void AddBlock(absl::string_view name, const v1::TextBlock& block, WrappedText& out) {
  AddHeading(name, block.provenance(), out);
  AddText("", block.text(), out);
}

void AddItems(absl::string_view name, const v1::TextSection& section, WrappedText& out) {
  if (section.items().empty()) return;
  AddHeading(name, section.provenance(), out);
  for (const v1::TextItem& item : section.items()) AddText("- ", item.text(), out);
}

void AddQuestions(const v1::QuestionSection& section, WrappedText& out) {
  if (section.items().empty()) return;
  AddHeading("QUESTIONS", section.provenance(), out);
  for (const v1::Question& question : section.items()) {
    AddText("Q: ", question.question(), out);
    AddText("A: ", question.has_answer() ? question.answer() : "(not answered yet)", out);
  }
}

void AddProcedures(const v1::ProcedureSection& section, WrappedText& out) {
  if (section.items().empty()) return;
  AddHeading("RELATED PROCEDURES", section.provenance(), out);
  for (const v1::RelatedProcedure& procedure : section.items()) {
    std::string text = absl::StrCat(procedure.system(), " ", procedure.code());
    if (!procedure.edition().empty()) absl::StrAppend(&text, " (", procedure.edition(), ")");
    if (!procedure.code_descriptor().empty())
      absl::StrAppend(&text, "  ", procedure.code_descriptor());
    if (!procedure.reason().empty()) absl::StrAppend(&text, ": ", procedure.reason());
    AddText("- ", text, out);
  }
}

void AddSources(const v1::Reference& reference, WrappedText& out) {
  if (reference.sources().empty()) return;
  out.Add(0, "");
  out.Add(0, "SOURCES");
  for (const v1::Source& source : reference.sources()) {
    std::vector<std::string> parts = {source.title()};
    if (!source.edition().empty()) parts.push_back(absl::StrCat("edition ", source.edition()));
    if (!source.effective_date().empty()) {
      parts.push_back(absl::StrCat("in force from ", DayText(source.effective_date())));
    }
    if (!source.publisher().empty()) parts.push_back(source.publisher());
    if (!source.accessed_on().empty()) {
      parts.push_back(absl::StrCat("read on ", DayText(source.accessed_on())));
    }
    const std::string mark = absl::StrCat("[", source.number(), "] ");
    AddText(mark, absl::StrJoin(parts, "; "), out);
    // By itself, since an address that is wrapped cannot be followed.
    if (!source.url().empty()) {
      out.Add(kIndent + static_cast<int>(mark.size()), Printable(source.url()));
    }
  }
}

std::string PlaceText(const v1::GetReferenceResponse& answer) {
  const std::string release = absl::StrCat("release ", answer.release().release_id());
  if (!answer.has_found()) return absl::StrCat("not in ", release);
  const v1::Concept& code = answer.found();
  std::vector<std::string> parts = {code.billable() ? "billable" : "header, not billable"};
  if (code.placement() == v1::PLACEMENT_NOT_KNOWN) {
    parts.emplace_back("chapter not known");
  } else {
    parts.push_back(absl::StrCat(
        "chapter ", code.chapter_id(),
        code.placement() == v1::PLACEMENT_BORROWED ? " (on loan from another release)" : ""));
  }
  parts.push_back(release);
  return absl::StrJoin(parts, " · ");
}

std::string RevisionText(const v1::ReferenceRevision& revision, const v1::Reference& reference) {
  std::vector<std::string> parts = {
      WordsOf(reference.state()), absl::StrCat("revision ", revision.number()),
      absl::StrCat(
          "imported ", DayText(revision.recorded_at().substr(0, 10)),
          revision.recorded_by().empty() ? "" : absl::StrCat(" by ", revision.recorded_by()))};
  if (!reference.author().empty()) parts.push_back(absl::StrCat("written by ", reference.author()));
  return absl::StrJoin(parts, " · ");
}

std::string SeventhText(const v1::CodeFacts& facts) {
  switch (facts.seventh_character_use()) {
    case v1::SEVENTH_CHARACTER_USE_NONE:
      return "takes none";
    case v1::SEVENTH_CHARACTER_USE_REQUIRED: {
      const std::string list = absl::StrJoin(
          facts.seventh_characters(), ", ",
          [](std::string* out, const v1::CompletingCharacter& character) {
            absl::StrAppend(out, character.character(), character.meaning().empty() ? "" : " = ",
                            character.meaning());
          });
      return absl::StrCat("needs one: ", list);
    }
    case v1::SEVENTH_CHARACTER_USE_PRESENT:
      return "its last character is one";
    case v1::SEVENTH_CHARACTER_USE_BELOW:
      return "codes below it take one";
    default:
      return "not known in this release";
  }
}

// How many of the notes that apply stand above the code.
std::string NotesText(const v1::Concept& code) {
  if (code.tabular_state() == v1::TABULAR_STATE_NOT_KNOWN) return "not known in this release";
  int inherited = 0;
  for (const v1::EffectiveNote& note : code.effective_notes()) {
    inherited += note.origin_id() == code.id() ? 0 : 1;
  }
  return absl::StrCat(inherited, " inherited, ", code.effective_notes_size() - inherited,
                      " of its own (codesetctl lookup ", code.id(), " --view effective)");
}

// What the release says of the code beside its title.
void AddDerived(const v1::Concept& code, WrappedText& out) {
  if (code.has_facts()) {
    if (!code.facts().siblings().empty()) {
      out.Add(0, "");
      out.Add(0, "BILLABLE CODES BESIDE IT");
    }
    for (const v1::SiblingCode& sibling : code.facts().siblings()) {
      out.Add(kIndent, absl::StrCat(sibling.id(), "  ", sibling.title()),
              static_cast<int>(sibling.id().size()) + 2);
    }
    out.Add(0, "");
    out.Add(0, absl::StrCat("7TH CHARACTER  ", SeventhText(code.facts())), kIndent);
  }
  out.Add(0, absl::StrCat("NOTES THAT APPLY  ", NotesText(code)), kIndent);
}

}  // namespace

std::string FormatPage(const v1::GetReferenceResponse& answer, int columns) {
  WrappedText out(columns);
  const v1::Reference& page = answer.reference();
  out.Add(0, absl::StrCat(page.code(), "  ",
                          answer.has_found() ? answer.found().title() : "(title not known)"));
  out.Add(0, PlaceText(answer));
  out.Add(0, RevisionText(answer.revision(), page));
  if (answer.verification().revision() != answer.revision().number()) {
    out.Add(0, absl::StrCat("NOT THE NEWEST: revision ", answer.verification().revision(),
                            " is, and what follows is its verification"));
  }
  out.Add(0, StatusLine(answer.verification()));
  if (page.has_summary()) AddBlock("SUMMARY", page.summary(), out);
  if (page.has_body_region()) AddBlock("BODY REGION", page.body_region(), out);
  AddItems("DOCUMENTATION TIPS", page.documentation_tips(), out);
  AddItems("COMMON PITFALLS", page.common_pitfalls(), out);
  AddItems("CLINICAL CONTEXT", page.clinical_context(), out);
  AddQuestions(page.questions(), out);
  AddItems("CAPTURE PROMPTS", page.capture_prompts(), out);
  AddProcedures(page.related_procedures(), out);
  if (answer.has_found()) AddDerived(answer.found(), out);
  AddSources(page, out);
  return out.Take();
}

}  // namespace codeset::ctl
