// Splits a file of JSON objects, one after another, into its documents: pretty-printed over many
// lines or one a line, with or without white space between them.
//
//   JsonDocuments documents(in, "pages.jsonl");
//   while (true) {
//     ASSIGN_OR_RETURN(auto document, documents.Next());
//     if (!document.has_value()) break;
//     Use(document->line, document->text);
//   }
//
// Memory holds one document and a chunk of the file, however long the file is. What stands within
// a document is read by protobuf (reference_document.h); here its end is found, and what would
// hide it is refused. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace codeset::ctl {

// A document of a file.
struct JsonDocument {
  // Its bytes, from `{` to `}`: valid UTF-8.
  std::string text;
  // Its number in the file, from 1.
  std::int64_t number = 0;
  // The line on which it begins, from 1.
  std::int64_t line = 0;
  // Where in the file it begins, in bytes.
  std::int64_t offset = 0;
};

// See above.
class JsonDocuments {
 public:
  // How much of JSON one document may have.
  static constexpr std::size_t kMaxDocumentBytes = std::size_t{4} << 20;

  // `in` outlives it; `name` is the file's in messages.
  JsonDocuments(std::istream& in, std::string name);

  // The next document; nothing at the end. A byte-order mark before the first is passed over.
  // INVALID_ARGUMENT, `file:line: …`, for what stands between documents, a document that does not
  // end or has more than 4 MiB, line breaks in strings, what JSON does not have outside of
  // strings, and text that is not UTF-8, of which the byte in the file is told. After an error it
  // is not called again.
  absl::StatusOr<std::optional<JsonDocument>> Next();

  // How many documents were begun.
  std::int64_t count() const { return documents_; }

 private:
  // Whether there is a byte to look at, at `at_`.
  bool Fill();
  // Takes the byte at `at_` over.
  void Skip();
  // Reads from `{` on to its end.
  absl::Status ReadDocument(JsonDocument& document);
  // Copies what is in the chunk of a string up to a quote, backslash or control character.
  void CopyPlain(std::string& text);
  absl::Status CheckUtf8(const JsonDocument& document) const;
  absl::Status Broken(std::int64_t line, const std::string& why) const;

  std::istream& in_;
  std::string name_;
  std::string chunk_;
  std::size_t at_ = 0;
  // Of the byte at `at_`.
  std::int64_t offset_ = 0;
  std::int64_t line_ = 1;
  std::int64_t documents_ = 0;
};

}  // namespace codeset::ctl
