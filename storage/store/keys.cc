#include "storage/store/keys.h"

#include "absl/strings/str_cat.h"

namespace codeset::store {
namespace {

// Numbers in keys are big-endian, so that they sort as numbers.
template <typename Number>
std::string BigEndian(Number number) {
  std::string bytes(sizeof(Number), '\0');
  for (size_t i = sizeof(Number); i-- > 0;) {
    bytes[i] = static_cast<char>(number & 0xff);
    number >>= 8;
  }
  return bytes;
}

template <typename Number>
bool ParseBigEndian(absl::string_view bytes, Number& number) {
  if (bytes.size() != sizeof(Number)) return false;
  number = 0;
  for (const char byte : bytes) {
    number = static_cast<Number>(number << 8 | static_cast<unsigned char>(byte));
  }
  return true;
}

}  // namespace

absl::string_view FamilyName(Family family) {
  switch (family) {
    case Family::kDefault:
      return "default";
    case Family::kCatalog:
      return "catalog";
    case Family::kIndex:
      return "index";
    case Family::kOrderPages:
      return "pages.order";
    case Family::kTabularPages:
      return "pages.tabular";
    case Family::kPoaPages:
      return "pages.poa";
    case Family::kConversionPages:
      return "pages.conversion";
    case Family::kAddenda:
      return "addenda";
    case Family::kSources:
      return "sources";
    case Family::kLabels:
      return "labels";
    case Family::kJournal:
      return "journal";
    case Family::kReferences:
      return "references";
    case Family::kRevisions:
      return "revisions";
    case Family::kVerifications:
      return "verifications";
    case Family::kVerificationIds:
      return "verification.ids";
    case Family::kUsage:
      return "usage";
  }
  return "";
}

Family PageFamily(model::FacetGroup group) {
  switch (group) {
    case model::FacetGroup::kOrder:
      return Family::kOrderPages;
    case model::FacetGroup::kTabular:
      return Family::kTabularPages;
    case model::FacetGroup::kPoa:
      return Family::kPoaPages;
    case model::FacetGroup::kConversion:
      return Family::kConversionPages;
  }
  return Family::kOrderPages;
}

absl::string_view FormatKey() { return "format"; }

absl::string_view UnfinishedKey() { return "unfinished"; }

absl::string_view GenerationKey() { return "generation"; }

absl::string_view NothingKey() { return "nothing"; }

absl::string_view JournalIdKey() { return "journal"; }

absl::string_view CalendarKey() { return "calendar"; }

std::string JournalKey(uint64_t number) { return BigEndian(number); }

uint64_t ParseJournalKey(absl::string_view key) {
  uint64_t number = 0;
  return ParseBigEndian(key, number) ? number : 0;
}

absl::string_view ImportKey() { return "import"; }

absl::string_view ImportBatchPrefix() { return "import."; }

std::string ImportBatchKey(uint32_t number) {
  return absl::StrCat(ImportBatchPrefix(), BigEndian(number));
}

std::string LedgerKey(absl::string_view code, uint32_t number) {
  return absl::StrCat(LedgerPrefix(code), BigEndian(number));
}

std::string LedgerPrefix(absl::string_view code) {
  return absl::StrCat(code, std::string(1, '\0'));
}

bool ParseLedgerKey(absl::string_view key, LedgerKeyParts& parts) {
  const size_t end = key.find('\0');
  if (end == absl::string_view::npos) return false;
  parts.code = key.substr(0, end);
  return ParseBigEndian(key.substr(end + 1), parts.number);
}

std::string UsageValue(int64_t count) { return BigEndian(static_cast<uint64_t>(count)); }

bool ParseUsageValue(absl::string_view value, int64_t& count) {
  uint64_t number = 0;
  if (!ParseBigEndian(value, number)) return false;
  count = static_cast<int64_t>(number);
  return true;
}

std::string IndexKey(model::FacetGroup group, absl::string_view node, absl::string_view release) {
  return absl::StrCat(std::string(1, static_cast<char>(group)), node, std::string(1, '\0'),
                      release);
}

bool ParseIndexKey(absl::string_view key, IndexKeyParts& parts) {
  if (key.empty() || key[0] < 1 || key[0] > 4) return false;
  const size_t end = key.find('\0', 1);
  if (end == absl::string_view::npos) return false;
  parts.group = static_cast<model::FacetGroup>(key[0]);
  parts.node = key.substr(1, end - 1);
  parts.release = key.substr(end + 1);
  return true;
}

std::string AddendaKey(absl::string_view release, uint32_t number) {
  return absl::StrCat(AddendaPrefix(release), BigEndian(number));
}

std::string AddendaPrefix(absl::string_view release) {
  return absl::StrCat(release, std::string(1, '\0'));
}

std::string SourceKey(const model::Digest& file, uint32_t chunk) {
  return absl::StrCat(file.view(), BigEndian(chunk));
}

}  // namespace codeset::store
