// From published files to what they say: opens archives, recognises each file by its
// content, reads what is needed and lists what is not.
//
//   ASSIGN_OR_RETURN(std::vector<InputFile> inputs, ReadInputFiles({"releases/2026"}));
//   ASSIGN_OR_RETURN(SourceFiles files, ReadSources(std::move(inputs)));
//   ASSIGN_OR_RETURN(Reconciliation found, Reconcile(id, *files.order, …));
//
// Neighbours: input.h reads from disk, reconcile.h compares what was read.
//
// Thread-safe: values and free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/model/release.h"
#include "storage/source/disagreement.h"
#include "storage/source/input.h"
#include "storage/source/order_addenda.h"

namespace codeset::source {

// A file that was read.
struct ReadFile {
  // With that of the archive that it came in: `a.zip/b.txt`.
  std::string name;
  // `order file`, `order addenda`, `tabular list XML`.
  std::string role;
  // In bytes, unpacked.
  int64_t size = 0;
  // Of its bytes, unpacked: 64 lower-case hexadecimal digits.
  std::string sha256;
};

// A file that was not needed.
struct IgnoredFile {
  std::string name;
  std::string why;
};

// What the files of one load hold.
struct SourceFiles {
  // At least one of `order` and `tabular` is there.
  std::optional<model::OrderFacts> order;
  std::string order_file;
  // Sections are linked.
  std::optional<model::Tabular> tabular;
  std::string tabular_file;
  // The XML's `<version>`, which is no release id.
  std::string tabular_version;
  // In the order of the files; usually one.
  std::vector<NamedAddenda> addenda;
  std::vector<ReadFile> read;
  std::vector<IgnoredFile> ignored;
  // What the tabular list's reader found; Reconcile's come in addition.
  std::vector<Disagreement> findings;
};

// Reads the files of one release; see the readers for what each refuses.
// * SOURCE_UNREADABLE: an archive is damaged or too large.
// * SOURCE_MALFORMED: a file that was recognised breaks its format, or there are two
//   different order files or tabular lists. The same file twice is read once.
// * SOURCE_NOT_RECOGNISED: neither an order file nor a tabular list is among them;
//   says what each file was taken for.
absl::StatusOr<SourceFiles> ReadSources(std::vector<InputFile> inputs);

}  // namespace codeset::source
