// Questions about releases and labels, what must be refused, and calls that end early.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/cpp/error.h"
#include "tests/soak/compare.h"
#include "tests/soak/reader.h"

namespace codeset::soak {
namespace {

v1::ErrorReason Answers(const ReleaseFacts&) { return v1::ERROR_REASON_UNSPECIFIED; }

}  // namespace

void Reader::AskResolution() {
  const std::string kind = "ResolveRelease" + manner_;
  const v1::ReleaseSelector selector = AnySelector();
  const auto answer = Timed(kind, [&] { return client_.ResolveRelease(selector, overrides_); });
  if (Judge(kind, selector, answer.status(), answer.ok() ? &answer->release() : nullptr,
            "the release", Answers) != nullptr) {
    Report(kind, "");
  }
}

void Reader::AskReleases() {
  const std::string kind = "ListReleases" + manner_;
  const auto answer = Timed(kind, [&] { return client_.ListReleases(overrides_); });
  if (!answer.ok()) return JudgeError(kind, {}, answer.status(), "all releases", Answers);
  std::set<std::string> told;
  for (const v1::Release& release : answer->releases()) {
    told.insert(release.id());
    const auto facts = soak_->oracle.releases.find(release.id());
    if (facts == soak_->oracle.releases.end() ||
        facts->second.fingerprint != release.fingerprint()) {
      return Report(kind, absl::StrCat(release.id(), " has fingerprint ", release.fingerprint()));
    }
  }
  const bool possible = std::any_of(worlds_.begin(), worlds_.end(),
                                    [&](const World& world) { return world.loaded == told; });
  Report(kind, possible ? "" : absl::StrCat(told.size(), " releases, which they never were"));
}

void Reader::AskRelease() {
  const std::string kind = "GetRelease" + manner_;
  const v1::ReleaseSelector selector = AnySelector();
  const auto answer = Timed(kind, [&] { return client_.GetRelease(selector, overrides_); });
  const ReleaseFacts* release =
      Judge(kind, selector, answer.status(), answer.ok() ? &answer->resolved() : nullptr,
            "the release", Answers);
  if (release == nullptr) return;
  const v1::ReleaseCounts& counts = answer->release().counts();
  const std::map<std::string, int> told = {
      {"order_rows", counts.order_rows()}, {"billable", counts.billable()},
      {"categories", counts.categories()}, {"chapters", counts.chapters()},
      {"sections", counts.sections()},     {"diags", counts.diags()},
      {"poa_exempt", counts.poa_exempt()}, {"conversion_rows", counts.conversion_rows()}};
  Report(kind, told == release->counts && answer->release().id() == release->id
                   ? ""
                   : absl::StrCat("counts of ", release->id, ": ", counts.ShortDebugString()));
}

void Reader::AskLabels() {
  const std::string kind = "ListLabels" + manner_;
  const auto answer = Timed(kind, [&] { return client_.ListLabels(overrides_); });
  if (!answer.ok()) return JudgeError(kind, {}, answer.status(), "labels", Answers);
  for (const v1::Label& label : answer->labels()) {
    if (label.name() != kLabel) continue;
    for (const World& world : worlds_) {
      if (world.label_target == label.release_id() && label.resolves_to() == label.release_id()) {
        return Report(kind, "");
      }
    }
    return Report(kind, absl::StrCat("the label names ", label.release_id()));
  }
  Report(kind, "the label is not told of");
}

void Reader::ExpectRefusal(const std::string& kind, v1::ErrorReason reason,
                           const absl::Status& status) {
  if (status.ok()) {
    return Report(kind, absl::StrCat("was answered, expected ", v1::ErrorReason_Name(reason)));
  }
  if (client::ErrorReasonOf(status) == reason) {
    soak_->tally.AskedFor(status);
  } else {
    soak_->tally.NotAskedFor(kind, status, absl::StrCat("expected ", v1::ErrorReason_Name(reason)));
  }
}

void Reader::AskWhatIsRefused() {
  const std::string kind = "what is refused";
  const v1::ReleaseSelector release = client::ById(OneOf(soak_->options.fixed));
  const auto concept_of = [&](const v1::ReleaseSelector& selector, const std::string& id) {
    return Timed(kind, [&] { return client_.GetConcept(selector, id).status(); });
  };
  switch (Below(14)) {
    case 0:
      return ExpectRefusal(kind, v1::ERROR_REASON_CONCEPT_ID_INVALID, concept_of(release, "A0#"));
    case 1:
      return ExpectRefusal(kind, v1::ERROR_REASON_ARGUMENT_INVALID, concept_of(release, ""));
    case 2:
      return ExpectRefusal(kind, v1::ERROR_REASON_CONCEPT_NOT_FOUND, concept_of(release, "Q9Z.9"));
    case 3:
      return ExpectRefusal(kind, v1::ERROR_REASON_RELEASE_NOT_FOUND,
                           concept_of(client::ById("2099"), "A00"));
    case 4:
      return ExpectRefusal(kind, v1::ERROR_REASON_RELEASE_NOT_FOUND,
                           concept_of(client::ById("nobody"), "A00"));
    case 5:
      return ExpectRefusal(kind, v1::ERROR_REASON_RELEASE_ID_INVALID,
                           concept_of(client::ById("2026-13"), "A00"));
    case 6:
      return ExpectRefusal(kind, v1::ERROR_REASON_ARGUMENT_INVALID,
                           concept_of(client::OnDate("2025-02-30"), "A00"));
    case 7:
      return ExpectRefusal(kind, v1::ERROR_REASON_DATE_BEFORE_FIRST_RELEASE,
                           concept_of(client::OnDate("2001-01-01"), "A00"));
    case 8:
      return ExpectRefusal(
          kind, v1::ERROR_REASON_FINGERPRINT_MISMATCH,
          concept_of(client::WithFingerprint(release, std::string(64, 'a')), "A00"));
    case 9:
      return ExpectRefusal(
          kind, v1::ERROR_REASON_ARGUMENT_INVALID, Timed(kind, [&] {
            return client_.ValidateCodes(release, std::vector<std::string>(10001, "A00")).status();
          }));
    case 10: {
      v1::ListConceptsRequest request;
      *request.mutable_release() = release;
      request.set_page_token("not a token");
      return ExpectRefusal(kind, v1::ERROR_REASON_PAGE_TOKEN_INVALID, Timed(kind, [&] {
                             return Gather(client_.ListConcepts(request)).status;
                           }));
    }
    case 11: {
      v1::ListRelativesRequest request;
      *request.mutable_release() = release;
      request.set_id("A00");
      return ExpectRefusal(kind, v1::ERROR_REASON_ARGUMENT_INVALID, Timed(kind, [&] {
                             return Gather(client_.ListRelatives(request)).status;
                           }));
    }
    case 12:
      return ExpectRefusal(kind, v1::ERROR_REASON_CONCEPT_ID_INVALID,
                           Timed(kind, [&] { return client_.GetHistory("1").status(); }));
    default: {
      v1::GetReferenceRequest request;
      request.set_code("A00");
      *request.mutable_release() = release;
      return ExpectRefusal(kind, v1::ERROR_REASON_REFERENCE_NOT_FOUND,
                           Timed(kind, [&] { return client_.GetReference(request).status(); }));
    }
  }
}

void Reader::AskImpatiently() {
  impatient_ = true;
  overrides_.timeout = absl::Milliseconds(1);
  manner_ = " (in 1 ms)";
  switch (Below(5)) {
    case 0:
      AskBatch();
      break;
    case 1:
      AskDiff();
      break;
    case 2:
      AskHistories();
      break;
    case 3:
      AskStreamedValidation();
      break;
    default:
      AskConcept();
      break;
  }
  overrides_.timeout.reset();
  impatient_ = false;
}

void Reader::AskAndCancel() {
  const std::string kind = "streams given up";
  const v1::ReleaseSelector selector = client::ById(OneOf(soak_->options.fixed));
  const client::CallOptions options = {absl::Now() + absl::Minutes(1)};
  // Reads some messages of a stream, gives it up and reads on to its end.
  const auto leave = [&](auto stream, size_t most) {
    return Timed(kind, [&]() -> absl::Status {
      for (size_t left = Below(most + 1); left > 0; --left) {
        const auto message = stream->Next();
        if (!message.ok()) return message.status();
      }
      stream->Cancel();
      while (true) {
        const auto message = stream->Next();
        if (!message.ok()) return message.status();
        if (!message->has_value()) return absl::OkStatus();
      }
    });
  };
  absl::Status status;
  switch (Below(4)) {
    case 0: {
      v1::StreamDiffRequest request;
      *request.mutable_from() = selector;
      *request.mutable_to() = client::ById(OneOf(soak_->options.fixed));
      status = leave(connection_->StreamDiff(options, request), 3);
      break;
    }
    case 1: {
      v1::ExportReleaseRequest request;
      *request.mutable_release() = selector;
      status = leave(connection_->ExportRelease(options, request), 3);
      break;
    }
    case 2:
      status = leave(connection_->StreamHistories(options, v1::StreamHistoriesRequest()), 3);
      break;
    default:
      // Its first message comes at once; the next, when something happens.
      status = leave(connection_->WatchReleases(options, v1::WatchReleasesRequest()), 1);
      break;
  }
  // What has ended before it was given up is whole.
  if (status.ok() || absl::IsCancelled(status)) {
    if (!status.ok()) soak_->tally.AskedFor(status);
    return;
  }
  soak_->tally.NotAskedFor(kind, status, "");
}

}  // namespace codeset::soak
