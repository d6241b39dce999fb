// Published files in memory, as a load takes them.
//
// The server receives them over the wire; `codesetd load` reads them from disk here.
//
// Thread-safe: values and free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace codeset::source {

// One file: a zip, or what lies in one.
struct InputFile {
  // For people, and to tell files apart; what it is shows from its bytes alone.
  std::string name;
  std::string bytes;
};

// All files together may be this large, in bytes, zipped as they are: as much as the
// server takes in one load.
inline constexpr size_t kMaxInputBytes = size_t{256} << 20;

// Reads files from disk. A path is a file, named by its last part, or a folder, of which
// all regular files are read, those of folders within too, sorted and named relative
// to it. SOURCE_UNREADABLE names what is missing, unreadable or more than
// kMaxInputBytes.
absl::StatusOr<std::vector<InputFile>> ReadInputFiles(const std::vector<std::string>& paths);

}  // namespace codeset::source
