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
  // The format's number, the generation, the journal's identity, the state of the calendar, and the
  // marks of unfinished loads and imports.
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
  // Digest → content of a code's page (ledger.h).
  kReferences,
  // (code, revision) → RevisionRecord.
  kRevisions,
  // (code, number of the event) → VerificationRecord.
  kVerifications,
  // Id of a verification → the key under which it stands in kVerifications.
  kVerificationIds,
  // Code → how often it is used.
  kUsage,
};
inline constexpr int kFamilyCount = 16;

// The family's name in RocksDB.
absl::string_view FamilyName(Family family);

// The family that holds the pages of a group.
Family PageFamily(model::FacetGroup group);

// The number of the format that this version reads and writes, under FormatKey.
inline constexpr absl::string_view kFormat = "1";
absl::string_view FormatKey();

// There while pages may have been written that no catalog entry names.
absl::string_view UnfinishedKey();

// Under Family::kDefault: the number of the newest acknowledged write (generation.h).
absl::string_view GenerationKey();

// Under Family::kDefault, and never there: it is deleted where there must be something to flush.
absl::string_view NothingKey();

// Under Family::kDefault: the journal's identity, and the CalendarState.
absl::string_view JournalIdKey();
absl::string_view CalendarKey();

// Key of an event by its number, from 1; and back (0 for a malformed key).
std::string JournalKey(uint64_t number);
uint64_t ParseJournalKey(absl::string_view key);

// Under Family::kDefault: there while an import of pages may have laid content aside that no
// revision names; and the digests of the n-th batch of such content.
absl::string_view ImportKey();
std::string ImportBatchKey(uint32_t number);
// What the keys of all batches begin with.
absl::string_view ImportBatchPrefix();

// Key of a revision or a verification of an undotted code by its number, from 1; what the keys
// of all of a code begin with; and back: false if it is malformed.
std::string LedgerKey(absl::string_view code, uint32_t number);
std::string LedgerPrefix(absl::string_view code);
struct LedgerKeyParts {
  absl::string_view code;
  uint32_t number = 0;
};
bool ParseLedgerKey(absl::string_view key, LedgerKeyParts& parts);

// The value of a usage count, and back; false if it is malformed.
std::string UsageValue(int64_t count);
bool ParseUsageValue(absl::string_view value, int64_t& count);

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
