// Tells what a published file is from its first bytes. Names lie and are not looked at.
//
// Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace codeset::source {

// What a file may be.
enum class FileKind {
  kOrderFile,
  kOrderAddenda,
  kTabularXml,
  kCodesFile,
  kCodesAddenda,
  kEarlyAddenda,
  kPoaList,
  kPoaChanges,
  kPoaReadMe,
  // As comma-separated values.
  kConversionTable,
  // Perhaps a conversion table: only its first sheet tells.
  kSpreadsheet,
  kArchive,
  kOtherXml,
  kSchema,
  kPdf,
  kEmpty,
  kOtherText,
  kUnknown,
};

// As many first bytes as tell a file's kind.
inline constexpr size_t kRecogniseBytes = 4096;

// The kind of the file that begins with `start`; of longer text only the first
// kRecogniseBytes are looked at.
FileKind Recognise(absl::string_view start);

// What a kind is called in reports: `order file`.
absl::string_view FileKindName(FileKind kind);

// True if files of this kind are read: order file, order addenda, tabular XML, list of
// POA-exempt codes and its read-me, conversion table, and spreadsheets, of which the reader
// then leaves aside those that are none.
bool IsNeeded(FileKind kind);

// Why a file of a kind that is not needed is ignored, for people. `start` as above;
// says for text that nearly looks like an order file where it stops being one.
std::string WhyIgnored(FileKind kind, absl::string_view start);

}  // namespace codeset::source
