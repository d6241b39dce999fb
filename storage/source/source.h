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
#include "storage/model/conversion.h"
#include "storage/model/release.h"
#include "storage/source/disagreement.h"
#include "storage/source/input.h"
#include "storage/source/order_addenda.h"
#include "storage/source/poa_list.h"

namespace codeset::source {

// A file that was read.
struct ReadFile {
  // With that of the archive that it came in: `a.zip/b.txt`.
  std::string name;
  // `order file`, `order addenda`, `tabular list XML`, `list of POA-exempt codes`,
  // `conversion table`.
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
  // Without a base (see ReadSources), at least one of `order`, `tabular`, `poa` and
  // `conversion` is there.
  std::optional<model::OrderFacts> order;
  std::string order_file;
  // Sections are linked.
  std::optional<model::Tabular> tabular;
  std::string tabular_file;
  // The XML's `<version>`, which is no release id.
  std::string tabular_version;
  // The list of POA-exempt codes; lists of additions that came with it are ignored.
  std::optional<PoaListing> poa;
  std::string poa_file;
  // What read-me files say of it; empty without a list.
  std::vector<PoaCount> poa_counts;
  std::optional<model::ConversionTable> conversion;
  std::string conversion_file;
  // In the order of the files; usually one.
  std::vector<NamedAddenda> addenda;
  std::vector<ReadFile> read;
  std::vector<IgnoredFile> ignored;
  // What the tabular list's reader found; Reconcile's come in addition.
  std::vector<Disagreement> findings;
};

// What the files are to make a release of.
enum class Purpose {
  // What they say themselves.
  kWhole,
  // Order addenda laid over the order facts of another release.
  kOverlay,
};

// Reads the files of one release; see the readers for what each refuses. Order addenda must
// close with a trailer of counts unless they are laid over a base.
// * SOURCE_UNREADABLE: an archive is damaged or too large.
// * SOURCE_MALFORMED: a file that was recognised breaks its format, or there are two
//   different order files, tabular lists, lists of POA-exempt codes or conversion tables.
//   The same file twice is read once.
// * SOURCE_NOT_RECOGNISED: neither an order file nor a tabular list nor a list of POA-exempt
//   codes nor a conversion table is among them, or no order addenda for an overlay; says what each
//   file was taken for.
absl::StatusOr<SourceFiles> ReadSources(std::vector<InputFile> inputs,
                                        Purpose purpose = Purpose::kWhole);

}  // namespace codeset::source
