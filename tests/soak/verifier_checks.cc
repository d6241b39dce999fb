// What the verifier reads, and holds against what was acknowledged.
#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/cpp/error.h"
#include "client/cpp/grpc_connection.h"
#include "tests/soak/verifier.h"

namespace codeset::soak {
namespace {

template <typename T, typename Header>
absl::StatusOr<std::vector<T>> All(client::BatchRange<T, Header> range) {
  std::vector<T> found;
  for (auto& item : range) {
    if (!item.ok()) return item.status();
    found.push_back(std::move(*item));
  }
  return found;
}

}  // namespace

void Verifier::Run() {
  constexpr size_t kSteps = 12;
  // First each once, so that it is done however short the time; then at random.
  for (size_t step = 0; !soak_->stop; ++step) {
    switch (step < kSteps ? step : Below(kSteps)) {
      case 0:
        RecordAgain();
        break;
      case 1:
        AskForRefusal();
        break;
      case 2:
        CheckEvents(pages_[Below(pages_.size())]);
        break;
      case 3:
      case 4:
        CheckStatus();
        break;
      case 5:
        CheckQueue();
        break;
      case 6: {
        // Other words, if those of now are verified; else they are verified.
        VerifiedPage* page = AnyOf({PageRole::kReworded});
        if (StatusOf(*page) == v1::VERIFICATION_STATUS_VERIFIED) {
          page->reference.mutable_summary()->set_text(
              absl::StrCat("Other words, of revision ", page->revision + 1, "."));
          Import({page});
        } else {
          Record({page});
        }
        break;
      }
      default: {
        std::set<VerifiedPage*> pages;
        for (size_t left = 1 + Below(4); left > 0; --left) {
          pages.insert(AnyOf(
              {PageRole::kConfirmed, PageRole::kRejected, PageRole::kDeleted, PageRole::kHeader}));
        }
        Record({pages.begin(), pages.end()});
        break;
      }
    }
    absl::SleepFor(absl::Milliseconds(20 + Below(150)));
  }
}

void Verifier::AskForRefusal() {
  const std::string kind = "verifications that are refused";
  const VerifiedPage& page = *AnyOf({PageRole::kConfirmed});
  v1::RecordVerificationRequest request;
  *request.add_verifications() = EventOf(
      page, {"soak/refused", page.revision, page.digest, v1::VERIFICATION_OUTCOME_CONFIRMED});
  v1::NewVerification& event = *request.mutable_verifications(0);
  v1::ErrorReason reason = v1::ERROR_REASON_REVISION_MISMATCH;
  switch (Below(4)) {
    case 0:
      event.set_revision_digest(std::string(64, '0'));
      break;
    case 1:
      event.set_revision(page.revision + 1000);
      event.clear_revision_digest();
      reason = v1::ERROR_REASON_REFERENCE_NOT_FOUND;
      break;
    case 2:
      event.set_date("2099-01-01");
      reason = v1::ERROR_REASON_ARGUMENT_INVALID;
      break;
    default:
      *event.mutable_release() = client::ById("2099");
      reason = v1::ERROR_REASON_RELEASE_NOT_FOUND;
      break;
  }
  const auto answer = Timed(soak_, kind, [&] { return admin_.RecordVerification(request); });
  if (answer.ok()) return Wrong(kind, absl::StrCat("recorded: ", request.ShortDebugString()));
  if (client::ErrorReasonOf(answer.status()) == reason) {
    soak_->tally.AskedFor(answer.status());
  } else {
    soak_->tally.NotAskedFor(kind, answer.status(), v1::ErrorReason_Name(reason));
  }
}

void Verifier::CheckStatus() {
  const std::string kind = "GetReference";
  const VerifiedPage& page = pages_[Below(pages_.size())];
  v1::VerificationStatus expected = StatusOf(page);
  v1::GetReferenceRequest request;
  request.set_code(page.reference.code());
  *request.mutable_release() = client::ById(release_);
  // Judged against the next release, codes that are gone or headers there come first.
  if ((page.role == PageRole::kDeleted || page.role == PageRole::kHeader) && Below(2) == 0) {
    *request.mutable_release() = client::ById(next_release_);
    expected = page.role == PageRole::kDeleted ? v1::VERIFICATION_STATUS_GONE
                                               : v1::VERIFICATION_STATUS_NOW_HEADER;
  }
  const auto answer = Timed(soak_, kind, [&] { return client_.GetReference(request); });
  if (!answer.ok()) {
    return soak_->tally.NotAskedFor(kind, answer.status(), page.reference.code());
  }
  const bool right = answer->verification().status() == expected &&
                     answer->release().release_id() == request.release().release() &&
                     answer->revision().number() == page.revision &&
                     answer->revision().digest() == page.digest &&
                     DigestOf(answer->reference()) == page.digest;
  Wrong(kind, right ? ""
                    : absl::StrCat(page.reference.code(), ": expected ",
                                   v1::VerificationStatus_Name(expected), " of revision ",
                                   page.revision, ", came ",
                                   v1::VerificationStatus_Name(answer->verification().status()),
                                   " of ", answer->revision().ShortDebugString()));
}

void Verifier::CheckQueue() {
  const std::string kind = "ListVerificationQueue";
  std::map<v1::VerificationStatus, std::set<std::string>> expected;
  for (const VerifiedPage& page : pages_) {
    const v1::VerificationStatus status = StatusOf(page);
    if (status != v1::VERIFICATION_STATUS_VERIFIED) expected[status].insert(page.reference.code());
  }
  v1::ListVerificationQueueRequest request;
  *request.mutable_release() = client::ById(release_);
  const auto groups =
      Timed(soak_, kind, [&] { return All(client_.ListVerificationQueue(request)); });
  if (!groups.ok()) return soak_->tally.NotAskedFor(kind, groups.status(), "");
  std::map<v1::VerificationStatus, std::set<std::string>> told;
  for (const v1::QueueGroup& group : *groups) {
    v1::ListQueueCodesRequest codes_request;
    *codes_request.mutable_release() = request.release();
    codes_request.set_group_id(group.id());
    const auto codes =
        Timed(soak_, "ListQueueCodes", [&] { return All(client_.ListQueueCodes(codes_request)); });
    if (!codes.ok()) return soak_->tally.NotAskedFor("ListQueueCodes", codes.status(), "");
    if (group.code_count() != static_cast<int64_t>(codes->size())) {
      return Wrong(kind, absl::StrCat(group.ShortDebugString(), ": has ", codes->size()));
    }
    for (const v1::QueueCode& code : *codes) told[group.status()].insert(code.code());
  }
  if (told == expected) return Wrong(kind, "");
  std::string text = "expected";
  for (const auto& [status, codes] : expected) {
    absl::StrAppend(&text, " ", codes.size(), " ", v1::VerificationStatus_Name(status));
  }
  absl::StrAppend(&text, ", came");
  for (const auto& [status, codes] : told) {
    absl::StrAppend(&text, " ", codes.size(), " ", v1::VerificationStatus_Name(status));
  }
  Wrong(kind, text);
}

void Verifier::CheckEvents(const VerifiedPage& page) {
  const std::string kind = "ListVerifications";
  const auto told =
      Timed(soak_, kind, [&] { return All(client_.ListVerifications(page.reference.code())); });
  if (!told.ok()) return soak_->tally.NotAskedFor(kind, told.status(), page.reference.code());
  Wrong(kind, DifferenceOf(page, *told));
}

void Verifier::CheckAll() {
  std::ofstream out;
  if (!soak_->options.ledger_out.empty()) out.open(soak_->options.ledger_out);
  for (const VerifiedPage& page : pages_) {
    CheckEvents(page);
    soak_->tally.Count("verifications found again", static_cast<int64_t>(page.events.size()));
    for (const RecordedEvent& event : page.events) {
      out << page.reference.code() << "\t" << event.id << "\t" << event.revision << "\t"
          << event.digest << "\t" << static_cast<int>(event.outcome) << "\n";
    }
  }
}

std::vector<std::string> CheckLedger(const std::string& server, const std::string& path,
                                     int64_t* compared) {
  std::map<std::string, VerifiedPage> pages;
  std::ifstream in(path);
  if (!in.good()) return {absl::StrCat(path, ": cannot be read")};
  for (std::string line; std::getline(in, line);) {
    const std::vector<std::string> cells = absl::StrSplit(line, '\t');
    int revision = 0;
    int outcome = 0;
    if (cells.size() != 5 || !absl::SimpleAtoi(cells[2], &revision) ||
        !absl::SimpleAtoi(cells[4], &outcome)) {
      return {absl::StrCat(path, ": cannot be read: ", line)};
    }
    VerifiedPage& page = pages[cells[0]];
    page.reference.set_code(cells[0]);
    page.events.push_back(
        {cells[1], revision, cells[3], static_cast<v1::VerificationOutcome>(outcome)});
    ++*compared;
  }
  const client::Client client(client::MakeConnection(server));
  std::vector<std::string> found;
  for (const auto& [code, page] : pages) {
    const auto told = All(client.ListVerifications(code));
    std::string difference =
        told.ok() ? DifferenceOf(page, *told) : absl::StrCat(code, ": ", told.status().ToString());
    if (!difference.empty()) found.push_back(std::move(difference));
  }
  return found;
}

}  // namespace codeset::soak
