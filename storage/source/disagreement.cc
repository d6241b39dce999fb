#include "storage/source/disagreement.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/string_view.h"

namespace codeset::source {
namespace {

struct ClassEntry {
  DisagreementClass id;
  absl::string_view name;
  bool fatal;
  absl::string_view description;
};

constexpr std::array kClasses = {
    ClassEntry{DisagreementClass::kEmptyNote, "EMPTY_NOTE", false,
               "The tabular list has a note without text; it is left out."},
    ClassEntry{DisagreementClass::kSectionIndexDiffers, "SECTION_INDEX_DIFFERS", false,
               "A chapter's index of sections is not the list of its sections; the sections "
               "themselves are used. Wide sections are usually not in it."},
    ClassEntry{DisagreementClass::kSectionsOverlap, "SECTIONS_OVERLAP", false,
               "Two sections of a chapter share codes and neither includes the other; neither is "
               "nested in the other."},
    ClassEntry{DisagreementClass::kCategoryOutsideSection, "CATEGORY_OUTSIDE_SECTION", false,
               "A category stands in a section whose range, compared as text, does not include it; "
               "it stays where it stands."},
    ClassEntry{DisagreementClass::kParentDiffers, "PARENT_DIFFERS", false,
               "The tabular list nests a code elsewhere than below its longest prefix; the prefix "
               "decides."},
    ClassEntry{DisagreementClass::kTitleDiffers, "TITLE_DIFFERS", false,
               "The tabular list words a title otherwise than the order file; both are kept."},
    ClassEntry{DisagreementClass::kS06ProseRule, "S06_PROSE_RULE", false,
               "S06 excludes 7th characters D and S after a 6th character 7 or 8 in a note for "
               "people; the order file, which follows it, decides."},
    ClassEntry{DisagreementClass::kKnownHeadersMissing, "KNOWN_HEADERS_MISSING", false,
               "The order file of this release is known to leave out headers that the tabular list "
               "has."},
    ClassEntry{DisagreementClass::kKnownCodesDiffer, "KNOWN_CODES_DIFFER", false,
               "Order file and tabular list of this release are known to differ about these "
               "codes; the order file decides."},
    ClassEntry{DisagreementClass::kCodeNotInOrder, "CODE_NOT_IN_ORDER", true,
               "The tabular list gives codes that the order file does not have; they are probably "
               "of different editions."},
    ClassEntry{DisagreementClass::kCodeNotGenerated, "CODE_NOT_GENERATED", true,
               "The order file has codes that the tabular list does not give; they are probably of "
               "different editions."},
    ClassEntry{DisagreementClass::kFlagDiffers, "FLAG_DIFFERS", true,
               "Order file and tabular list differ about whether a code is billable; they are "
               "probably of different editions."},
    ClassEntry{DisagreementClass::kKnownCategoryMissing, "KNOWN_CATEGORY_MISSING", false,
               "The order file of this release is known to leave out rows of categories."},
    ClassEntry{DisagreementClass::kCategoryMissing, "CATEGORY_MISSING", true,
               "The order file has codes of a category that has no row of its own."},
    ClassEntry{DisagreementClass::kAddendaCountsDiffer, "ADDENDA_COUNTS_DIFFER", true,
               "The counts that the addenda give for the new edition are not the order file's; "
               "they are probably of different editions."},
    ClassEntry{DisagreementClass::kAddendaNotReproduced, "ADDENDA_NOT_REPRODUCED", true,
               "A loaded release has the counts of the addenda's base, but the changes from it are "
               "not those of the addenda."},
    ClassEntry{DisagreementClass::kPoaCodeNotBillable, "POA_CODE_NOT_BILLABLE", true,
               "The list of POA-exempt codes names codes that are not billable by the order file; "
               "they are probably of different editions."},
    ClassEntry{DisagreementClass::kPoaOrderDiffers, "POA_ORDER_DIFFERS", true,
               "The order numbers on the list of POA-exempt codes are not those of the order file; "
               "they are probably of different editions."},
    ClassEntry{DisagreementClass::kPoaCountDiffers, "POA_COUNT_DIFFERS", true,
               "The list of POA-exempt codes has another number of codes than its read-me says; "
               "it is cut off, or the read-me is of another edition."},
    ClassEntry{DisagreementClass::kPoaListMuchShorter, "POA_LIST_MUCH_SHORTER", true,
               "The list of POA-exempt codes names fewer than a tenth of the billable codes; it is "
               "probably a list of additions, with the same heading as the list itself."},
    ClassEntry{DisagreementClass::kConversionOfOtherEdition, "CONVERSION_OF_OTHER_EDITION", true,
               "The newest row of the conversion table is not of the day on which the release took "
               "effect; it is probably the table of another edition."},
    ClassEntry{DisagreementClass::kConversionCodeNotInOrder, "CONVERSION_CODE_NOT_IN_ORDER", false,
               "The conversion table has current codes that the order file lacks: codes that were "
               "deleted since, or never were; their rows are kept."},
    ClassEntry{DisagreementClass::kConversionPreviousNotRead, "CONVERSION_PREVIOUS_NOT_READ", false,
               "The conversion table has cells of previous codes that cannot be read; the rows are "
               "kept and lead nowhere."},
    ClassEntry{DisagreementClass::kConversionRowRepeated, "CONVERSION_ROW_REPEATED", false,
               "The conversion table has rows that say the same as another; all are kept."},
};

Disagreement Empty(DisagreementClass id) {
  Disagreement disagreement;
  for (const ClassEntry& entry : kClasses) {
    if (entry.id != id) continue;
    disagreement.class_name = std::string(entry.name);
    disagreement.description = std::string(entry.description);
    disagreement.fatal = entry.fatal;
  }
  return disagreement;
}

}  // namespace

bool IsDisagreementClass(absl::string_view name) {
  return std::any_of(kClasses.begin(), kClasses.end(),
                     [&](const ClassEntry& entry) { return entry.name == name; });
}

void DisagreementList::Add(DisagreementClass found, absl::string_view example) {
  auto place = std::lower_bound(found_.begin(), found_.end(), found,
                                [](const auto& entry, auto id) { return entry.first < id; });
  if (place == found_.end() || place->first != found) {
    place = found_.insert(place, {found, Empty(found)});
  }
  Disagreement& disagreement = place->second;
  ++disagreement.count;
  if (disagreement.examples.size() < kMaxExamples) disagreement.examples.emplace_back(example);
}

std::vector<Disagreement> DisagreementList::Take() {
  std::vector<Disagreement> taken;
  for (auto& [id, disagreement] : found_) taken.push_back(std::move(disagreement));
  found_.clear();
  return taken;
}

}  // namespace codeset::source
