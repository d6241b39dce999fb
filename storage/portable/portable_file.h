// The portable file: releases with their pages in one artefact (storage/FORMAT.md §4), the same
// that `codesetctl release export` writes, `release import` and `codesetd load` take, and a local
// code set keeps.
//
//   ASSIGN_OR_RETURN(PortableSet set, ReadPortableFile("2026.codeset"));
//   RETURN_IF_ERROR(WritePortableFile("copy.codeset", set));         // the same bytes
//
// Whatever is read is proved before it is returned: every page against its digest, every release
// against its fingerprint, the file against the digest at its end.
//
// Thread-safe: values and free functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/portable/limits.h"
#include "storage/portable/pages.h"
#include "storage/portable/portable_release.h"

namespace codeset::portable {

// What a file holds.
struct PortableSet {
  // Oldest first; no id twice, and each with what it had on loan where it came from.
  std::vector<PortableRelease> releases;
  // The pages of all of them, each once.
  Pages pages;
};

// Whether bytes are those of a portable file of whatever version, or the beginning of them.
bool IsPortable(absl::string_view bytes);

// Reads a file's bytes; `name` is what errors call it. SOURCE_NOT_RECOGNISED where it is no
// portable file; FORMAT_UNSUPPORTED names a version that is not known; LOAD_TOO_LARGE;
// DATA_DAMAGED says what is wrong and where: truncated, a page that does not match its digest, is
// missing, or is needed by no release. `cancelled`, if given, is asked now and then; CANCELLED.
absl::StatusOr<PortableSet> ReadPortable(absl::string_view bytes, absl::string_view name,
                                         const std::function<bool()>& cancelled = {});

// The same of a file. Also SOURCE_UNREADABLE, where it cannot be opened or read.
absl::StatusOr<PortableSet> ReadPortableFile(const std::string& path);

// The bytes of a file with the releases and the pages that they need; others are left out. Equal
// releases give equal bytes. ARGUMENT_INVALID without a release or with one twice, and where they
// are more than a file takes (limits.h), so that what is written can be read; DATA_DAMAGED where a
// page is missing.
absl::StatusOr<std::string> FormatPortable(const PortableSet& set,
                                           const PortableLimits& limits = {});

// Writes them, in the place of a file that is there: into a file beside it, which is synced and
// then renamed, so that whoever reads has the one or the other whole. STORAGE_FAILED says what
// could not be done; the old file is then as it was.
absl::Status WritePortableFile(const std::string& path, const PortableSet& set);

}  // namespace codeset::portable
