// Disagreements between or within the files of a release, by class.
//
// A class has a stable name that operators allow by (`--allow CODE_NOT_IN_ORDER`), and
// is fatal or not; the one table of them is in disagreement.cc.
//
// Thread-safe: values and free functions. A DisagreementList is not.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace codeset::source {

// What may be found.
enum class DisagreementClass {
  // Within the tabular list.
  kEmptyNote,
  kSectionIndexDiffers,
  kSectionsOverlap,
  kCategoryOutsideSection,
  kParentDiffers,
  // Between order file and tabular list.
  kTitleDiffers,
  kS06ProseRule,
  kKnownHeadersMissing,
  kKnownCodesDiffer,
  kCodeNotInOrder,
  kCodeNotGenerated,
  kFlagDiffers,
  // Within the order file.
  kKnownCategoryMissing,
  kCategoryMissing,
  // Between order file and addenda.
  kAddendaCountsDiffer,
  kAddendaNotReproduced,
  // Between order file and list of POA-exempt codes.
  kPoaCodeNotBillable,
  kPoaOrderDiffers,
  kPoaCountDiffers,
  kPoaListMuchShorter,
  // Within the conversion table, and between it and the order file.
  kConversionOfOtherEdition,
  kConversionCodeNotInOrder,
  kConversionPreviousNotRead,
  kConversionRowRepeated,
};

// What one class came to.
struct Disagreement {
  // `TITLE_DIFFERS`.
  std::string class_name;
  // What the class means, for people.
  std::string description;
  // Whether it refuses a load that does not allow the class.
  bool fatal = false;
  // Whether the operator allowed it; set by the load.
  bool allowed = false;
  // How often it was found.
  int count = 0;
  // The first of them, at most kMaxExamples.
  std::vector<std::string> examples;
};

inline constexpr size_t kMaxExamples = 5;

// True if a class of this name exists: what a load may be told to allow.
bool IsDisagreementClass(absl::string_view name);

// Gathers what is found.
class DisagreementList {
 public:
  // Counts one finding; `example` says where and what.
  void Add(DisagreementClass found, absl::string_view example);

  // One entry for each class found, in the order of the enumeration.
  std::vector<Disagreement> Take();

 private:
  std::vector<std::pair<DisagreementClass, Disagreement>> found_;
};

}  // namespace codeset::source
