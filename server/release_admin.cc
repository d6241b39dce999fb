#include "server/release_admin.h"

#include <string>

#include "server/error.h"
#include "server/loader.h"
#include "storage/model/release_id.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

absl::StatusOr<std::string> ReadId(const std::string& text) {
  absl::StatusOr<model::ReleaseId> id = model::ReleaseId::Parse(text);
  if (!id.ok()) return AtField(id.status(), "release_id");
  return id->ToString();
}

}  // namespace

absl::StatusOr<v1::VerifyReleaseResponse> VerifyRelease(store::Store& store,
                                                        const v1::VerifyReleaseRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ReadId(request.release_id()));
  return VerifyRelease(store, absl::string_view(id));
}

absl::StatusOr<v1::DeleteReleaseResponse> DeleteRelease(store::Store& store,
                                                        const v1::DeleteReleaseRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ReadId(request.release_id()));
  v1::DeleteReleaseResponse response;
  ASSIGN_OR_RETURN(const int swept, store.Delete(id));
  response.set_pages_swept(swept);
  return response;
}

}  // namespace codeset::server
