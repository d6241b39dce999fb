#include "server/load_options.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/request.h"
#include "storage/model/date.h"
#include "storage/model/release_id.h"
#include "storage/model/text.h"
#include "storage/source/disagreement.h"
#include "storage/store/catalog.h"

namespace codeset::server {
namespace {

constexpr int kMaxAllowed = 100;

}  // namespace

absl::Status CheckLoadOptions(const v1::LoadOptions& options) {
  RequestCheck check;
  const absl::StatusOr<model::ReleaseId> id = model::ReleaseId::Parse(options.release_id());
  if (!options.release_id().empty()) check.Fail("options.release_id", id.status());
  if (!options.effective_date().empty()) {
    const absl::StatusOr<model::Date> effective = model::ParseDate(options.effective_date());
    check.Fail("options.effective_date", effective.status());
    if (id.ok() && effective.ok()) {
      check.Fail("options.effective_date", model::CheckEffectiveDate(*id, *effective));
      if (id->correction() == 0 && *effective != id->DefaultEffectiveDate()) {
        check.Fail("options.effective_date",
                   absl::StrCat(id->ToString(), " is in force from ",
                                model::FormatDate(id->DefaultEffectiveDate()),
                                ", as its id says; only a correction (", id->ToString(),
                                ".1) may take effect later"));
      }
    }
  }
  for (int i = 0; i < std::min(options.allow_size(), kMaxAllowed); ++i) {
    if (!source::IsDisagreementClass(options.allow(i))) {
      check.Fail(absl::StrCat("options.allow[", i, "]"),
                 absl::StrCat(model::Quoted(options.allow(i)), " is no class of disagreement"));
    }
  }
  if (options.allow_size() > kMaxAllowed) check.Fail("options.allow", "it has too many items");
  if (!options.activate_on().empty() && absl::string_view(options.activate_on()) != store::kNever) {
    check.Fail("options.activate_on", model::ParseDate(options.activate_on()).status());
  }
  if (!options.base_release_id().empty()) {
    const absl::StatusOr<model::ReleaseId> base =
        model::ReleaseId::Parse(options.base_release_id());
    check.Fail("options.base_release_id", base.status());
    if (id.ok() && base.ok() && *id == *base) {
      check.Fail("options.base_release_id", "a release is not built from itself");
    }
  }
  return check.status();
}

absl::Status RequireReleaseId(const v1::LoadOptions& options) {
  RequestCheck check;
  check.Fail("options.release_id", model::ReleaseId::Parse(options.release_id()).status());
  return check.status();
}

}  // namespace codeset::server
