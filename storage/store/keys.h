// Every key of the database (storage/FORMAT.md §2). No other file makes or reads keys.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"

namespace codeset::store {

// The column families.
enum class Family {
  // The format's number and the mark of an unfinished load.
  kDefault,
  // Release id → CatalogEntry.
  kCatalog,
  // (group, node, release) → page digest.
  kIndex,
  // Page digest → page, one family a facet group.
  kOrderPages,
  kTabularPages,
  kPoaPages,
  kConversionPages,
  // (release, number) → the publisher's addenda.
  kAddenda,
  // (file digest, chunk) → bytes of a kept source file.
  kSources,
  // Label → LabelEntry.
  kLabels,
  // Number of the event → codeset.v1.ReleaseEvent.
  kJournal,
};
inline constexpr int kFamilyCount = 11;

// The family's name in RocksDB.
absl::string_view FamilyName(Family family);

// The family that holds the pages of a group.
Family PageFamily(model::FacetGroup group);

// The number of the format that this version reads and writes, under FormatKey.
inline constexpr absl::string_view kFormat = "1";
absl::string_view FormatKey();

// There while pages may have been written that no catalog entry names.
absl::string_view UnfinishedKey();

// Under Family::kDefault: the journal's identity, and the CalendarState.
absl::string_view JournalIdKey();
absl::string_view CalendarKey();

// Key of an event by its number, from 1; and back (0 for a malformed key).
std::string JournalKey(uint64_t number);
uint64_t ParseJournalKey(absl::string_view key);

// Index key: versions of one node stand side by side, release after release.
std::string IndexKey(model::FacetGroup group, absl::string_view node, absl::string_view release);

// The parts of an index key; false if it is malformed.
struct IndexKeyParts {
  model::FacetGroup group = model::FacetGroup::kOrder;
  absl::string_view node;
  absl::string_view release;
};
bool ParseIndexKey(absl::string_view key, IndexKeyParts& parts);

// Key of the n-th addenda file of a release, and what all of a release begin with.
std::string AddendaKey(absl::string_view release, uint32_t number);
std::string AddendaPrefix(absl::string_view release);

// Key of a chunk of a kept file.
std::string SourceKey(const model::Digest& file, uint32_t chunk);

// Files are kept in chunks of this size.
inline constexpr size_t kSourceChunk = 1 << 20;

}  // namespace codeset::store
