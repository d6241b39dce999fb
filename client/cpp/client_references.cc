// The calls of the client that are about pages and their verification.
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/answers.h"
#include "client/cpp/client.h"

namespace codeset::client {

absl::StatusOr<v1::GetReferenceResponse> Client::GetReference(
    const v1::GetReferenceRequest& request, const CallOverrides& overrides) const {
  v1::GetReferenceRequest asked = request;
  ASSIGN_OR_RETURN(*asked.mutable_release(), Selected(request.release()));
  return Asserted(asked.release(), connection_->GetReference(Unary(overrides), asked));
}

absl::StatusOr<v1::ListReferenceRevisionsResponse> Client::ListReferenceRevisions(
    absl::string_view code, const CallOverrides& overrides) const {
  v1::ListReferenceRevisionsRequest request;
  request.set_code(std::string(code));
  return connection_->ListReferenceRevisions(Unary(overrides), request);
}

ReferenceRange Client::StreamReferences(v1::StreamReferencesRequest request,
                                        const CallOverrides& overrides) const {
  return OverStream<ReferenceRange>(
      [client = *this, overrides, request = std::move(request)] {
        return client.connection_->StreamReferences(
            DeadlineAfter(client.options_.stream_timeout, overrides), request);
      },
      [](const v1::StreamReferencesResponse& message) {
        return message.references_size() == message.revisions_size()
                   ? absl::OkStatus()
                   : absl::InternalError("the server gives pages without their revisions");
      },
      [](v1::StreamReferencesResponse& message, bool first) {
        ReferenceRange::Batch batch;
        if (first) batch.header.emplace();
        // A later message that lacks some has them empty, rather than another page's.
        for (int i = 0; i < message.references_size(); ++i) {
          StoredReference& stored = batch.items.emplace_back();
          stored.reference = std::move(*message.mutable_references(i));
          if (i < message.revisions_size()) {
            stored.revision = std::move(*message.mutable_revisions(i));
          }
        }
        return batch;
      });
}

VerificationRange Client::ListVerifications(absl::string_view code,
                                            const CallOverrides& overrides) const {
  v1::ListVerificationsRequest request;
  request.set_code(std::string(code));
  return OverPagesOf<VerificationRange>(
      std::move(request),
      [client = *this, overrides](const v1::ListVerificationsRequest& page) {
        return client.connection_->ListVerifications(client.Unary(overrides), page);
      },
      [](v1::ListVerificationsResponse& page, bool first) {
        VerificationRange::Batch batch;
        if (first) batch.header.emplace();
        batch.items = Take(page.mutable_verifications());
        return batch;
      });
}

QueueRange Client::ListVerificationQueue(const v1::ListVerificationQueueRequest& request,
                                         const CallOverrides& overrides) const {
  v1::ListVerificationQueueRequest asked = request;
  absl::StatusOr<v1::ReleaseSelector> selected = Selected(request.release());
  if (!selected.ok()) return Failed<QueueRange>(selected.status());
  *asked.mutable_release() = *std::move(selected);
  return OverPagesOf<QueueRange>(
      std::move(asked),
      [client = *this, overrides](const v1::ListVerificationQueueRequest& page) {
        return Asserted(page.release(),
                        client.connection_->ListVerificationQueue(client.Unary(overrides), page));
      },
      [](v1::ListVerificationQueueResponse& page, bool first) {
        QueueRange::Batch batch;
        if (first) {
          batch.header =
              QueueHeader{page.release(), page.total_groups(), page.pages(), page.as_of()};
        }
        batch.items = Take(page.mutable_groups());
        return batch;
      });
}

QueueCodeRange Client::ListQueueCodes(const v1::ListQueueCodesRequest& request,
                                      const CallOverrides& overrides) const {
  v1::ListQueueCodesRequest asked = request;
  absl::StatusOr<v1::ReleaseSelector> selected = Selected(request.release());
  if (!selected.ok()) return Failed<QueueCodeRange>(selected.status());
  *asked.mutable_release() = *std::move(selected);
  return OverPagesOf<QueueCodeRange>(
      std::move(asked),
      [client = *this, overrides](const v1::ListQueueCodesRequest& page) {
        return Asserted(page.release(),
                        client.connection_->ListQueueCodes(client.Unary(overrides), page));
      },
      [](v1::ListQueueCodesResponse& page, bool first) {
        QueueCodeRange::Batch batch;
        if (first) batch.header = QueueCodesHeader{page.release(), page.total_size()};
        batch.items = Take(page.mutable_codes());
        return batch;
      });
}

absl::StatusOr<v1::ListSourceEditionsResponse> Client::ListSourceEditions(
    const CallOverrides& overrides) const {
  return connection_->ListSourceEditions(Unary(overrides), v1::ListSourceEditionsRequest());
}

}  // namespace codeset::client
