// Unary calls of the public and the admin service as one function each, for tests over a
// channel.
//
//   Calls calls(fixture.server());
//   v1::SetLabelResponse response;
//   EXPECT_EQ(calls.SetLabel("prod", "2026", &response), "");
//
// Not thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "server/server.h"
#include "tests/server/fixture.h"

namespace codeset::server {

// See above.
class Calls {
 public:
  explicit Calls(Server& server)
      : admin_(v1::Admin::NewStub(server.InProcessAdminChannel())),
        releases_(v1::Releases::NewStub(server.InProcessChannel())),
        terminology_(v1::Terminology::NewStub(server.InProcessChannel())) {}

  v1::Admin::Stub& admin() { return *admin_; }
  v1::Releases::Stub& releases() { return *releases_; }
  v1::Terminology::Stub& terminology() { return *terminology_; }

  // Makes one call; the response may be left as it was.
  template <typename Stub, typename Request, typename Response>
  static grpc::Status Do(Stub& stub,
                         grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
                         const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    return (stub.*method)(&context, request, response);
  }

  grpc::Status SetLabel(const std::string& label, const std::string& release, bool exact = false,
                        v1::SetLabelResponse* response = nullptr) {
    v1::SetLabelRequest request;
    request.set_label(label);
    request.set_release_id(release);
    request.set_exact(exact);
    request.set_by("ann");
    v1::SetLabelResponse ignored;
    return Do(*admin_, &v1::Admin::Stub::SetLabel, request,
              response == nullptr ? &ignored : response);
  }

  grpc::Status SetActivation(const std::string& release, const std::string& day,
                             v1::SetActivationResponse* response = nullptr) {
    v1::SetActivationRequest request;
    request.set_release_id(release);
    request.set_activate_on(day);
    request.set_by("ann");
    v1::SetActivationResponse ignored;
    return Do(*admin_, &v1::Admin::Stub::SetActivation, request,
              response == nullptr ? &ignored : response);
  }

  grpc::Status Delete(const std::string& release) {
    v1::DeleteReleaseRequest request;
    request.set_release_id(release);
    v1::DeleteReleaseResponse response;
    return Do(*admin_, &v1::Admin::Stub::DeleteRelease, request, &response);
  }

  // The release that a selector names, and the coverage; or the error.
  grpc::Status Resolve(const v1::ReleaseSelector& selector, v1::ResolvedRelease* resolved) {
    v1::ResolveReleaseRequest request;
    *request.mutable_release() = selector;
    v1::ResolveReleaseResponse response;
    grpc::Status status = Do(*releases_, &v1::Releases::Stub::ResolveRelease, request, &response);
    *resolved = response.release();
    return status;
  }

  // The same as its id, or as the error's reason.
  std::string IdOf(const v1::ReleaseSelector& selector) {
    v1::ResolvedRelease resolved;
    const grpc::Status status = Resolve(selector, &resolved);
    return status.ok() ? resolved.release_id() : ReasonIn(status);
  }

  v1::ListReleasesResponse ListReleases() {
    v1::ListReleasesResponse response;
    const grpc::Status status =
        Do(*releases_, &v1::Releases::Stub::ListReleases, v1::ListReleasesRequest(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

 private:
  std::unique_ptr<v1::Admin::Stub> admin_;
  std::unique_ptr<v1::Releases::Stub> releases_;
  std::unique_ptr<v1::Terminology::Stub> terminology_;
};

}  // namespace codeset::server
