#include "client/codesetctl/json_documents.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::ctl {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{256} << 10;
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Whether a string goes on through this byte without any meaning for where it ends.
bool IsPlain(char c) { return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20; }

// Whether JSON has the character outside of strings: numbers, true, false, null, and what parts
// them. protobuf would take more, quotes of another kind among them.
bool IsStructure(char c) {
  return IsSpace(c) || absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("{}[]:,+-.", c);
}

// A character as messages show it.
std::string Seen(char c) {
  return absl::ascii_isgraph(static_cast<unsigned char>(c))
             ? absl::StrCat("\"", absl::string_view(&c, 1), "\"")
             : model::Quoted(absl::string_view(&c, 1));
}

}  // namespace

JsonDocuments::JsonDocuments(std::istream& in, std::string name)
    : in_(in), name_(std::move(name)) {}

bool JsonDocuments::Fill() {
  if (at_ < chunk_.size()) return true;
  chunk_.resize(kChunkBytes);
  in_.read(chunk_.data(), static_cast<std::streamsize>(chunk_.size()));
  chunk_.resize(static_cast<std::size_t>(in_.gcount()));
  at_ = 0;
  if (offset_ == 0 && absl::StartsWith(chunk_, kByteOrderMark)) {
    at_ = kByteOrderMark.size();
    offset_ = static_cast<std::int64_t>(at_);
  }
  return at_ < chunk_.size();
}

void JsonDocuments::Skip() {
  if (chunk_[at_] == '\n') ++line_;
  ++at_;
  ++offset_;
}

absl::Status JsonDocuments::Broken(std::int64_t line, const std::string& why) const {
  return absl::InvalidArgumentError(absl::StrCat(name_, ":", line, ": ", why));
}

absl::StatusOr<std::optional<JsonDocument>> JsonDocuments::Next() {
  while (Fill() && IsSpace(chunk_[at_])) Skip();
  if (in_.bad()) return absl::InvalidArgumentError(absl::StrCat("cannot read ", name_));
  if (!Fill()) return std::optional<JsonDocument>();
  const char first = chunk_[at_];
  if (first != '{') {
    if (static_cast<unsigned char>(first) >= 0x80) {
      return Broken(line_, absl::StrFormat("byte 0x%02X at offset %d of the file is not part of a "
                                           "document: is the file UTF-8?",
                                           static_cast<unsigned char>(first), offset_));
    }
    return Broken(line_, absl::StrCat(Seen(first), " stands where document ", documents_ + 1,
                                      " should begin with {; documents stand one after another, "
                                      "without an array around or commas between them"));
  }
  JsonDocument document;
  document.number = ++documents_;
  document.line = line_;
  document.offset = offset_;
  RETURN_IF_ERROR(ReadDocument(document));
  RETURN_IF_ERROR(CheckUtf8(document));
  return std::optional<JsonDocument>(std::move(document));
}

void JsonDocuments::CopyPlain(std::string& text) {
  const auto begin = chunk_.begin() + static_cast<std::ptrdiff_t>(at_);
  const auto end = std::find_if_not(begin, chunk_.end(), IsPlain);
  const auto count = static_cast<std::size_t>(end - begin);
  text.append(chunk_, at_, count);
  at_ += count;
  offset_ += static_cast<std::int64_t>(count);
}

absl::Status JsonDocuments::ReadDocument(JsonDocument& document) {
  std::string& text = document.text;
  int depth = 0;
  bool in_string = false;
  bool escaped = false;
  while (Fill()) {
    if (text.size() >= kMaxDocumentBytes) {
      return Broken(document.line,
                    absl::StrCat("document ", document.number,
                                 " has more than 4 MiB (or a brace or "
                                 "quote of it is not closed); a page has at most 1 MiB in its "
                                 "binary form: give each code a document of its own"));
    }
    if (in_string && !escaped) CopyPlain(text);
    if (at_ == chunk_.size()) continue;
    const char c = chunk_[at_];
    if (in_string) {
      if (static_cast<unsigned char>(c) < 0x20) {
        return Broken(line_, absl::StrCat("document ", document.number, ": ", Seen(c),
                                          " within a string: is its quote not closed? A line break "
                                          "in a string is written \\n"));
      }
      if (escaped) {
        escaped = false;
      } else if (c == '\\') {
        escaped = true;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}') {
      --depth;
    } else if (!IsStructure(c)) {
      // Text in place of a string, and bytes that are no text, are told of by protobuf and
      // CheckUtf8 in their own words, but could hide where the document ends.
      return Broken(line_, absl::StrCat("document ", document.number, ": ", Seen(c),
                                        " stands outside of a string"));
    }
    text += c;
    Skip();
    if (depth == 0) return absl::OkStatus();
  }
  if (in_.bad()) return absl::InvalidArgumentError(absl::StrCat("cannot read ", name_));
  return Broken(document.line,
                absl::StrCat("document ", document.number, " does not end: the file ends on line ",
                             line_, in_string ? ", within a string" : "", " before its last }"));
}

absl::Status JsonDocuments::CheckUtf8(const JsonDocument& document) const {
  const absl::string_view text = document.text;
  for (std::size_t at = 0; at < text.size();) {
    // Documents are ASCII for the most part: eight bytes at once.
    std::uint64_t word = 0;
    if (at + sizeof(word) <= text.size()) {
      std::memcpy(&word, text.data() + at, sizeof(word));
      if ((word & 0x8080808080808080U) == 0) {
        at += sizeof(word);
        continue;
      }
    }
    const std::size_t length = model::Utf8CharacterLength(text.substr(at));
    if (length == 0) {
      const std::int64_t line =
          document.line +
          std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
      return Broken(
          line, absl::StrFormat("document %d: byte 0x%02X at offset %d of the file is not UTF-8",
                                document.number, static_cast<unsigned char>(text[at]),
                                document.offset + static_cast<std::int64_t>(at)));
    }
    at += length;
  }
  return absl::OkStatus();
}

}  // namespace codeset::ctl
