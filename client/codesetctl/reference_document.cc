#include "client/codesetctl/reference_document.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kMaxPageBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxTextBytes = std::size_t{64} << 10;

// The limits of reference.proto: bytes of a text, or of each text of a list.
const std::map<std::string, std::size_t>& ByteLimits() {
  static const std::map<std::string, std::size_t> limits = {
      {"codeset.v1.Provenance.other_sources", 500},
      {"codeset.v1.Question.answer", kMaxTextBytes},
      {"codeset.v1.Question.id", 64},
      {"codeset.v1.Question.question", kMaxTextBytes},
      {"codeset.v1.Reference.author", 200},
      {"codeset.v1.RelatedProcedure.code", 64},
      {"codeset.v1.RelatedProcedure.code_descriptor", 2000},
      {"codeset.v1.RelatedProcedure.edition", 64},
      {"codeset.v1.RelatedProcedure.id", 64},
      {"codeset.v1.RelatedProcedure.reason", 2000},
      {"codeset.v1.RelatedProcedure.system", 64},
      {"codeset.v1.Source.edition", 64},
      {"codeset.v1.Source.publisher", 200},
      {"codeset.v1.Source.title", 500},
      {"codeset.v1.Source.url", 2000},
      {"codeset.v1.TextBlock.text", kMaxTextBytes},
      {"codeset.v1.TextItem.id", 64},
      {"codeset.v1.TextItem.text", kMaxTextBytes},
  };
  return limits;
}

// And how many items a list may have.
const std::map<std::string, int>& CountLimits() {
  static const std::map<std::string, int> limits = {
      {"codeset.v1.ProcedureSection.items", 500}, {"codeset.v1.Provenance.other_sources", 20},
      {"codeset.v1.QuestionSection.items", 200},  {"codeset.v1.Reference.sources", 100},
      {"codeset.v1.TextSection.items", 200},
  };
  return limits;
}

// The limits of one field; 0 for none.
struct FieldLimits {
  std::size_t bytes = 0;
  int count = 0;
};

// Looked up once a field: a page has many of each.
FieldLimits LimitsOf(const FieldDescriptor* field) {
  static const auto* const by_field = [] {
    auto* const all = new std::map<const FieldDescriptor*, FieldLimits>();
    const google::protobuf::DescriptorPool& pool =
        *google::protobuf::DescriptorPool::generated_pool();
    for (const auto& [name, bytes] : ByteLimits()) {
      (*all)[pool.FindFieldByName(name)].bytes = bytes;
    }
    for (const auto& [name, count] : CountLimits()) {
      (*all)[pool.FindFieldByName(name)].count = count;
    }
    return all;
  }();
  const auto found = by_field->find(field);
  return found == by_field->end() ? FieldLimits() : found->second;
}

std::optional<WrongField> FindIn(const Message& message);

// Looks at one value: of a list the one at `index`, which is -1 elsewhere.
std::optional<WrongField> FindInValue(const Message& message, const FieldDescriptor* field,
                                      int index, std::size_t limit) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::string name = field->name();
  if (index >= 0) absl::StrAppend(&name, "[", index, "]");
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    std::optional<WrongField> wrong =
        FindIn(index < 0 ? reflection.GetMessage(message, field)
                         : reflection.GetRepeatedMessage(message, field, index));
    if (wrong.has_value()) wrong->path = absl::StrCat(name, ".", wrong->path);
    return wrong;
  }
  if (limit == 0) return std::nullopt;
  std::string scratch;
  const std::string& text =
      index < 0 ? reflection.GetStringReference(message, field, &scratch)
                : reflection.GetRepeatedStringReference(message, field, index, &scratch);
  if (text.size() <= limit) return std::nullopt;
  return WrongField{name, absl::StrCat("it has ", text.size(), " bytes, and may have ", limit)};
}

std::optional<WrongField> FindIn(const Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const FieldLimits limits = LimitsOf(field);
    if (!field->is_repeated()) {
      if (auto wrong = FindInValue(message, field, -1, limits.bytes); wrong.has_value()) {
        return wrong;
      }
      continue;
    }
    const int size = reflection.FieldSize(message, field);
    if (limits.count > 0 && size > limits.count) {
      return WrongField{field->name(),
                        absl::StrCat("it has ", size, " items, and may have ", limits.count)};
    }
    for (int i = 0; i < size; ++i) {
      if (auto wrong = FindInValue(message, field, i, limits.bytes); wrong.has_value()) {
        return wrong;
      }
    }
  }
  return std::nullopt;
}

// A member's name without what its two spellings differ in: `bodyRegion`, `body_region`.
std::string Plain(absl::string_view name) {
  return absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"_", ""}}));
}

// Walks a document's text, which may be broken anywhere, for where its members stand.
class MemberFinder {
 public:
  MemberFinder(absl::string_view text, absl::string_view path) : text_(text) {
    for (const absl::string_view part : absl::StrSplit(path, absl::ByAnyChar(".["))) {
      const absl::string_view word = absl::StripSuffix(part, "]");
      if (!word.empty()) steps_.push_back(Plain(word));
    }
  }

  int Line() {
    if (!steps_.empty()) Value(/*matched=*/0);
    return line_;
  }

 private:
  // Goes past a value; `matched` steps of the path lead to it, or -1 if others do.
  void Value(int matched) {
    SkipSpace();
    if (at_ >= text_.size()) return;
    if (text_[at_] == '{' || text_[at_] == '[') {
      // Deeper than any page, and than protobuf reads: what lies below names no field.
      if (depth_ == kMaxDepth) {
        at_ = text_.size();
        return;
      }
      ++depth_;
      Members(text_[at_] == '{', matched);
      --depth_;
    } else if (text_[at_] == '"') {
      String();
    } else {
      while (at_ < text_.size() && !absl::StrContains(",]}", text_[at_])) Step();
    }
  }

  void Members(bool named, int matched) {
    Step();
    for (int index = 0; at_ < text_.size(); ++index) {
      SkipSpace();
      if (at_ >= text_.size() || text_[at_] == '}' || text_[at_] == ']') break;
      const int here = at_line_;
      const std::string name = named ? Plain(String()) : absl::StrCat(index);
      const bool next = matched >= 0 && matched < static_cast<int>(steps_.size()) &&
                        steps_[static_cast<std::size_t>(matched)] == name;
      if (next && matched + 1 > found_) {
        found_ = matched + 1;
        line_ = here;
      }
      if (named) {
        SkipSpace();
        if (at_ < text_.size() && text_[at_] == ':') Step();
      }
      const std::size_t before = at_;
      Value(next ? matched + 1 : -1);
      SkipSpace();
      if (at_ < text_.size() && text_[at_] == ',') Step();
      if (at_ == before && at_ < text_.size()) Step();  // broken: go on behind it
    }
    if (at_ < text_.size()) Step();
  }

  // Goes past a string, and gives what stands in it, escapes as they are.
  absl::string_view String() {
    if (at_ >= text_.size() || text_[at_] != '"') return "";
    Step();
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') Step();
      if (at_ < text_.size()) Step();
    }
    const absl::string_view inside = text_.substr(begin, at_ - begin);
    if (at_ < text_.size()) Step();
    return inside;
  }

  void SkipSpace() {
    while (at_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) {
      Step();
    }
  }

  void Step() {
    if (text_[at_] == '\n') ++at_line_;
    ++at_;
  }

  static constexpr int kMaxDepth = 100;

  absl::string_view text_;
  std::vector<std::string> steps_;
  int depth_ = 0;
  std::size_t at_ = 0;
  int at_line_ = 0;
  // How many steps of the path were found, and on which line.
  int found_ = 0;
  int line_ = 0;
};

// What protobuf says of a document: `bogus: Cannot find field.`, `(sources[1]) bogus: …`,
// `(summary.text): invalid value 5 for type TYPE_STRING`, or, of broken JSON, what was expected,
// the text around it, and below that a mark.
struct Complaint {
  WrongField field;
  // The line of what is broken, from 0; nothing where it is told by the path.
  std::optional<int> line;
};

Complaint ReadComplaint(absl::string_view message, absl::string_view text) {
  constexpr absl::string_view kObject = "Starting an object on a scalar field for type ";
  Complaint complaint;
  std::string& path = complaint.field.path;
  const auto add_member = [&path](absl::string_view name) {
    absl::StrAppend(&path, path.empty() ? "" : ".", name);
  };
  absl::string_view why = message;
  const bool placed = absl::ConsumePrefix(&why, "(");
  if (placed) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(why, absl::MaxSplits(')', 1));
    path = std::string(parts.first);
    why = absl::StripLeadingAsciiWhitespace(parts.second);
  }
  if (absl::EndsWith(why, ": Cannot find field.")) {
    add_member(why.substr(0, why.find(':')));
    complaint.field.why = "a page has no such field";
    return complaint;
  }
  if (placed || absl::StartsWith(why, ": ")) {
    absl::ConsumePrefix(&why, ": ");
    complaint.field.why =
        absl::StrReplaceAll(why, {{"type.googleapis.com/codeset.v1.", ""}, {"TYPE_", ""}});
    if (const std::size_t at = why.find(kObject); at != absl::string_view::npos) {
      add_member(why.substr(at + kObject.size()));
      complaint.field.why = "it is an object, and should be a single value";
    }
    return complaint;
  }
  const std::vector<absl::string_view> lines = absl::StrSplit(message, '\n');
  complaint.field.why = absl::StrCat("broken JSON: ", lines.front());
  if (lines.size() < 3) return complaint;
  // Where the text around it stands, the mark counted in.
  const absl::string_view around = message.substr(
      lines.front().size() + 1, message.size() - lines.front().size() - lines.back().size() - 2);
  const std::size_t at = text.find(around);
  if (at == absl::string_view::npos) return complaint;
  const std::size_t mark = std::min(at + lines.back().find('^'), text.size());
  complaint.line = static_cast<int>(std::count(text.begin(), text.begin() + mark, '\n'));
  absl::StrAppend(&complaint.field.why,
                  " At: ", absl::StrReplaceAll(around, {{"\n", " "}, {"\t", " "}}));
  return complaint;
}

// `wrong` may repeat what stands in the document, and protobuf what it has cut within a character.
absl::Status Refused(const JsonDocument& document, absl::string_view name, const WrongField& wrong,
                     int line) {
  return absl::InvalidArgumentError(absl::StrCat(
      name, ":", document.line + line, ": document ", document.number, ": ",
      model::CleanName(wrong.path), wrong.path.empty() ? "" : ": ", model::CleanName(wrong.why)));
}

}  // namespace

int LineOfField(absl::string_view text, absl::string_view path) {
  return MemberFinder(text, path).Line();
}

std::optional<WrongField> FindTooLong(const v1::Reference& reference) {
  if (auto wrong = FindIn(reference); wrong.has_value()) return wrong;
  if (const std::size_t size = reference.ByteSizeLong(); size > kMaxPageBytes) {
    return WrongField{
        "", absl::StrCat("the page has ", size, " bytes in its binary form, and may have 1 MiB")};
  }
  return std::nullopt;
}

absl::StatusOr<v1::Reference> ReadReference(const JsonDocument& document, absl::string_view name) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  v1::Reference reference;
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(document.text.data(), document.text.size()), &reference,
      options);
  if (!parsed.ok()) {
    const auto message = parsed.message();
    const Complaint complaint =
        ReadComplaint(absl::string_view(message.data(), message.size()), document.text);
    return Refused(document, name, complaint.field,
                   complaint.line.value_or(LineOfField(document.text, complaint.field.path)));
  }
  if (const std::optional<WrongField> wrong = FindTooLong(reference); wrong.has_value()) {
    return Refused(document, name, *wrong, LineOfField(document.text, wrong->path));
  }
  return reference;
}

}  // namespace codeset::ctl
