// Opens zips in memory. Nothing is ever written to disk.
//
//   ArchiveReader reader;
//   ASSIGN_OR_RETURN(std::vector<ArchiveMember> members, reader.Read(name, bytes));
//
// Only members that recognise.h says are needed are unpacked whole; of the others the
// first bytes are, so that big documents beside an order file cost nothing.
//
// Not thread-safe: a reader counts what one load has unpacked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/source/recognise.h"

// libzip's.
struct zip_file;

namespace codeset::source {

// Limits of one archive: published ones have at most 9 members of at most 15 MB.
inline constexpr int64_t kMaxArchiveMembers = 1000;
// Of one member, unpacked, in bytes.
inline constexpr size_t kMaxMemberBytes = size_t{64} << 20;
// Of all members that one load unpacks together, in bytes.
inline constexpr size_t kMaxUnpackedBytes = size_t{256} << 20;

// A file in an archive.
struct ArchiveMember {
  // With that of its archive: `a.zip/b.txt`. A label, never a path.
  std::string name;
  FileKind kind = FileKind::kUnknown;
  // The whole file where its kind is needed, else its first bytes.
  std::string bytes;
};

// Reads the archives of one load.
class ArchiveReader {
 public:
  // All files of a zip, in its own order, folders left out. SOURCE_UNREADABLE names
  // archive and member where it is truncated, encrypted, damaged (CRC) or larger than
  // the limits above.
  absl::StatusOr<std::vector<ArchiveMember>> Read(absl::string_view name, absl::string_view bytes);

  // One member of a zip, by its name in it; nothing if it has none of that name. The same
  // limits and errors.
  absl::StatusOr<std::optional<std::string>> ReadPart(absl::string_view name,
                                                      absl::string_view bytes,
                                                      const std::string& part);

 private:
  // Appends what is left of an open member to `bytes`, within the limits.
  absl::Status ReadWhole(absl::string_view name, zip_file* file, std::string* bytes) const;

  size_t unpacked_ = 0;
};

}  // namespace codeset::source
