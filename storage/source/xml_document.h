// A parsed XML file that knows its line numbers.
//
// Immutable once parsed, and so safe for reading by several threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace codeset::source {

// A file may have so many tags and attributes, since each takes up to 64 bytes in memory, and four
// in the file: published ones have up to a quarter of that.
inline constexpr std::ptrdiff_t kMaxXmlParts = 4'000'000;

// One XML file. Neither copied nor moved: the tree points into the text.
class XmlDocument {
 public:
  // Parses `bytes` as UTF-8, in place, so that the tree costs little more than the
  // text. SOURCE_MALFORMED names line and reason where it is not well-formed, not
  // UTF-8, has more than kMaxXmlParts, or declares entities or a document type: the only
  // entities are the five that XML has by itself.
  static absl::StatusOr<std::unique_ptr<XmlDocument>> Parse(std::string name, std::string bytes);

  XmlDocument(const XmlDocument&) = delete;
  XmlDocument& operator=(const XmlDocument&) = delete;

  pugi::xml_node root() const { return tree_.document_element(); }

  // The line on which an element begins, from 1.
  int LineOf(pugi::xml_node node) const;

  // SOURCE_MALFORMED at the line of `node`.
  absl::Status Malformed(pugi::xml_node node, absl::string_view why) const;

 private:
  XmlDocument(std::string name, std::string bytes);

  int LineAt(int64_t offset) const;
  absl::Status MalformedAt(int64_t offset, absl::string_view why) const;
  // What pugixml lets pass: other encodings, control characters, document types, unknown
  // entities, text after the end.
  absl::Status CheckText() const;
  absl::Status CheckReference(size_t offset) const;
  absl::Status Build();

  std::string name_;
  std::string bytes_;
  // Where each LF stood; parsing in place moves text about.
  std::vector<uint32_t> line_ends_;
  pugi::xml_document tree_;
};

}  // namespace codeset::source
