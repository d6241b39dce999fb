#include "storage/source/reconcile.h"

#include <array>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"
#include "storage/source/generated_codes.h"

namespace codeset::source {
namespace {

using model::DottedCode;
using model::OrderRow;
using Class = DisagreementClass;

// A class of which some findings are known to be the publisher's, in one edition of one
// fiscal year; they get a class of their own that is not fatal.
struct KnownDeviation {
  int fiscal_year;
  // Of the codes, without dot.
  absl::string_view prefix;
  Class found;
  Class known;
  // Whether it is known of headers alone.
  bool headers_only;
};

// 2013 is the one published order file that leaves out headers, those of categories
// among them, and was made before the 7th characters of R40.2 were settled.
constexpr std::array kKnownDeviations = {
    KnownDeviation{2013, "", Class::kCodeNotInOrder, Class::kKnownHeadersMissing, true},
    KnownDeviation{2013, "R402", Class::kCodeNotInOrder, Class::kKnownCodesDiffer, false},
    KnownDeviation{2013, "R402", Class::kCodeNotGenerated, Class::kKnownCodesDiffer, false},
    KnownDeviation{2013, "R402", Class::kFlagDiffers, Class::kKnownCodesDiffer, false},
    KnownDeviation{2013, "", Class::kCategoryMissing, Class::kKnownCategoryMissing, true},
};

// S06: 7th characters D and S do not apply where the 6th is 7 or 8. The XML says so in
// a note for people.
bool IsRuledOutByS06(absl::string_view code) {
  return absl::StartsWith(code, "S06") && code.size() == model::kMaxCodeLength &&
         (code[5] == '7' || code[5] == '8') && (code[6] == 'D' || code[6] == 'S');
}

// Compares one release's files.
class Reconciler {
 public:
  Reconciler(const model::ReleaseId& id, const model::OrderFacts& order) : id_(id), order_(order) {
    for (const OrderRow& row : order.rows) rows_.emplace(row.code, &row);
  }

  void CheckCategories() {
    absl::string_view last;
    for (const OrderRow& row : order_.rows) {
      const absl::string_view category = model::CategoryOf(row.code);
      if (category == last) continue;
      last = category;
      if (!rows_.contains(category)) Report(Class::kCategoryMissing, category, false, "");
    }
  }

  void CheckTabular(const model::Tabular& tabular) {
    CheckCodes(tabular);
    absl::flat_hash_set<absl::string_view> diags;
    ForEachDiag(tabular, [&](const model::Diag& diag) { diags.insert(diag.code); });
    ForEachDiag(tabular, [&](const model::Diag& diag) {
      CheckParent(diag, diags);
      CheckTitle(diag);
    });
  }

  void Report(Class found, absl::string_view code, bool billable, absl::string_view detail) {
    for (const KnownDeviation& known : kKnownDeviations) {
      if (known.found == found && id_.year() == known.fiscal_year && id_.month() == 0 &&
          absl::StartsWith(code, known.prefix) && !(known.headers_only && billable)) {
        found = known.known;
        break;
      }
    }
    list_.Add(found, absl::StrCat(DottedCode(code), detail));
  }

  DisagreementList& list() { return list_; }

 private:
  template <typename Use>
  static void ForEachDiag(const model::Tabular& tabular, Use use) {
    for (const model::TabularChapter& chapter : tabular.chapters) {
      for (const model::TabularSection& section : chapter.sections) {
        for (const model::TabularCategory& category : section.categories) {
          for (const model::Diag& diag : category.diags) use(diag);
        }
      }
    }
  }

  void CheckCodes(const model::Tabular& tabular) {
    const std::vector<GeneratedCode> generated = GenerateCodes(tabular);
    absl::flat_hash_set<absl::string_view> codes;
    codes.reserve(generated.size());
    for (const GeneratedCode& given : generated) {
      codes.insert(given.code);
      const auto row = rows_.find(given.code);
      if (row == rows_.end()) {
        Report(IsRuledOutByS06(given.code) ? Class::kS06ProseRule : Class::kCodeNotInOrder,
               given.code, given.billable, given.billable ? ", billable" : ", header");
      } else if (row->second->billable != given.billable) {
        Report(Class::kFlagDiffers, given.code, given.billable,
               given.billable ? " is a header in the order file, billable by the tabular list"
                              : " is billable in the order file, a header by the tabular list");
      }
    }
    for (const OrderRow& row : order_.rows) {
      if (codes.contains(row.code)) continue;
      Report(Class::kCodeNotGenerated, row.code, row.billable,
             row.billable ? ", billable" : ", header");
    }
  }

  // The prefix is looked for among the diags too: 2013's order file lacks headers.
  void CheckParent(const model::Diag& diag, const absl::flat_hash_set<absl::string_view>& diags) {
    absl::string_view prefix = diag.code;
    do {
      prefix.remove_suffix(1);
    } while (prefix.size() >= model::kCategoryLength && !rows_.contains(prefix) &&
             !diags.contains(prefix));
    if (prefix.size() < model::kCategoryLength || prefix == diag.xml_parent) return;
    list_.Add(Class::kParentDiffers,
              absl::StrCat(DottedCode(diag.code), " stands below ", DottedCode(diag.xml_parent),
                           ", its prefix is ", DottedCode(prefix)));
  }

  void CheckTitle(const model::Diag& diag) {
    const auto row = rows_.find(diag.code);
    if (row == rows_.end() || row->second->long_title == diag.title) return;
    list_.Add(Class::kTitleDiffers,
              absl::StrCat(DottedCode(diag.code), ": \"", row->second->long_title,
                           "\" in the order file, \"", diag.title, "\" in the tabular list"));
  }

  const model::ReleaseId& id_;
  const model::OrderFacts& order_;
  absl::flat_hash_map<absl::string_view, const OrderRow*> rows_;
  DisagreementList list_;
};

// How much a check tells: see Reconcile.
int Weight(AddendaOutcome outcome) {
  switch (outcome) {
    case AddendaOutcome::kNoAddenda:
      return 0;
    case AddendaOutcome::kBaseNotLoaded:
      return 1;
    case AddendaOutcome::kReproduced:
      return 2;
    case AddendaOutcome::kDiffers:
      return 3;
  }
  return 0;
}

}  // namespace

absl::StatusOr<Reconciliation> Reconcile(const model::ReleaseId& id, const model::OrderFacts& order,
                                         const model::Tabular* tabular,
                                         const std::vector<NamedAddenda>& addenda,
                                         const std::vector<BaseCandidate>& candidates) {
  Reconciler reconciler(id, order);
  reconciler.CheckCategories();
  if (tabular != nullptr) reconciler.CheckTabular(*tabular);
  Reconciliation reconciliation;
  for (const NamedAddenda& named : addenda) {
    ASSIGN_OR_RETURN(AddendaCheck check, CheckAddenda(order, named.addenda, candidates));
    if (check.outcome == AddendaOutcome::kDiffers) {
      reconciler.list().Add(
          check.counts_differ ? Class::kAddendaCountsDiffer : Class::kAddendaNotReproduced,
          absl::StrCat(named.file, ": ", check.difference));
    }
    if (Weight(check.outcome) > Weight(reconciliation.addenda.outcome)) {
      reconciliation.addenda = std::move(check);
    }
  }
  reconciliation.disagreements = reconciler.list().Take();
  return reconciliation;
}

}  // namespace codeset::source
