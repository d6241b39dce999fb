#include "server/label_admin.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/error.h"
#include "server/labels.h"
#include "server/releases.h"
#include "server/request.h"
#include "storage/model/label.h"
#include "storage/model/release_id.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::server {
namespace {

// A release id; returns it in its official spelling.
std::string CheckId(RequestCheck& check, absl::string_view field, const std::string& text) {
  const absl::StatusOr<model::ReleaseId> id = model::ReleaseId::Parse(text);
  check.Fail(field, id.status());
  return id.ok() ? id->ToString() : "";
}

void CheckBy(RequestCheck& check, const std::string& by) {
  if (by.size() > kMaxByLength) {
    check.Fail("by", absl::StrCat("at most ", kMaxByLength, " bytes are taken, not ", by.size()));
  } else if (model::CleanName(by) != by) {
    check.Fail("by", "it has control characters, or bytes that are no UTF-8");
  }
}

v1::Label Describe(const store::Store& store, const store::LabelEntry& label) {
  return ToLabel(*store.catalog(), label, store.Today());
}

}  // namespace

absl::StatusOr<v1::SetActivationResponse> SetActivation(store::Store& store,
                                                        const v1::SetActivationRequest& request) {
  RequestCheck check;
  const std::string id = CheckId(check, "release_id", request.release_id());
  const std::string& day = request.activate_on();
  if (!day.empty() && day != store::kNever) {
    check.Fail("activate_on", model::ParseDate(day).status());
  }
  CheckBy(check, request.by());
  RETURN_IF_ERROR(check.status());
  RETURN_IF_ERROR(store.SetActivation(id, day, request.by()));
  v1::SetActivationResponse response;
  ASSIGN_OR_RETURN(*response.mutable_release(), DescribeRelease(store, id));
  return response;
}

absl::StatusOr<v1::SetLabelResponse> SetLabel(store::Store& store,
                                              const v1::SetLabelRequest& request) {
  RequestCheck check;
  check.Fail("label", model::CheckLabel(request.label()));
  const std::string id = CheckId(check, "release_id", request.release_id());
  CheckBy(check, request.by());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const store::LabelEntry label,
                   store.SetLabel(request.label(), id, request.exact(), request.by()));
  v1::SetLabelResponse response;
  *response.mutable_label() = Describe(store, label);
  return response;
}

absl::StatusOr<v1::RollbackLabelResponse> RollbackLabel(store::Store& store,
                                                        const v1::RollbackLabelRequest& request) {
  RequestCheck check;
  check.Fail("label", model::CheckLabel(request.label()));
  std::string from;
  if (!request.from_release_id().empty()) {
    from = CheckId(check, "from_release_id", request.from_release_id());
  }
  CheckBy(check, request.by());
  RETURN_IF_ERROR(check.status());
  const absl::StatusOr<store::LabelEntry> rolled =
      store.RollbackLabel(request.label(), request.by(), from);
  if (!rolled.ok()) return AtField(rolled.status(), "from_release_id");
  const store::LabelEntry& label = *rolled;
  v1::RollbackLabelResponse response;
  *response.mutable_label() = Describe(store, label);
  return response;
}

absl::StatusOr<v1::RemoveLabelResponse> RemoveLabel(store::Store& store,
                                                    const v1::RemoveLabelRequest& request) {
  RequestCheck check;
  check.Fail("label", model::CheckLabel(request.label()));
  CheckBy(check, request.by());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const store::LabelEntry label, store.RemoveLabel(request.label(), request.by()));
  v1::RemoveLabelResponse response;
  *response.mutable_label() = Describe(store, label);
  return response;
}

}  // namespace codeset::server
