// The calls of the admin client that prove what is stored.
#include <memory>

#include "client/cpp/admin_client.h"
#include "client/cpp/client.h"
#include "storage/model/status_macros.h"

namespace codeset::client {

absl::StatusOr<v1::ScrubReport> AdminClient::ScrubReleases(int64_t bytes_per_second,
                                                           const ScrubCallback& progress,
                                                           const CallOverrides& overrides) const {
  v1::ScrubReleasesRequest request;
  request.set_bytes_per_second(bytes_per_second);
  const std::unique_ptr<MessageStream<v1::ScrubReleasesResponse>> stream =
      connection_->ScrubReleases(DeadlineAfter(options_.admin_timeout, overrides), request);
  while (true) {
    ASSIGN_OR_RETURN(std::optional<v1::ScrubReleasesResponse> response, stream->Next());
    if (!response.has_value()) return absl::InternalError("the server sent no report");
    if (response->has_report()) {
      // To the end of the call, so that it has ended well.
      ASSIGN_OR_RETURN(const std::optional<v1::ScrubReleasesResponse> end, stream->Next());
      return std::move(*response->mutable_report());
    }
    if (progress) progress(response->progress());
  }
}

absl::StatusOr<v1::GetScrubReportResponse> AdminClient::GetScrubReport(
    const CallOverrides& overrides) const {
  return connection_->GetScrubReport(DeadlineAfter(options_.admin_timeout, overrides), {});
}

}  // namespace codeset::client
