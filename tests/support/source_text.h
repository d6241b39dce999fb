// Published files typed by hand, line by line, and zips of them.
//
// Thread-safe: free functions.
#pragma once

#include <gtest/gtest.h>
#include <zip.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace codeset::testing {

// A line of an order file with CRLF; `title` is both titles.
inline std::string OrderLine(int number, absl::string_view code, bool billable,
                             absl::string_view title) {
  return absl::StrFormat("%05d %-7s %d %-60s %s\r\n", number, code, billable ? 1 : 0, title, title);
}

// A tabular list of one chapter and section around `diags`; the first diag is on line 10.
inline std::string TabularXml(absl::string_view diags) {
  return absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<ICD10CM.tabular>\n"
      "<version>2030</version>\n"
      "<chapter>\n"
      "<name>1</name>\n"
      "<desc>Infections (A00-B99)</desc>\n"
      "<sectionIndex><sectionRef first=\"A00\" last=\"A09\" id=\"A00-A09\">Gut</sectionRef>"
      "</sectionIndex>\n"
      "<section id=\"A00-A09\">\n"
      "<desc>Intestinal infectious diseases (A00-A09)</desc>\n",
      diags, "</section>\n</chapter>\n</ICD10CM.tabular>\n");
}

// A diag without anything but its name and title, and what `inner` adds.
inline std::string DiagXml(absl::string_view name, absl::string_view title,
                           absl::string_view inner = "") {
  return absl::StrCat("<diag>\n<name>", name, "</name>\n<desc>", title, "</desc>\n", inner,
                      "</diag>\n");
}

// The bytes of a zip of `files`, pairs of name and bytes; a name that ends in a slash is a
// folder.
inline std::string ZipOf(const std::vector<std::pair<std::string, std::string>>& files) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  for (const auto& [name, bytes] : files) {
    if (!name.empty() && name.back() == '/') {
      EXPECT_GE(zip_dir_add(zip, name.c_str(), ZIP_FL_ENC_UTF_8), 0);
      continue;
    }
    zip_source_t* source = zip_source_buffer(zip, bytes.data(), bytes.size(), 0);
    EXPECT_GE(zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8), 0);
  }
  EXPECT_EQ(zip_close(zip), 0);
  std::string bytes;
  EXPECT_EQ(zip_source_open(target), 0);
  EXPECT_EQ(zip_source_seek(target, 0, SEEK_END), 0);
  bytes.resize(static_cast<size_t>(zip_source_tell(target)));
  EXPECT_EQ(zip_source_seek(target, 0, SEEK_SET), 0);
  EXPECT_EQ(zip_source_read(target, bytes.data(), bytes.size()),
            static_cast<zip_int64_t>(bytes.size()));
  zip_source_close(target);
  zip_source_free(target);
  zip_error_fini(&error);
  return bytes;
}

}  // namespace codeset::testing
