#include "server/selector.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/error.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::server {
namespace {

using model::Date;
using model::Edition;
using model::FormatDate;
using model::MakeError;
using model::Reason;
using model::ReleaseId;
using store::Catalog;

// So that an error's text stays short.
constexpr size_t kMaxNamedLabels = 20;

// What to say of an id that is not loaded.
absl::Status IdNotFound(const ReleaseId& id, const ReleaseView& view) {
  const std::string name = id.ToString();
  std::string why = "is not loaded";
  if (view.catalog().FindRetired(name) != nullptr) why = "was deleted";
  for (const Edition& edition : view.editions().editions()) {
    if (edition.id == id) {
      absl::StrAppend(&why, "; it is known to be in force from ", FormatDate(edition.effective),
                      ": load its files with `codesetctl release load ", name, " PATH...`");
    }
  }
  return NotFound(Reason::kReleaseNotFound, "release", name,
                  absl::StrCat("release ", name, " ", why, "; ", view.Describe()));
}

std::string DescribeLabels(const Catalog& catalog) {
  if (catalog.labels().empty()) return "no label is set";
  std::vector<std::string> names;
  for (const auto& [name, label] : catalog.labels()) {
    if (names.size() == kMaxNamedLabels) break;
    names.push_back(name);
  }
  const size_t more = catalog.labels().size() - names.size();
  return absl::StrCat("the labels are ", absl::StrJoin(names, ", "),
                      more > 0 ? absl::StrCat(" and ", more, " more") : "");
}

absl::StatusOr<Resolution> ResolveLabel(const std::string& name, const ReleaseView& view) {
  const store::LabelEntry* label = view.catalog().FindLabel(name);
  if (label == nullptr) {
    return NotFound(Reason::kReleaseNotFound, "release", name,
                    absl::StrCat("there is no label ", model::Quoted(name), "; ",
                                 DescribeLabels(view.catalog()), "; ", view.Describe()));
  }
  Resolution result;
  result.release = view.catalog().Follow(*label, view.today());
  if (result.release == nullptr) {
    return NotFound(Reason::kReleaseNotFound, "release", name,
                    absl::StrCat("release ", label->release_id(), ", which label ", name,
                                 " names, is not loaded; ", view.Describe()));
  }
  result.coverage.set_kind(v1::COVERAGE_KIND_EXACT);
  return result;
}

absl::StatusOr<Resolution> ResolveNext(const ReleaseView& view) {
  Resolution result;
  result.release = view.FirstAfter(view.today());
  if (result.release == nullptr) {
    return NotFound(
        Reason::kReleaseNotFound, "release", kNext,
        absl::StrCat("no release that comes into force after ", FormatDate(view.today()),
                     " is loaded and not held back; ", view.Describe()));
  }
  result.coverage.set_kind(v1::COVERAGE_KIND_EXACT);
  return result;
}

}  // namespace

absl::StatusOr<Resolution> Resolve(const v1::ReleaseSelector& selector, const Catalog& catalog,
                                   const model::EditionRegister& editions, Date today) {
  RETURN_IF_ERROR(CheckSelector(selector));
  const ReleaseView view(catalog, editions, today);
  if (selector.has_date()) {
    ASSIGN_OR_RETURN(const Date date, model::ParseDate(selector.date()));
    return ResolveDate(date, selector.allow_stale(), view);
  }
  const std::string& name = selector.release();
  if (name.empty() || name == kCurrent) return ResolveCurrent(view);
  if (name == kNext) return ResolveNext(view);
  if (!ReleaseId::LooksLikeId(name)) return ResolveLabel(name, view);
  ASSIGN_OR_RETURN(const ReleaseId id, ReleaseId::Parse(name));
  Resolution result;
  result.release = catalog.Find(id.ToString());
  if (result.release == nullptr) return IdNotFound(id, view);
  result.coverage.set_kind(v1::COVERAGE_KIND_EXACT);
  return result;
}

}  // namespace codeset::server
