// Serves ImportReferences (proto/codeset/v1/admin.proto): what one import is, without transport,
// and the reactor that runs it on a worker's thread.
//
//   ImportSession session(backend);
//   RETURN_IF_ERROR(session.Take(request));            // options, then pages, then the end
//   ASSIGN_OR_RETURN(v1::ImportReport report, session.Commit());
//
// Thread-safety: the reactor's function is thread-safe, a session is not.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "codeset/v1/admin.pb.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/server_callback.h"
#include "server/backend.h"
#include "server/reference_check.h"
#include "server/worker.h"
#include "storage/store/ledger.h"

namespace codeset::server {

inline constexpr int kMaxImportPages = 1'000'000;

// See above. Destroying it without Commit leaves nothing of it.
class ImportSession {
 public:
  // `backend` outlives the session.
  explicit ImportSession(const Backend& backend) : backend_(backend) {}

  // Takes the options, checks pages and lays them aside, or holds what the client says that it sent
  // against what came. Errors end the import.
  absl::Status Take(v1::ImportReferencesRequest& request);

  // How many pages were taken.
  int documents() const { return documents_; }

  // Publishes all pages. ARGUMENT_INVALID if there were no options, no pages or no end.
  absl::StatusOr<v1::ImportReport> Commit();

 private:
  absl::Status Begin(const v1::ImportOptions& options);
  absl::Status Add(v1::Reference& page);

  const Backend& backend_;
  OpenRelease open_;
  // From the options on.
  std::optional<ReferenceChecker> checker_;
  std::unique_ptr<store::ReferenceImport> import_;
  v1::ImportReport report_;
  int documents_ = 0;
  bool ended_ = false;
};

// The reactor of one call; it deletes itself when the call is done. Work is done on `worker`'s
// thread; both outlive the call.
grpc::ServerBidiReactor<v1::ImportReferencesRequest, v1::ImportReferencesResponse>*
ImportReferences(const Backend& backend, Worker& worker, grpc::CallbackServerContext* context);

}  // namespace codeset::server
